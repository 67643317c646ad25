package staff

import (
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/money"
	"portico/portal/kernel/command"
)

// InviteEmployeeInput is the input of inviteEmployee.
type InviteEmployeeInput struct {
	// The account that invites.
	AccountID string `json:"accountId"`
	// Phone number or e-mail address.
	Address string `json:"address"`
	// RoleIDs are roles to give for the whole account without limits, and Grants are
	// those with bounds: 1 to 20 in total.
	RoleIDs []string     `json:"roleIds"`
	Grants  []GrantInput `json:"grants,omitempty"`
}

// InviteEmployeePayload is the answer of inviteEmployee.
type InviteEmployeePayload struct {
	clause.Answer
	// The invitation.
	Invitation *db.Invitation `json:"invitation"`
}

// RenewInvitationInput is the input of renewInvitation.
type RenewInvitationInput struct {
	// Which.
	InvitationID string `json:"invitationId"`
}

// RenewInvitationPayload is the answer of renewInvitation.
type RenewInvitationPayload struct {
	clause.Answer
	// The invitation that replaces it.
	Invitation *db.Invitation `json:"invitation"`
}

// RevokeInvitationInput is the input of revokeInvitation.
type RevokeInvitationInput struct {
	// Which.
	InvitationID string `json:"invitationId"`
}

// RevokeInvitationPayload is the answer of revokeInvitation.
type RevokeInvitationPayload struct {
	clause.Answer
	// The invitation.
	Invitation *db.Invitation `json:"invitation"`
}

// AcceptInvitationInput is the input of acceptInvitation.
type AcceptInvitationInput struct {
	// The token from the message.
	Token string `json:"token"`
}

// AcceptInvitationPayload is the answer of acceptInvitation.
type AcceptInvitationPayload struct {
	clause.Answer
	command.Becomes `json:"-"`
	// The caller as an employee.
	Employee *db.Employee `json:"employee"`
}

// GrantBound is a bound of a grant that can be lifted (enum GrantBound).
type GrantBound string

// The bounds of a grant.
const (
	BoundApplications  GrantBound = "APPLICATIONS"
	BoundSpendingLimit GrantBound = "SPENDING_LIMIT"
	BoundExpiry        GrantBound = "EXPIRY"
)

// SetEmployeeRolesInput is the input of setEmployeeRoles. A bound that is neither named nor
// lifted stays as it is.
type SetEmployeeRolesInput struct {
	// EmployeeID is the employee whose roles are set.
	EmployeeID string `json:"employeeId"`
	// RoleIDs are all roles that the employee has from now on, 1 to 20.
	RoleIDs []string `json:"roleIds"`
	// ApplicationIDs limits the roles to these applications, at most 100.
	ApplicationIDs []string `json:"applicationIds"`
	// SpendingLimit is the maximum cost of one order.
	SpendingLimit *money.Input `json:"spendingLimit"`
	// ExpiresAt is when the roles expire.
	ExpiresAt *time.Time `json:"expiresAt"`
	// Lift names the bounds to remove.
	Lift []GrantBound `json:"lift"`
}

// SetEmployeeRolesPayload is the answer of setEmployeeRoles.
type SetEmployeeRolesPayload struct {
	clause.Answer
	// The employee.
	Employee *db.Employee `json:"employee"`
}

// EmployeeContact is how an employee can be reached.
type EmployeeContact struct{ Phone, Email *string }

// EmployeeFilter is what listed employees have in common. A nil field is no
// condition.
type EmployeeFilter struct {
	// Status is whether they still work on the account.
	Status *employee.Status `json:"status"`
	// GroupID is a group of theirs.
	GroupID *string `json:"groupId"`
	// Search is their phone number or e-mail address, or the beginning of their name.
	Search *string `json:"search"`
}

// OffboardEmployeeInput is the input of offboardEmployee.
type OffboardEmployeeInput struct {
	// The employee.
	EmployeeID string `json:"employeeId"`
	// The employee who takes over its responsibilities.
	SuccessorID *string `json:"successorId"`
}

// OffboardEmployeePayload is the answer of offboardEmployee.
type OffboardEmployeePayload struct {
	clause.Answer
	// The employee.
	Employee *db.Employee `json:"employee"`
}

// SuspendEmployeeInput is the input of suspendEmployee.
type SuspendEmployeeInput struct {
	// The employee.
	EmployeeID string `json:"employeeId"`
	// Reason of the suspension, 1 to 500 characters.
	Reason string `json:"reason"`
}

// SuspendEmployeePayload is the answer of suspendEmployee.
type SuspendEmployeePayload struct {
	clause.Answer
	// The employee.
	Employee *db.Employee `json:"employee"`
}

// ResumeEmployeeInput is the input of resumeEmployee.
type ResumeEmployeeInput struct {
	// The employee.
	EmployeeID string `json:"employeeId"`
}

// ResumeEmployeePayload is the answer of resumeEmployee.
type ResumeEmployeePayload struct {
	clause.Answer
	// The employee.
	Employee *db.Employee `json:"employee"`
}

// CreateRoleInput is the input of createRole.
type CreateRoleInput struct {
	// The account of the role.
	AccountID string `json:"accountId"`
	// Stable code.
	Code string `json:"code"`
	// Its name.
	Name string `json:"name"`
	// What it is for.
	Description *string `json:"description"`
	// The permissions that it allows, 1 to 100; nil to copy those of another role.
	Permissions []authz.Permission `json:"permissions"`
	// The role whose permissions it copies.
	CopyFromRoleID *string `json:"copyFromRoleId"`
}

// CreateRolePayload is the answer of createRole.
type CreateRolePayload struct {
	clause.Answer
	// The role.
	Role *db.Role `json:"role"`
}

// UpdateRoleInput is the input of updateRole.
type UpdateRoleInput struct {
	// Which.
	RoleID string `json:"roleId"`
	// The version that the change is based on; nil to change any.
	Version *int `json:"version"`
	// Its new name; unchanged if omitted.
	Name *string `json:"name"`
	// What it is for; unchanged if omitted.
	Description *string `json:"description"`
	// The permissions that it allows from now on; unchanged if omitted.
	Permissions []authz.Permission `json:"permissions"`
}

// UpdateRolePayload is the answer of updateRole.
type UpdateRolePayload struct {
	clause.Answer
	// The role.
	Role *db.Role `json:"role"`
}

// DeleteRoleInput is the input of deleteRole.
type DeleteRoleInput struct {
	// Which.
	RoleID string `json:"roleId"`
}

// DeleteRolePayload is the answer of deleteRole.
type DeleteRolePayload struct {
	clause.Answer
	// The account that the role belonged to.
	Account *db.Account `json:"account"`
}
