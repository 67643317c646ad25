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

// conditions are those of a grant, and their values.
func (h RoleHolders) conditions() (text string, args []any) {
	text = " AND (g.expires_at IS NULL OR g.expires_at > ?)"
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

// IDs returns the ids of the first n employees after one id and before another, each
// empty for none, in the order of their ids; the last n in descending order if
// backward. It takes two statements, with parts for each role and each group that an
// index bounds. It returns [clause.NotFound] if the principal doesn't reach the account.
func (h RoleHolders) IDs(ctx context.Context, q querier, after, before string, backward bool, n int) ([]string, error) {
	if !authz.From(ctx).Reaches(h.AccountID) {
		return nil, clause.NotFound
	}
	if len(h.Roles) == 0 || n == 0 {
		return nil, nil
	}
	groups, err := h.groups(ctx, q)
	if err != nil {
		return nil, err
	}
	valid, given := h.conditions()
	between := func(column string) (text string, args []any) {
		if after != "" {
			text, args = text+" AND "+column+" > ?", append(args, after)
		}
		if before != "" {
			text, args = text+" AND "+column+" < ?", append(args, before)
		}
		text += " ORDER BY " + column
		if backward {
			text += " DESC"
		}
		return text + " LIMIT ?) AS part", append(args, n)
	}
	own, ownArgs := between("g.employee_id")
	member, memberArgs := between("m.employee_id")
	var u union
	u.each(h.Roles, "SELECT id FROM (SELECT DISTINCT g.employee_id AS id FROM grants g JOIN employees e ON e.id = g.employee_id AND e.status = 'ACTIVE' "+
		"WHERE g.account_id = ? AND g.role_id = ?"+valid+own, h.AccountID, append(given, ownArgs...))
	u.each(groups, "SELECT id FROM (SELECT m.employee_id AS id FROM memberships m JOIN employees e ON e.id = m.employee_id AND e.status = 'ACTIVE' "+
		"WHERE m.account_id = ? AND m.holder_id = ?"+member, h.AccountID, memberArgs)
	ids, err := u.read(ctx, q)
	if err != nil {
		return nil, err
	}
	slices.Sort(ids)
	if ids = slices.Compact(ids); backward {
		slices.Reverse(ids)
	}
	return ids[:min(len(ids), n)], nil
}

// groups returns the ids of the groups that hold one of the roles. An account has few
// groups, with many members each.
func (h RoleHolders) groups(ctx context.Context, q querier) ([]string, error) {
	valid, given := h.conditions()
	var u union
	u.each(h.Roles, "SELECT g.employee_id AS id FROM grants g WHERE g.account_id = ? AND g.role_id = ? AND g.employee_id BETWEEN 'grup_' AND 'grup_~'"+valid,
		h.AccountID, given)
	ids, err := u.read(ctx, q)
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// union joins statements that differ in one value.
type union struct {
	parts []string
	args  []any
}

// each adds a part for each value, which comes after the account's id and before the
// other values. The number of parts is rounded up, so that few statements are prepared.
func (u *union) each(values []string, part, accountID string, args []any) {
	if len(values) == 0 {
		return
	}
	for i := range shape.RoundedUp(len(values)) {
		value := "" // fills the shape up
		if i < len(values) {
			value = values[i]
		}
		u.parts = append(u.parts, part)
		u.args = append(append(u.args, accountID, value), args...)
	}
}

// read returns the ids that the statement finds.
func (u *union) read(ctx context.Context, q querier) (ids []string, err error) {
	rows, err := q.QueryContext(ctx, strings.Join(u.parts, " UNION ALL "), u.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// Count returns how many employees there are, at most a number. It returns
// [clause.NotFound] if the principal doesn't reach the account.
func (h RoleHolders) Count(ctx context.Context, q querier, most int) (int, error) {
	ids, err := h.IDs(ctx, q, "", "", false, most)
	return len(ids), err
}
