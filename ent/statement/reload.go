package statement

import (
	"context"
	"database/sql"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
)

const (
	// heldQuery reads what a person holds now, by the session with which the
	// person was found. Its tenant predicate is the person: the result defines
	// the tenant.
	heldQuery    = "SELECT " + heldColumns + "FROM sessions s " + heldJoins + heldWhere
	heldWhere    = "WHERE s.id = ? AND s.person_id = ? AND s.revoked_at IS NULL AND s.created_at > ?"
	keyHeldQuery = "SELECT role FROM service_keys WHERE id = ? AND revoked_at IS NULL"
)

// ReloadPrincipal returns the transaction with its principal as it is now in
// the database: its roles, its grants with their limits, and its last second
// factor. It takes one statement of the transaction. From then on, rights that
// were removed or given since the request began are taken into account (1.2,
// 1.5). It returns [clause.Unauthenticated] for a person whose session has
// ended or a key that has ended. A system and a visitor stay as they are.
func ReloadPrincipal(tx *ent.Tx) (*ent.Tx, error) {
	old := tx.Principal()
	if old == nil {
		return tx, nil
	}
	read, known := heldBy[old.Kind]
	if !known {
		return tx, nil
	}
	now := *old
	now.Strip()
	if found, err := read(tx, &now); err != nil {
		return nil, err
	} else if !found {
		return nil, clause.Unauthenticated
	}
	return tx.With(authz.With(tx.Context, &now)), nil
}

// heldBy are the queries of what a principal holds, by its kind.
var heldBy = map[authz.Kind]func(tx *ent.Tx, p *authz.Principal) (found bool, err error){
	authz.Person: heldByPerson, authz.Key: heldByKey, authz.APIKey: heldByAPIKey,
}

func heldByPerson(tx *ent.Tx, p *authz.Principal) (found bool, err error) {
	return each(tx, tx, heldQuery, heldArgs(tx, p), taking(p, tx.Store(), tx.Wall))
}

// heldArgs are the values of heldJoins and heldWhere for a person.
func heldArgs(tx *ent.Tx, p *authz.Principal) []any {
	return []any{true, p.SessionID, p.ID, begun(tx.Wall)}
}

// taking takes over into a principal what the rows of a query say that it holds,
// and the values of the columns before. The error is [clause.Unauthenticated] if
// the session is over by the limits of an account.
func taking(p *authz.Principal, s *ent.Store, wall time.Time, before ...any) func(rows *sql.Rows, first bool) error {
	return func(rows *sql.Rows, first bool) error {
		var r heldRow
		if err := rows.Scan(r.columns(before...)...); err != nil {
			return err
		}
		if r.over(wall) {
			return clause.Unauthenticated
		}
		if first {
			if err := r.self(p, s.Sandbox()); err != nil {
				return err
			}
		}
		return r.grant(p)
	}
}

func heldByKey(tx *ent.Tx, p *authz.Principal) (found bool, err error) {
	return each(tx, tx, keyHeldQuery, []any{p.ID}, func(rows *sql.Rows, _ bool) error {
		var role string
		if err := rows.Scan(&role); err != nil {
			return err
		}
		p.Act([]string{role}, true)
		return nil
	})
}

// querier is a transaction, or the store's client outside one.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// each reads every row of a query.
func each(ctx context.Context, q querier, query string, args []any, row func(rows *sql.Rows, first bool) error) (found bool, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows, !found); err != nil {
			return false, err
		}
		found = true
	}
	return found, rows.Err()
}
