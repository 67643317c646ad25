package statement

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"portico/authz"
	"portico/ent"
)

// apiKeyColumns select an API key k and what its owner s holds, an active employee: one
// row for each grant, like [heldColumns] for the session of a person. What the owner
// holds on other accounts, or as an operator, isn't read.
var (
	ofOwner = strings.NewReplacer("s.second_factor_at", "NULL", "o.roles", "NULL", "s.created_at", "NULL", "s.last_used_at", "NULL",
		"LEFT JOIN operators o ON o.person_id = s.person_id AND o.active = ? ", "", "e.person_id = s.person_id", "e.id = s.id")
	apiKeyColumns = "k.id, k.employee_id, k.permissions, k.application_ids, k.networks, " + ofOwner.Replace(heldColumns)
	apiKeyJoins   = "JOIN employees s ON s.id = k.employee_id AND s.status = 'ACTIVE' " + ofOwner.Replace(heldJoins)
)

const (
	apiKeyFields = "id, employee_id, permissions, application_ids, networks FROM api_keys"
	apiKeyLives  = " AND revoked_at IS NULL AND expires_at > ?"
	apiKeyHeld   = "WHERE k.id = ? AND k.revoked_at IS NULL AND k.expires_at > ? AND k.secret_hash IS NOT NULL"
)

// The queries of API keys have no tenant predicate: the hash, or the key's id, is the
// credential, and the result defines the tenant.
var (
	apiKeyQuery = "SELECT " + apiKeyColumns + "FROM (SELECT " + apiKeyFields + " WHERE secret_hash = ?" + apiKeyLives +
		" UNION ALL SELECT " + apiKeyFields + " WHERE previous_hash = ? AND previous_until > ?" + apiKeyLives + ") k " + apiKeyJoins
	apiKeyHeldQuery   = "SELECT " + apiKeyColumns + "FROM api_keys k " + apiKeyJoins + apiKeyHeld
	apiKeyFramedQuery = "SELECT " + frameRestrictions + ", 0, " + apiKeyColumns + "FROM api_keys k " + apiKeyJoins + apiKeyHeld
	apiKeyKeyedQuery  = "SELECT " + frameRestrictions + ", " + frameKey + ", " + apiKeyColumns + "FROM api_keys k " + apiKeyJoins + apiKeyHeld
	apiKeysQuery      = "SELECT " + apiKeyColumns + "FROM api_keys k " + apiKeyJoins +
		"WHERE k.revoked_at IS NULL AND k.expires_at > ? AND k.secret_hash IS NOT NULL AND k.id"
)

// apiKeyRow is an API key with one grant of its owner.
type apiKeyRow struct {
	id, owner, may string
	only, networks sql.NullString
	// of are the bounds of the key that the row is about.
	of *keyBounds
	heldRow
}

// keyBounds are what an API key may do, for which applications if not for all, and
// whether a row so far requires a second factor of its owner.
type keyBounds struct {
	may            authz.Set
	applications   []string
	requiresFactor bool
}

// columns returns the variables of a row, after those of the columns before.
func (r *apiKeyRow) columns(before ...any) []any {
	return r.heldRow.columns(append(before, &r.id, &r.owner, &r.may, &r.only, &r.networks)...)
}

// take takes over into a principal what a row says: the first also says what the key is,
// and each what its owner holds, of which the key has its part. A second factor that the
// account requires of the owner is required by any of its grants, also by one of which
// nothing is left for the key.
func (r *apiKeyRow) take(p *authz.Principal, first bool) (err error) {
	if first {
		if err := r.begin(p); err != nil {
			return err
		}
	}
	g, is, err := r.given()
	if err != nil || !is {
		return err
	}
	r.of.requiresFactor = r.of.requiresFactor || r.requiresFactor()
	if part, some := g.Within(r.of.may, r.of.applications); some {
		p.Grants = append(p.Grants, part)
	}
	if !p.HasFactor {
		p.Withhold(g.AccountID, r.of.requiresFactor)
	}
	return nil
}

// begin sets the fields of a key that don't depend on its owner's grants.
func (r *apiKeyRow) begin(p *authz.Principal) (err error) {
	p.Kind, p.ID, p.OwnerID, p.HasFactor, p.Networks = authz.APIKey, r.id, r.owner, r.hasFactor, nil
	r.of = &keyBounds{}
	if r.of.may, err = authz.Law().Custom(r.may); err != nil {
		return err
	}
	for _, list := range []struct {
		json sql.NullString
		into any
	}{{r.only, &r.of.applications}, {r.networks, &p.Networks}} {
		if list.json.Valid && list.json.String != "" {
			if err := json.Unmarshal([]byte(list.json.String), list.into); err != nil {
				return err
			}
		}
	}
	return nil
}

// apiKeyPrincipal returns the API key with a secret, the present one or the one before;
// nil if it is unknown, has expired or was revoked, or if its owner doesn't work for the
// account now.
func apiKeyPrincipal(ctx context.Context, s *ent.Store, secret string) (*authz.Principal, error) {
	if !authz.IsAPIKey(secret) {
		return nil, nil
	}
	hash, wall, p := ent.Hash(secret), s.Wall(), &authz.Principal{}
	found, err := each(ent.Brief(ctx), s.Read(), apiKeyQuery, []any{hash, wall, hash, wall, wall}, takingAPIKey(p, s, wall))
	if err != nil || !found {
		return nil, err
	}
	return p, nil
}

// takingAPIKey is [taking] for an API key.
func takingAPIKey(p *authz.Principal, _ *ent.Store, _ time.Time, before ...any) func(rows *sql.Rows, first bool) error {
	var r apiKeyRow
	into := r.columns(before...)
	return func(rows *sql.Rows, first bool) error {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		return r.take(p, first)
	}
}

// apiKeyArgs are the values of apiKeyHeld for an API key.
func apiKeyArgs(tx *ent.Tx, p *authz.Principal) []any { return []any{p.ID, tx.Wall} }

func heldByAPIKey(tx *ent.Tx, p *authz.Principal) (found bool, err error) {
	return each(tx, tx, apiKeyHeldQuery, apiKeyArgs(tx, p), takingAPIKey(p, tx.Store(), tx.Wall))
}

// apiKeyPrincipals reads what API keys hold now, by their ids.
func apiKeyPrincipals(ctx context.Context, s *ent.Store, ids []string, found map[string]*authz.Principal) error {
	if len(ids) == 0 {
		return nil
	}
	var r apiKeyRow
	into := r.columns()
	bounds := map[string]*keyBounds{}
	_, err := each(ctx, s.Read(), apiKeysQuery+listOf(len(ids)), append([]any{s.Wall()}, values(ids)...), func(rows *sql.Rows, _ bool) error {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		p := found[r.id]
		if p == nil {
			p = &authz.Principal{}
			found[r.id] = p
		}
		r.of = bounds[r.id]
		err := r.take(p, r.of == nil)
		bounds[r.id] = r.of
		return err
	})
	return err
}
