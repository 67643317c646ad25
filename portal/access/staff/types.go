package staff

import (
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
	"portico/money"
	"portico/portal/kernel/command"
)

// InviteEmployeeInput: for inviteEmployee.
type InviteEmployeeInput struct {
	// To which account.
	AccountID string `json:"accountId"`
	// Number or e-mail address.
	Address string `json:"address"`
	// The roles that it gives, 1 to 20.
	RoleIDs []string `json:"roleIds"`
}

// InviteEmployeePayload is the answer of inviteEmployee.
type InviteEmployeePayload struct {
	clause.Answer
	// The invitation.
	Invitation *db.Invitation `json:"invitation"`
}

// RevokeInvitationInput: for revokeInvitation.
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

// AcceptInvitationInput: for acceptInvitation.
type AcceptInvitationInput struct {
	// Out of the message.
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

// SetEmployeeRolesInput: for setEmployeeRoles. A bound that is neither named nor
// lifted stays as it is.
type SetEmployeeRolesInput struct {
	// EmployeeID is whose roles are set.
	EmployeeID string `json:"employeeId"`
	// RoleIDs are all roles that the employee has from now on, 1 to 20.
	RoleIDs []string `json:"roleIds"`
	// ApplicationIDs limits the roles to these applications, at most 100.
	ApplicationIDs []string `json:"applicationIds"`
	// SpendingLimit is the most that one order may cost.
	SpendingLimit *money.Input `json:"spendingLimit"`
	// ExpiresAt is when the roles end by themselves.
	ExpiresAt *time.Time `json:"expiresAt"`
	// Lift names the bounds that end.
	Lift []GrantBound `json:"lift"`
}

// SetEmployeeRolesPayload is the answer of setEmployeeRoles.
type SetEmployeeRolesPayload struct {
	clause.Answer
	// The employee.
	Employee *db.Employee `json:"employee"`
}

// OffboardEmployeeInput: for offboardEmployee.
type OffboardEmployeeInput struct {
	// Whom.
	EmployeeID string `json:"employeeId"`
	// Who takes over what it holds.
	SuccessorID *string `json:"successorId"`
}

// OffboardEmployeePayload is the answer of offboardEmployee.
type OffboardEmployeePayload struct {
	clause.Answer
	// The employee.
	Employee *db.Employee `json:"employee"`
}

// CreateRoleInput: for createRole.
type CreateRoleInput struct {
	// Of which account.
	AccountID string `json:"accountId"`
	// Stable code.
	Code string `json:"code"`
	// Its name.
	Name string `json:"name"`
	// What it allows, 1 to 100.
	Permissions []authz.Permission `json:"permissions"`
}

// CreateRolePayload is the answer of createRole.
type CreateRolePayload struct {
	clause.Answer
	// The role.
	Role *db.Role `json:"role"`
}

// UpdateRoleInput: for updateRole.
type UpdateRoleInput struct {
	// Which.
	RoleID string `json:"roleId"`
	// Its new name.
	Name *string `json:"name"`
	// What it allows from now on.
	Permissions []authz.Permission `json:"permissions"`
}

// UpdateRolePayload is the answer of updateRole.
type UpdateRolePayload struct {
	clause.Answer
	// The role.
	Role *db.Role `json:"role"`
}

// DeleteRoleInput: for deleteRole.
type DeleteRoleInput struct {
	// Which.
	RoleID string `json:"roleId"`
}

// DeleteRolePayload is the answer of deleteRole.
type DeleteRolePayload struct {
	clause.Answer
	// Whose it was.
	Account *db.Account `json:"account"`
}
