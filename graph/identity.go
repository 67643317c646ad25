package graph

import (
	"context"
	"time"

	"portico/ent/db"
	dbaccount "portico/ent/db/account"
	"portico/ent/db/session"
	"portico/ent/db/sessionpolicy"
	"portico/graph/batch"
	"portico/graph/page"
	"portico/portal/access/identity"
)

// accountsList is the list of a person's accounts, oldest first.
var accountsList = page.List[db.Account]{Name: "accounts", Column: dbaccount.FieldCreatedAt,
	Key: func(a *db.Account) (any, string) { return a.CreatedAt, a.ID }}

// sessionsList is the list of a person's sessions, newest first.
var sessionsList = page.List[db.Session]{Name: "sessions", Column: session.FieldCreatedAt, Descending: true,
	Key: func(s *db.Session) (any, string) { return s.CreatedAt, s.ID }}

// sessionEnds returns when a session ends, by the limits of its person.
func (r *Resolver) sessionEnds(ctx context.Context, obj *db.Session) (time.Time, error) {
	limits, err := batch.Load(ctx, obj, "limits", func(parents []*db.Session) (identity.Limits, error) {
		return identity.LimitsOf(ctx, r.store(), parents[0].PersonID) // a person sees its own sessions alone
	})
	return limits.Ends(obj), err
}

// sessionPolicy returns the limits of the sessions of an account's employees.
func (r *Resolver) sessionPolicy(ctx context.Context, obj *db.Account) (*identity.SessionPolicy, error) {
	row, err := r.policyRow(ctx, obj)
	if err != nil {
		return nil, err
	}
	return identity.PolicyOf(row), nil
}

// factorPolicy returns of whom an account requires a second factor.
func (r *Resolver) factorPolicy(ctx context.Context, obj *db.Account) (*identity.SecondFactorPolicy, error) {
	row, err := r.policyRow(ctx, obj)
	if err != nil {
		return nil, err
	}
	return identity.FactorPolicyOf(row)
}

// factorRoles returns the roles that a policy names.
func (r *Resolver) factorRoles(ctx context.Context, obj *identity.SecondFactorPolicy) ([]*db.Role, error) {
	found, err := r.nodes(ctx, obj.RoleIDs)
	roles := []*db.Role{}
	for _, id := range obj.RoleIDs {
		if row, ok := found[id].(*db.Role); ok {
			roles = append(roles, row)
		}
	}
	return roles, err
}

// policyRow returns the row of an account's policy; nil if there is none.
func (r *Resolver) policyRow(ctx context.Context, obj *db.Account) (*db.SessionPolicy, error) {
	found, err := batch.Load(ctx, obj, "sessionPolicy", func(parents []*db.Account) (map[string]*db.SessionPolicy, error) {
		rows, err := r.read().SessionPolicy.Query().Where(sessionpolicy.PolicyKeyIn(batch.IDs(parents)...)).All(ctx)
		m := map[string]*db.SessionPolicy{}
		for _, row := range rows {
			m[row.AccountID] = row
		}
		return m, err
	})
	if err != nil {
		return nil, err
	}
	return found[obj.ID], nil
}
