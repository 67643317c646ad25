package statement

import (
	"context"
	"slices"
	"strings"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent/shape"
)

// RoleHolders finds the active employees of an account who hold one of some roles, by
// their grants: for the whole account, or for an application.
type RoleHolders struct {
	AccountID string
	// ApplicationID is the application that a limited grant must name; empty for
	// grants on the whole account alone.
	ApplicationID string
	// Roles are the ids of the roles.
	Roles []string
	// Spending is what a grant must allow to spend, in minor units; nil for nothing.
	Spending *int64
	// Now is the instant at which the grants must be valid.
	Now time.Time
}

// conditions are those of one role, and their values after the role's.
func (h RoleHolders) conditions() (text string, args []any) {
	text = "g.account_id = ? AND g.role_id = ? AND (g.expires_at IS NULL OR g.expires_at > ?)"
	args = []any{h.Now}
	scope := "g.application_ids IS NULL OR CAST(g.application_ids AS CHAR) IN ('null', '[]')"
	if h.ApplicationID != "" {
		scope += " OR CAST(g.application_ids AS CHAR) LIKE ?"
		args = append(args, `%"`+h.ApplicationID+`"%`)
	}
	text += " AND (" + scope + ")"
	if h.Spending != nil {
		text += " AND (g.spending_limit IS NULL OR g.spending_limit >= ?)"
		args = append(args, *h.Spending)
	}
	return text, args
}

const (
	holderJoins = " FROM grants g JOIN employees e ON e.id = g.employee_id AND e.status = 'ACTIVE' WHERE "
	holderIDs   = "DISTINCT g.employee_id AS id"
)

// IDs returns the ids of the first n employees after one id and before another, each
// empty for none, in the order of their ids; the last n in descending order if
// backward. It takes one statement, with a part for each role that an index bounds.
// It returns [clause.NotFound] if the principal doesn't reach the account.
func (h RoleHolders) IDs(ctx context.Context, q querier, after, before string, backward bool, n int) ([]string, error) {
	if !authz.From(ctx).Reaches(h.AccountID) {
		return nil, clause.NotFound
	}
	if len(h.Roles) == 0 || n == 0 {
		return nil, nil
	}
	conditions, args := h.conditions()
	direction := ""
	if backward {
		direction = " DESC"
	}
	if after != "" {
		conditions, args = conditions+" AND g.employee_id > ?", append(args, after)
	}
	if before != "" {
		conditions, args = conditions+" AND g.employee_id < ?", append(args, before)
	}
	part := "SELECT id FROM (SELECT " + holderIDs + holderJoins + conditions + " ORDER BY g.employee_id" + direction + " LIMIT ?) AS part"
	ids, err := h.each(ctx, q, part, append(args, n))
	if err != nil {
		return nil, err
	}
	slices.Sort(ids)
	if ids = slices.Compact(ids); backward {
		slices.Reverse(ids)
	}
	return ids[:min(len(ids), n)], nil
}

// Count returns how many employees there are, at most a number. It returns
// [clause.NotFound] if the principal doesn't reach the account.
func (h RoleHolders) Count(ctx context.Context, q querier, most int) (int, error) {
	ids, err := h.IDs(ctx, q, "", "", false, most)
	return len(ids), err
}

// each runs a part of a statement for each role.
func (h RoleHolders) each(ctx context.Context, q querier, part string, args []any) ([]string, error) {
	parts := shape.RoundedUp(len(h.Roles))
	all := make([]any, 0, parts*(2+len(args)))
	for i := range parts {
		role := "" // fills the shape up
		if i < len(h.Roles) {
			role = h.Roles[i]
		}
		all = append(append(all, h.AccountID, role), args...)
	}
	rows, err := q.QueryContext(ctx, part+strings.Repeat(" UNION ALL "+part, parts-1), all...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
