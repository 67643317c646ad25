package floor

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

const sessionQuery = "SELECT t.access_expires_at, s.person_id, e.account_id, r.code, r.built_in, r.permissions, " +
	"g.application_ids, g.expires_at, g.spending_limit, g.step_up_minutes, s.second_factor_at " +
	"FROM session_tokens t JOIN sessions s ON s.id = t.session_id AND s.revoked_at IS NULL " +
	"JOIN employees e ON e.person_id = s.person_id AND e.status = 'ACTIVE' " +
	"LEFT JOIN memberships m ON m.employee_id = e.id JOIN grants g ON g.employee_id = COALESCE(m.holder_id, e.id) JOIN roles r ON r.id = g.role_id " +
	"WHERE t.access_hash = ?"

// who is a signed-in person with its grants.
type who struct {
	person string
	grants []grant
}

type grant struct {
	account, role string
	permissions   []string
	applications  []string
	limit         sql.NullInt64
}

// builtIn holds the permissions of the built-in roles, as far as the floor
// checks them.
var builtIn = map[string][]string{
	"owner":         {"account:read", "order:read", "order:place", "service:read"},
	"administrator": {"account:read", "order:read", "order:place", "service:read"},
	"finance":       {"account:read", "order:read", "order:place"},
	"auditor":       {"account:read", "order:read", "service:read"},
}

// session finds the person to whom the bearer token belongs.
func (f *Floor) session(ctx context.Context, r *http.Request) (*who, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return nil, errUnauthenticated
	}
	hash := sha256.Sum256([]byte(token))
	rows, err := f.statements[sessionQuery].QueryContext(ctx, hex.EncodeToString(hash[:]))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	now := f.now()
	var p *who
	for rows.Next() {
		var expires time.Time
		var person string
		var g grant
		var own bool
		var permissions string
		var applications sql.NullString
		var until, second sql.NullTime
		var stepUp sql.NullInt64
		if err := rows.Scan(&expires, &person, &g.account, &g.role, &own, &permissions, &applications, &until, &g.limit, &stepUp, &second); err != nil {
			return nil, err
		}
		if !now.Before(expires) {
			return nil, errUnauthenticated
		}
		if p == nil {
			p = &who{person: person}
		}
		if until.Valid && !now.Before(until.Time) || stepUp.Valid && second.Time.Before(now.Add(-time.Duration(stepUp.Int64)*time.Minute)) {
			continue
		}
		if g.permissions = builtIn[g.role]; !own {
			if err := json.Unmarshal([]byte(permissions), &g.permissions); err != nil {
				return nil, err
			}
		}
		if applications.Valid {
			if err := json.Unmarshal([]byte(applications.String), &g.applications); err != nil {
				return nil, err
			}
		}
		p.grants = append(p.grants, g)
	}
	if p == nil && rows.Err() == nil {
		return nil, errUnauthenticated
	}
	return p, rows.Err()
}

// may reports whether the account is among the person's accounts, and returns
// the grants that give the permission there.
func (p *who) may(permission, account, application string) (giving []grant, err error) {
	err = errNotFound
	for _, g := range p.grants {
		if g.account != account {
			continue
		}
		if err == error(errNotFound) {
			err = errForbidden
		}
		if slices.Contains(g.permissions, permission) && (len(g.applications) == 0 || slices.Contains(g.applications, application)) {
			giving, err = append(giving, g), nil
		}
	}
	return giving, err
}

// as returns the roles in which the person acts.
func (p *who) as(account string) string {
	var roles []string
	for _, g := range p.grants {
		if g.account == account {
			roles = append(roles, g.role)
		}
	}
	return strings.Join(roles, ",")
}
