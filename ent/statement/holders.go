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
// their grants and those of their groups: for the whole account, or for an application.
type RoleHolders struct {
	AccountID string
	// ApplicationID is the application that a limited grant must name; empty for
	// grants on the whole account alone.
	ApplicationID string
	// Roles are the ids of the roles.
	Roles []string
	// Spending is what a grant must allow to spend, in minor units, without a monthly
	// limit; nil for nothing.
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
		text += " AND g.monthly_limit IS NULL AND (g.spending_limit IS NULL OR g.spending_limit >= ?)"
		args = append(args, *h.Spending)
	}
	return text, args
}

// ways are how an employee holds a grant: by itself, or as a member of a group. Each is
// the column of the employee's id, and what the grants are joined with.
var ways = [...]struct{ id, joins string }{
	{"g.employee_id", "JOIN employees e ON e.id = g.employee_id AND e.status = 'ACTIVE'"},
	{"m.employee_id", "JOIN memberships m ON m.holder_id = g.employee_id JOIN employees e ON e.id = m.employee_id AND e.status = 'ACTIVE'"},
}

// IDs returns the ids of the first n employees after one id and before another, each
// empty for none, in the order of their ids; the last n in descending order if
// backward. It takes one statement, with parts for each role that an index bounds.
// It returns [clause.NotFound] if the principal doesn't reach the account.
func (h RoleHolders) IDs(ctx context.Context, q querier, after, before string, backward bool, n int) ([]string, error) {
	if !authz.From(ctx).Reaches(h.AccountID) {
		return nil, clause.NotFound
	}
	if len(h.Roles) == 0 || n == 0 {
		return nil, nil
	}
	part, args := h.part(after, before, backward, n)
	ids, err := h.each(ctx, q, part, args)
	if err != nil {
		return nil, err
	}
	slices.Sort(ids)
	if ids = slices.Compact(ids); backward {
		slices.Reverse(ids)
	}
	return ids[:min(len(ids), n)], nil
}

// part selects the holders of one role by each way, and returns the values of a way
// after the account and the role.
func (h RoleHolders) part(after, before string, backward bool, n int) (text string, args []any) {
	conditions, args := h.conditions()
	direction := ""
	if backward {
		direction = " DESC"
	}
	if after != "" {
		args = append(args, after)
	}
	if before != "" {
		args = append(args, before)
	}
	var texts []string
	for _, way := range ways {
		text := "SELECT id FROM (SELECT DISTINCT " + way.id + " AS id FROM grants g " + way.joins + " WHERE " + conditions
		if after != "" {
			text += " AND " + way.id + " > ?"
		}
		if before != "" {
			text += " AND " + way.id + " < ?"
		}
		texts = append(texts, text+" ORDER BY "+way.id+direction+" LIMIT ?) AS part")
	}
	return strings.Join(texts, " UNION ALL "), append(args, n)
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
	all := make([]any, 0, parts*len(ways)*(2+len(args)))
	for i := range parts {
		role := "" // fills the shape up
		if i < len(h.Roles) {
			role = h.Roles[i]
		}
		for range ways {
			all = append(append(all, h.AccountID, role), args...)
		}
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
