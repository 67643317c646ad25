package statement

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent/shape"
)

// DecidedOnlyBy returns the ids of approvals that wait for a decision, oldest first, that
// one person asked for and that no employee but one could decide: by a grant of one of
// the roles, its own or of a group, on the whole account or on the approval's
// application, with a limit that covers the cost and without a monthly limit. It takes
// one statement. The grants of a role and the approvals of a person are bounded by an
// index. It returns [clause.NotFound] if the principal doesn't reach the account.
func (h RoleHolders) DecidedOnlyBy(ctx context.Context, q querier, employeeID, askedBy, permission string, askedAfter time.Time) ([]string, error) {
	if !authz.From(ctx).Reaches(h.AccountID) {
		return nil, clause.NotFound
	}
	if len(h.Roles) == 0 {
		return nil, nil
	}
	roles := make([]any, shape.RoundedUp(len(h.Roles)))
	for i := range roles {
		roles[i] = "" // fills the shape up
		if i < len(h.Roles) {
			roles[i] = h.Roles[i]
		}
	}
	grants := "g.account_id = ? AND g.role_id IN (?" + strings.Repeat(", ?", len(roles)-1) + ") AND (g.expires_at IS NULL OR g.expires_at > ?) " +
		"AND (g.application_ids IS NULL OR CAST(g.application_ids AS CHAR) IN ('null', '[]') OR INSTR(CAST(g.application_ids AS CHAR), a.application_id) > 0) " +
		"AND (a.spending IS NULL OR g.monthly_limit IS NULL AND (g.spending_limit IS NULL OR g.spending_limit >= a.spending)) " +
		"AND e.status = 'ACTIVE' AND e.person_id <> a.asked_by AND e.id "
	given := append(append([]any{h.AccountID}, roles...), h.Now)
	text := "SELECT a.id FROM approvals a WHERE a.account_id = ? AND a.asked_by = ? AND a.asked_at > ? AND a.status = 'REQUESTED' AND a.expires_at > ? AND a.permission = ?"
	args := []any{h.AccountID, askedBy, askedAfter, h.Now, permission}
	for _, who := range []struct{ exists, is string }{{" AND (", "= ?"}, {" AND NOT (", "<> ?"}} {
		text += who.exists + "EXISTS (SELECT 1 FROM grants g JOIN employees e ON e.id = g.employee_id WHERE " + grants + who.is + ")" +
			" OR EXISTS (SELECT 1 FROM grants g JOIN memberships m ON m.holder_id = g.employee_id JOIN employees e ON e.id = m.employee_id WHERE " + grants + who.is + "))"
		for range 2 {
			args = append(append(args, given...), employeeID)
		}
	}
	var ids []string
	_, err := each(ctx, q, text+" ORDER BY a.asked_at, a.id", args, func(rows *sql.Rows, _ bool) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}
