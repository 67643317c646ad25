package statement

import (
	"context"
	"database/sql"

	"portico/authz"
	"portico/clause"
	"portico/ent"
)

// Key identifies an idempotency key. The zero value is none.
type Key struct{ Principal, Operation, Key string }

// Frame is what a command is decided on beside its object.
type Frame struct {
	// Restrictions is the number of rows that restrict an account now, or lift a
	// restriction for it.
	Restrictions int64
	// Taken reports whether an answer is stored under the key.
	Taken bool
}

// frameColumns select the figures of a [Frame]. The restrictions are those of one
// account and of all accounts; the key is the principal's own.
const (
	frameRestrictions = "(SELECT COUNT(*) FROM restrictions x WHERE x.account_id IN ('', ?) AND x.since <= ? AND (x.until_at IS NULL OR x.until_at > ?))"
	frameKey          = "(SELECT COUNT(*) FROM act_keys k WHERE k.principal = ? AND k.operation = ? AND k.`key` = ?)"

	framedQuery      = "SELECT " + frameRestrictions + ", 0, " + heldColumns + "FROM sessions s " + heldJoins + heldWhere
	keyedFramedQuery = "SELECT " + frameRestrictions + ", " + frameKey + ", " + heldColumns + "FROM sessions s " + heldJoins + heldWhere
	takenQuery       = "SELECT id FROM act_keys WHERE principal = ? AND operation = ? AND `key` = ?"
)

// ReloadFramed is [ReloadPrincipal] for a person or an API key, and returns what a command on an
// account is decided on beside its object, in the same statement. Known is false
// for any other principal, whose frame isn't read, and if there is nothing to read.
// The account is one that the principal given reaches, or "" for none; then the
// restrictions are those of all accounts.
func ReloadFramed(tx *ent.Tx, accountID string, key Key) (fresh *ent.Tx, f Frame, known bool, err error) {
	old := tx.Principal()
	if old.Kind != authz.Person && old.Kind != authz.APIKey || accountID != "" && !tx.Reaches(accountID) || accountID == "" && key == (Key{}) {
		fresh, err = ReloadPrincipal(tx)
		return fresh, f, false, err
	}
	now := *old
	now.Strip()
	query, keyed, held, take := framedQuery, keyedFramedQuery, heldArgs, taking
	if old.Kind == authz.APIKey {
		query, keyed, held, take = apiKeyFramedQuery, apiKeyKeyedQuery, apiKeyArgs, takingAPIKey
	}
	args := append(make([]any, 0, 10), accountID, tx.Now, tx.Now)
	if key != (Key{}) {
		query, args = keyed, append(args, key.Principal, key.Operation, key.Key)
	}
	var taken int64
	found, err := each(tx, tx, query, append(args, held(tx, &now)...), take(&now, tx.Store(), tx.Wall, &f.Restrictions, &taken))
	switch {
	case err != nil:
		return nil, f, false, err
	case !found:
		return nil, f, false, clause.Unauthenticated
	}
	f.Taken = taken > 0
	return tx.With(authz.With(tx.Context, &now)), f, true, nil
}

// KeyTaken reports whether an answer is stored under a key of the context's
// principal.
func KeyTaken(ctx context.Context, tx *ent.Tx, key Key) (bool, error) {
	if p := authz.From(ctx); p == nil || p.ID != key.Principal {
		return false, errNoPrincipal
	}
	return each(ctx, tx, takenQuery, []any{key.Principal, key.Operation, key.Key}, func(rows *sql.Rows, _ bool) error {
		var id string
		return rows.Scan(&id)
	})
}
