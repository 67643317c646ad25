package statement

import (
	"context"
	"database/sql"
	"time"
)

// limitsQuery reads the shortest limits of the accounts that a person works on.
// Its tenant predicate is the person.
const limitsQuery = "SELECT MIN(l.lifetime_minutes), MIN(l.idle_minutes) FROM employees e " +
	"JOIN session_policies l ON l.policy_key = e.account_id WHERE e.person_id = ? AND e.status = 'ACTIVE'"

// SessionLimits returns the shortest limits that the accounts of a person set for
// its sessions: how long a session lasts, and how long without a refresh. 0 means
// that none sets it. The querier is a transaction, or the store's client.
func SessionLimits(ctx context.Context, q querier, personID string) (lifetime, idle time.Duration, err error) {
	_, err = each(ctx, q, limitsQuery, []any{personID}, func(rows *sql.Rows, _ bool) error {
		var l, i sql.NullInt64
		err := rows.Scan(&l, &i)
		lifetime, idle = time.Duration(l.Int64)*time.Minute, time.Duration(i.Int64)*time.Minute
		return err
	})
	return lifetime, idle, err
}
