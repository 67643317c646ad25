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
	"g.application_ids, g.expires_at, g.spending_limit, g.step_up_minutes, s.second_factor_at, " +
	"o.roles, s.created_at, s.last_used_at, l.lifetime_minutes, l.idle_minutes, g.role_id, l.factor_scope, l.factor_roles, " +
	"EXISTS (SELECT 1 FROM second_factors f WHERE f.person_id = s.person_id AND f.confirmed_at IS NOT NULL) " +
	"FROM session_tokens t JOIN sessions s ON s.id = t.session_id AND s.revoked_at IS NULL " +
	"LEFT JOIN operators o ON o.person_id = s.person_id AND o.active " +
	"LEFT JOIN employees e ON e.person_id = s.person_id AND e.status = 'ACTIVE' " +
	"LEFT JOIN memberships m ON m.employee_id = e.id LEFT JOIN grants g ON g.employee_id = COALESCE(m.holder_id, e.id) " +
	"LEFT JOIN roles r ON r.id = g.role_id " +
	"LEFT JOIN session_policies l ON l.policy_key = e.account_id " +
	"WHERE t.access_hash = ?"

// who is a signed-in person with its grants, and with its roles if it is an operator
// of the provider.
type who struct {
	person   string
	grants   []grant
	operator []string
	// withheld are the accounts that require a second factor, which the person lacks.
	withheld []string
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
		var h held
		if err := h.scan(rows); err != nil {
			return nil, err
		}
		if h.over(now) {
			return nil, errUnauthenticated
		}
		if p == nil {
			if p, err = h.person(); err != nil {
				return nil, err
			}
		}
		if err := h.add(p, now); err != nil {
			return nil, err
		}
	}
	if p == nil && rows.Err() == nil {
		return nil, errUnauthenticated
	}
	return p, rows.Err()
}

// held is one grant of a signed-in person, or the person alone if it has none.
type held struct {
	expires, began                   time.Time
	id                               string
	account, role                    sql.NullString
	own                              sql.NullBool
	permissions, applications, roles sql.NullString
	until, second, used              sql.NullTime
	limit, stepUp, lifetime, idle    sql.NullInt64
	roleID, scope, factorRoles       sql.NullString
	hasFactor                        bool
}

func (h *held) scan(rows *sql.Rows) error {
	return rows.Scan(&h.expires, &h.id, &h.account, &h.role, &h.own, &h.permissions, &h.applications, &h.until, &h.limit, &h.stepUp, &h.second,
		&h.roles, &h.began, &h.used, &h.lifetime, &h.idle, &h.roleID, &h.scope, &h.factorRoles, &h.hasFactor)
}

// over reports whether the token has expired, or the session has ended by the limits
// that the account sets for its employees.
func (h *held) over(now time.Time) bool {
	used := h.began
	if h.used.Valid {
		used = h.used.Time
	}
	return !now.Before(h.expires) || passed(h.began, h.lifetime, now) || passed(used, h.idle, now)
}

func passed(since time.Time, minutes sql.NullInt64, now time.Time) bool {
	return minutes.Valid && !now.Before(since.Add(time.Duration(minutes.Int64)*time.Minute))
}

func (h *held) person() (*who, error) {
	p := &who{person: h.id}
	if !h.roles.Valid {
		return p, nil
	}
	return p, json.Unmarshal([]byte(h.roles.String), &p.operator)
}

// lacksFactor reports whether the account requires a second factor of who holds the
// role, and the person has none.
func (h *held) lacksFactor() bool {
	return h.scope.Valid && !h.hasFactor && (!h.factorRoles.Valid || strings.Contains(h.factorRoles.String, `"`+h.roleID.String+`"`))
}

// add adds the grant to those of the person, unless it isn't valid now.
func (h *held) add(p *who, now time.Time) (err error) {
	if !h.role.Valid || h.until.Valid && !now.Before(h.until.Time) ||
		h.stepUp.Valid && h.second.Time.Before(now.Add(-time.Duration(h.stepUp.Int64)*time.Minute)) {
		return nil
	}
	g := grant{account: h.account.String, role: h.role.String, limit: h.limit, permissions: builtIn[h.role.String]}
	if !h.own.Bool {
		if err := json.Unmarshal([]byte(h.permissions.String), &g.permissions); err != nil {
			return err
		}
	}
	if h.lacksFactor() {
		p.withheld = append(p.withheld, g.account)
	}
	if h.applications.Valid {
		if err := json.Unmarshal([]byte(h.applications.String), &g.applications); err != nil {
			return err
		}
	}
	p.grants = append(p.grants, g)
	return nil
}

// may reports whether the account is among the person's accounts, and returns
// the grants that give the permission there. An operator reaches every account, and
// has one of the floor's permissions there without a grant: to read the account.
func (p *who) may(permission, account, application string) (giving []grant, err error) {
	err = errNotFound
	if len(p.operator) > 0 {
		err = errForbidden
		if permission == "account:read" {
			err = nil
		}
	}
	for _, g := range p.grants {
		if g.account != account {
			continue
		}
		if err == error(errNotFound) {
			err = errForbidden
		}
		if !slices.Contains(p.withheld, account) && slices.Contains(g.permissions, permission) && (len(g.applications) == 0 || slices.Contains(g.applications, application)) {
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
