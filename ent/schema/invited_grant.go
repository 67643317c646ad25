package schema

import "time"

// InvitedGrant is a grant that an invitation gives at its acceptance (1.5). Money
// is in minor units of the account's currency.
type InvitedGrant struct {
	// ID is the id that the grant has once the invitation is accepted.
	ID     string `json:"id"`
	RoleID string `json:"roleId"`
	// ApplicationIDs limits it to these applications; if empty, it applies to the
	// account.
	ApplicationIDs []string   `json:"applicationIds,omitempty"`
	SpendingLimit  *int64     `json:"spendingLimit,omitempty"`
	MonthlyLimit   *int64     `json:"monthlyLimit,omitempty"`
	ExpiresAt      *time.Time `json:"expiresAt,omitempty"`
	StepUpMinutes  *int64     `json:"stepUpMinutes,omitempty"`
}
