package statement

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
)

// held selects what a person holds, by the person's session s: one row for each
// grant of the person as an employee, or of a group that it is a member of. The
// rows of memberships name as a holder also the employee itself, and there are none
// for an employee that was never in a group.
const (
	heldColumns = "s.second_factor_at, o.roles, e.account_id, e.id, g.role_id, r.code, r.built_in, r.permissions, " +
		"g.application_ids, g.expires_at, g.spending_limit, g.step_up_minutes, g.monthly_limit, g.id, g.employee_id, w.id, " +
		"EXISTS (SELECT 1 FROM second_factors f WHERE f.person_id = s.person_id AND f.confirmed_at IS NOT NULL), " +
		"s.created_at, s.last_used_at, l.lifetime_minutes, l.idle_minutes, l.factor_scope, l.factor_roles "
	heldJoins = "LEFT JOIN operators o ON o.person_id = s.person_id AND o.active = ? " +
		"LEFT JOIN employees e ON e.person_id = s.person_id AND e.status = 'ACTIVE' " +
		"LEFT JOIN memberships m ON m.employee_id = e.id LEFT JOIN grants g ON g.employee_id = COALESCE(m.holder_id, e.id) LEFT JOIN roles r ON r.id = g.role_id " +
		"LEFT JOIN ownerships w ON w.open_key = e.account_id AND w.employee_id = e.id " +
		"LEFT JOIN session_policies l ON l.policy_key = e.account_id "
)

// principalQuery reads the session, the person and all that the person holds,
// by an access token's hash, in one indexed statement. It has no tenant
// predicate: the hash is the credential, and the result defines the tenant.
const principalQuery = "SELECT s.id, s.person_id, " + heldColumns +
	"FROM session_tokens t JOIN sessions s ON s.id = t.session_id AND s.revoked_at IS NULL " + heldJoins +
	"WHERE t.access_hash = ? AND t.access_expires_at > ? AND s.created_at > ?"

// begun returns the instant after which a session must have begun to be still
// valid. A session ends after its maximum lifetime, however often its tokens
// were refreshed (1.4).
func begun(wall time.Time) time.Time {
	return wall.Add(-clause.Standard(clause.SessionLifetime).Duration())
}

const keyQuery = "SELECT id, role FROM service_keys WHERE secret_hash = ? AND revoked_at IS NULL"

// principalRow is one grant of the person to whom a token belongs. Rows are read
// into the same variables: what a principal keeps of them is copied.
type principalRow struct {
	sessionID, personID string
	heldRow
	into []any
}

// principalRows keeps variables for the next statement, which sets all of them.
var principalRows = sync.Pool{New: func() any {
	r := &principalRow{}
	r.into = r.columns(&r.sessionID, &r.personID)
	return r
}}

// heldRow is one grant of a person.
type heldRow struct {
	secondFactor, grantExpires             sql.NullTime
	roles, account, employee, roleID, code sql.NullString
	permissions, applications, ownership   sql.NullString
	grantID, holder                        sql.NullString
	builtIn                                sql.NullBool
	hasFactor                              bool
	spendingLimit, stepUp, monthlyLimit    sql.NullInt64
	began, used                            sql.NullTime
	lifetime, idle                         sql.NullInt64
	factorScope, factorRoles               sql.NullString
}

// requiresFactor reports whether the account of the row requires a second factor
// of who holds the row's role (1.5).
func (r *heldRow) requiresFactor() bool {
	return r.factorScope.Valid && (!r.factorRoles.Valid || strings.Contains(r.factorRoles.String, `"`+r.roleID.String+`"`))
}

// over reports whether the session has ended by the limits that the account of
// the row sets for its employees (1.4).
func (r *heldRow) over(wall time.Time) bool {
	used := r.used
	if !used.Valid {
		used = r.began
	}
	return passed(r.began, r.lifetime, wall) || passed(used, r.idle, wall)
}

func passed(since sql.NullTime, minutes sql.NullInt64, wall time.Time) bool {
	return since.Valid && minutes.Valid && !wall.Before(since.Time.Add(time.Duration(minutes.Int64)*time.Minute))
}

