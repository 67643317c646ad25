package staff

import (
	"portico/clause"
	"portico/ent/db"
)

// CreateGroupInput is the input of createGroup.
type CreateGroupInput struct {
	// The account of the group.
	AccountID string `json:"accountId"`
	// Its name.
	Name string `json:"name"`
	// The grants that its members hold, at most 20.
	Grants []GrantInput `json:"grants"`
	// Its first members, at most 1,000.
	MemberIDs []string `json:"memberIds"`
}

// CreateGroupPayload is the answer of createGroup.
type CreateGroupPayload struct {
	clause.Answer
	// The group.
	Group *db.Group `json:"group"`
}

// UpdateGroupInput is the input of updateGroup.
type UpdateGroupInput struct {
	// The group.
	GroupID string `json:"groupId"`
	// Its new name; unchanged if omitted.
	Name *string `json:"name"`
	// AddGrants are grants to give, ChangeGrants those to change, and RemoveGrantIDs
	// those to take away; at most 20 each.
	AddGrants      []GrantInput       `json:"addGrants"`
	ChangeGrants   []ChangeGrantInput `json:"changeGrants"`
	RemoveGrantIDs []string           `json:"removeGrantIds"`
}

// UpdateGroupPayload is the answer of updateGroup.
type UpdateGroupPayload struct {
	clause.Answer
	// The group.
	Group *db.Group `json:"group"`
}

// DeleteGroupInput is the input of deleteGroup.
type DeleteGroupInput struct {
	// The group.
	GroupID string `json:"groupId"`
}

// DeleteGroupPayload is the answer of deleteGroup.
type DeleteGroupPayload struct {
	clause.Answer
	// The account that the group belonged to.
	Account *db.Account `json:"account"`
}

// SetGroupMembersInput is the input of setGroupMembers.
type SetGroupMembersInput struct {
	// The group.
	GroupID string `json:"groupId"`
	// All members that it has from now on, at most 1,000.
	MemberIDs []string `json:"memberIds"`
}

// SetGroupMembersPayload is the answer of setGroupMembers.
type SetGroupMembersPayload struct {
	clause.Answer
	// The group.
	Group *db.Group `json:"group"`
}

// AddGroupMembersInput is the input of addGroupMembers.
type AddGroupMembersInput struct {
	// The group.
	GroupID string `json:"groupId"`
	// The new members, 1 to 1,000.
	MemberIDs []string `json:"memberIds"`
}

// AddGroupMembersPayload is the answer of addGroupMembers.
type AddGroupMembersPayload struct {
	clause.Answer
	// The group.
	Group *db.Group `json:"group"`
}

// RemoveGroupMembersInput is the input of removeGroupMembers.
type RemoveGroupMembersInput struct {
	// The group.
	GroupID string `json:"groupId"`
	// The members to remove, 1 to 1,000.
	MemberIDs []string `json:"memberIds"`
}

// RemoveGroupMembersPayload is the answer of removeGroupMembers.
type RemoveGroupMembersPayload struct {
	clause.Answer
	// The group.
	Group *db.Group `json:"group"`
}