func (r *heldRow) columns(before ...any) []any {
	return append(before, &r.secondFactor, &r.roles, &r.account, &r.employee, &r.roleID, &r.code, &r.builtIn, &r.permissions,
		&r.applications, &r.grantExpires, &r.spendingLimit, &r.stepUp, &r.monthlyLimit, &r.grantID, &r.holder, &r.ownership, &r.hasFactor, &r.began, &r.used, &r.lifetime, &r.idle, &r.factorScope, &r.factorRoles)
}

// Principal returns the principal to whom a token belongs: a person by an
// access token that hasn't expired, or a program by a service key or by an API key. It
// returns nil if there is none. The caller checks the networks of an API key.
func Principal(ctx context.Context, s *ent.Store, token string) (*authz.Principal, error) {
	switch {
	case strings.HasPrefix(token, "pk_"):
		return keyPrincipal(ctx, s, token)
	case strings.HasPrefix(token, authz.APIKeyPrefix):
		return apiKeyPrincipal(ctx, s, token)
	}
	rows, err := s.Read().QueryContext(ent.Brief(ctx), principalQuery, true, ent.Hash(token), s.Wall(), begun(s.Wall()))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	r := principalRows.Get().(*principalRow)
	defer principalRows.Put(r)
	var p *authz.Principal
	for rows.Next() {
		if err := rows.Scan(r.into...); err != nil {
			return nil, err
		}
		if r.over(s.Wall()) {
			return nil, nil
		}
		if p == nil {
			if p, err = r.person(s.Sandbox()); err != nil {
				return nil, err
			}
		}
		if err := r.grant(p); err != nil {
			return nil, err
		}
	}
	return p, rows.Err()
}

func (r *principalRow) person(sandbox bool) (*authz.Principal, error) {
	p := &authz.Principal{Kind: authz.Person, ID: r.personID, SessionID: r.sessionID}
	return p, r.self(p, sandbox)
}

// self sets the fields of a person that don't depend on its grants. An operator needs a
// second factor (1.4), but not in a sandbox, whose operators sign in with the passwords
// that it shows.
func (r *heldRow) self(p *authz.Principal, sandbox bool) error {
	p.SecondFactorAt, p.HasFactor = r.secondFactor.Time, r.hasFactor
	var roles []string
	if r.roles.Valid {
		if err := json.Unmarshal([]byte(r.roles.String), &roles); err != nil {
			return err
		}
	}
	p.Act(roles, sandbox)
	return nil
}

// grant gives a person the grant of the row.
func (r *heldRow) grant(p *authz.Principal) error {
	g, is, err := r.given()
	if err != nil || !is {
		return err
	}
	p.Grants = append(p.Grants, g)
	if !p.HasFactor {
		p.Withhold(g.AccountID, r.requiresFactor())
	}
	return nil
}

// given returns the grant of the row; is is false if it has none.
func (r *heldRow) given() (g authz.Grant, is bool, err error) {
	if !r.roleID.Valid {
		return g, false, nil
	}
	g = authz.Grant{ID: r.grantID.String, AccountID: r.account.String, EmployeeID: r.employee.String, RoleID: r.roleID.String, RoleCode: r.code.String,
		ExpiresAt: r.grantExpires.Time, StepUp: time.Duration(r.stepUp.Int64) * time.Minute, Owner: r.ownership.Valid}
	if limit := r.spendingLimit; limit.Valid {
		g.SpendingLimit = &limit.Int64
	}
	if limit := r.monthlyLimit; limit.Valid {
		g.MonthlyLimit = &limit.Int64
	}
	if r.holder.String != g.EmployeeID {
		g.GroupID = r.holder.String
	}
	if r.applications.Valid && r.applications.String != "" {
		if err := json.Unmarshal([]byte(r.applications.String), &g.Applications); err != nil {
			return g, false, err
		}
	}
	if r.builtIn.Bool {
		g.Allow = authz.Law().Role(r.code.String)
		return g, true, nil
	}
	g.Allow, err = authz.Law().Custom(r.permissions.String)
	return g, err == nil, err
}

func keyPrincipal(ctx context.Context, s *ent.Store, token string) (*authz.Principal, error) {
	rows, err := s.Read().QueryContext(ent.Brief(ctx), keyQuery, ent.Hash(token))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, rows.Err()
	}
	var id, role string
	if err := rows.Scan(&id, &role); err != nil {
		return nil, err
	}
	return authz.AsKey(id, role), rows.Err()
}
