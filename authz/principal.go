// Package authz decides who may do what. policy.csv holds all rules; Casbin
// evaluates them once, and [Table] stores the results. A [Principal] is the
// person or program that acts.
package authz

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"portico/clause"
)

// Kind is the kind of a principal.
type Kind string

// The kinds of principal.
const (
	// Visitor is not signed in.
	Visitor Kind = "VISITOR"
	// Person is a person who is signed in: an employee of a customer, an
	// operator, or both.
	Person Kind = "PERSON"
	// Key is a program of the provider with a service credential.
	Key Kind = "KEY"
	// APIKey is a program of a customer with a key of an employee. It holds what its
	// owner holds on one account, within the bounds of the key, and no more.
	APIKey Kind = "API_KEY"
	// System is a job or a command of Portico itself, identified by name.
	System Kind = "SYSTEM"
)

// Principal is the person or program that acts, with its grants and roles.
type Principal struct {
	Kind Kind
	// ID is the id of the person, key or employee, or the name of the system.
	ID string
	// SessionID is the id of the person's session.
	SessionID string
	// SecondFactorAt is the time at which the session last passed a second
	// factor.
	SecondFactorAt time.Time
	// HasFactor is true if the person, or the owner of the API key, has a confirmed
	// second factor.
	HasFactor bool
	// Grants are the grants that the person holds on accounts.
	Grants []Grant
	// OwnerID is the employee that an API key belongs to.
	OwnerID string
	// Networks are the networks that an API key works from; any if empty.
	Networks []netip.Prefix
	// OperatorRoles are the roles of the operator or of the service key.
	OperatorRoles []string
	// Operator is the set of permissions that these roles give on every
	// account.
	Operator Set
	// OperatorWithheld are the permissions that these roles give, instead of Operator,
	// once the operator has a second factor.
	OperatorWithheld Set
	// exercised marks the grants by their index that [Principal.Exercise] has returned.
	exercised [2]uint64

	// Address, Agent, Correlation and Language are taken from the request.
	Address, Agent, Correlation string
	Language                    clause.Lang
}

// Grant holds the permissions of a person on one account.
type Grant struct {
	// ID is the id of the grant; empty if it isn't read from the database.
	ID                                      string
	AccountID, EmployeeID, RoleID, RoleCode string
	// GroupID is the group by which the person holds the grant; empty if the grant
	// is its own.
	GroupID string
	Allow   Set
	// Applications limits the grant to these applications; if empty, it covers
	// the whole account.
	Applications []string
	// ExpiresAt is the time at which the grant ends; zero if it doesn't.
	ExpiresAt time.Time
	// SpendingLimit is the highest permitted cost of one order, in minor units;
	// nil if there is no limit.
	SpendingLimit *int64
	// MonthlyLimit is the highest permitted cost of all orders of one month, in
	// minor units; nil if there is no limit.
	MonthlyLimit *int64
	// StepUp is the longest permitted time since the last second factor; zero
	// if no second factor is required.
	StepUp time.Duration
	// Owner is true on every grant of the account's owner.
	Owner bool
	// Withheld are the permissions that the grant gives, instead of Allow, once
	// the person has the second factor that the account requires of it.
	Withheld Set
}

// Withhold takes every permission on an account from a person that has no second
// factor, if the account requires one of it: by its last grant, or by one before
// (1.5). It is called after each grant is added.
func (p *Principal) Withhold(accountID string, required bool) {
	for i := range p.Grants {
		required = required || p.Grants[i].AccountID == accountID && p.Grants[i].Withheld != Set{}
	}
	for i := range p.Grants {
		if g := &p.Grants[i]; required && g.AccountID == accountID {
			g.Allow, g.Withheld = Set{}, g.Allow.Union(g.Withheld)
		}
	}
}

// AsKey returns the principal of a service key with a role of the provider.
func AsKey(id, role string) *Principal {
	p := &Principal{Kind: Key, ID: id}
	p.Act([]string{role}, true)
	return p
}

// Act gives an operator, or a key, the permissions of its roles (1.4). They are withheld
// from who has no second factor, unless it is exempt.
func (p *Principal) Act(roles []string, exempt bool) {
	p.OperatorRoles, p.Operator, p.OperatorWithheld = roles, Set{}, Set{}
	for _, role := range roles {
		p.Operator = p.Operator.Union(Law().Role(role))
	}
	if !p.HasFactor && !exempt {
		p.Operator, p.OperatorWithheld = Set{}, p.Operator
	}
}

// Strip takes everything that it holds from a principal, to read it again.
func (p *Principal) Strip() {
	p.Grants, p.OperatorRoles, p.Operator, p.OperatorWithheld = nil, nil, Set{}, Set{}
	p.unmark()
}

// Withholds reports whether a second factor would give the principal a
// permission.
func (p *Principal) Withholds(perm Permission) bool {
	return p != nil && (p.OperatorWithheld.Has(perm) || slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Withheld.Has(perm) }))
}

// Object is what a permission is checked on. An empty AccountID asks whether
// the permission is held on any account.
type Object struct{ AccountID, ApplicationID, ServiceID, Class string }

// On returns the object for an account as a whole.
func On(accountID string) Object { return Object{AccountID: accountID} }

// Nobody returns the principal of a request without credentials.
func Nobody(address, agent string) *Principal {
	return &Principal{Kind: Visitor, ID: "visitor", Address: address, Agent: agent}
}

// AsSystem returns the principal of a job or of a command. It may do everything
// except what is denied to everyone.
func AsSystem(name string) *Principal {
	return &Principal{Kind: System, ID: name, Address: "-", Agent: "portico"}
}

// SignedIn reports whether the principal is known: a person, a service key, an API key
// or the system.
func (p *Principal) SignedIn() bool { return p != nil && p.Kind != Visitor }

// IsOperator reports whether the principal is a person with a role of the
// provider.
func (p *Principal) IsOperator() bool {
	return p != nil && p.Kind == Person && len(p.OperatorRoles) > 0
}

// Network returns the network by which limits are counted for visitors: the
// IPv4 address, or the /64 prefix of an IPv6 address, which is usually one
// connection.
func (p *Principal) Network() string {
	a, err := netip.ParseAddr(p.Address)
	if err != nil || a.Unmap().Is4() {
		return p.Address
	}
	prefix, err := a.WithZone("").Prefix(64)
	if err != nil {
		return p.Address
	}
	return prefix.String()
}

// Reaches reports whether the principal may see or write rows of the account at
// all: by a grant on it, as the provider, or as the system. It doesn't report
// which operations are permitted.
func (p *Principal) Reaches(accountID string) bool {
	switch {
	case p == nil || accountID == "":
		return false
	case p.ReachesAll():
		return true
	}
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.AccountID == accountID })
}

// ReachesAll reports whether the principal isn't limited to certain accounts:
// it is the system, an operator of the provider that doesn't lack a second factor, or
// one of the provider's keys.
func (p *Principal) ReachesAll() bool {
	return p != nil && (p.Kind == System || (p.Kind != Visitor && len(p.OperatorRoles) > 0 && p.OperatorWithheld == Set{}))
}

// Accounts lists the accounts on which the person holds grants.
func (p *Principal) Accounts() []string {
	var ids []string
	for _, g := range p.Grants {
		if !slices.Contains(ids, g.AccountID) {
			ids = append(ids, g.AccountID)
		}
	}
	return ids
}

// Allows reports whether the principal holds a permission on an object, by its
// grants and roles. It doesn't consider standing, which is checked afterwards.
// It allocates nothing.
func (p *Principal) Allows(perm Permission, o Object, now time.Time) bool {
	if p == nil || perm.NonTransferable() {
		return false
	}
	if p.Kind == System || p.Operator.Has(perm) {
		return true
	}
	for i := range p.Grants {
		if p.Grants[i].gives(perm, o, now) {
			return true
		}
	}
	return false
}

// HoldsAnywhere reports whether the principal holds a permission on any object.
// It is the entry check of an operation, before the object is known.
func (p *Principal) HoldsAnywhere(perm Permission, now time.Time) bool {
	if p.Allows(perm, Object{}, now) {
		return true
	}
	for i := range p.Grants {
		g := &p.Grants[i]
		if g.Allow.Has(perm) && (g.ExpiresAt.IsZero() || now.Before(g.ExpiresAt)) {
			return true
		}
	}
	return false
}

func (g *Grant) gives(perm Permission, o Object, now time.Time) bool {
	return g.Allow.Has(perm) && g.covers(o, now)
}

// covers reports whether the grant is valid now and includes the object.
func (g *Grant) covers(o Object, now time.Time) bool {
	if o.AccountID != "" && g.AccountID != o.AccountID || !g.ExpiresAt.IsZero() && !now.Before(g.ExpiresAt) {
		return false
	}
	return len(g.Applications) == 0 || (o.ApplicationID != "" && slices.Contains(g.Applications, o.ApplicationID))
}

// Giving returns the grants that give the permission on the object. The caller
// must enforce their step-up and spending limits.
func (p *Principal) Giving(perm Permission, o Object, now time.Time) []Grant {
	var gs []Grant
	for i := range p.Grants {
		if p.Grants[i].gives(perm, o, now) {
			gs = append(gs, p.Grants[i])
		}
	}
	return gs
}

// Usable returns the grants that give the permission on the object and whose
// requirement of a fresh second factor the session meets at the given wall
// time. If another grant requires a fresher factor, the permissions and limits
// that only that grant gives can't be used until the factor is passed.
func (p *Principal) Usable(perm Permission, o Object, now, wall time.Time) []Grant {
	return slices.DeleteFunc(p.Giving(perm, o, now), func(g Grant) bool {
		return g.StepUp != 0 && p.SecondFactorAt.Before(wall.Add(-g.StepUp))
	})
}

// Held returns all permissions that the principal has on an account by its
// grants. This is what it can pass on to others, and the answer to
// `viewerPermissions`.
func (p *Principal) Held(accountID string, now time.Time) Set {
	s := p.Operator
	for i := range p.Grants {
		g := &p.Grants[i]
		if g.AccountID == accountID && len(g.Applications) == 0 && (g.ExpiresAt.IsZero() || now.Before(g.ExpiresAt)) {
			s = s.Union(g.Allow)
		}
	}
	return s
}

// HeldFor lists the permissions that the principal has for one application of
// an account, among those that can be held for an application. They come from
// grants on the whole account and grants for the application.
func (p *Principal) HeldFor(o Object, now time.Time) []Permission {
	s := p.Operator
	for i := range p.Grants {
		if g := &p.Grants[i]; g.covers(o, now) {
			s = s.Union(g.Allow)
		}
	}
	return slices.DeleteFunc(s.List(), func(p Permission) bool { return !p.OfApplications() })
}

// Scope returns where on an account the principal holds a permission: on the
// whole account, or else for which applications. It returns neither if the
// principal doesn't hold it.
func (p *Principal) Scope(perm Permission, accountID string, now time.Time) (whole bool, applications []string) {
	if p.Allows(perm, On(accountID), now) {
		return true, nil
	}
	if p == nil || perm.NonTransferable() {
		return false, nil
	}
	for i := range p.Grants {
		g := &p.Grants[i]
		if g.AccountID == accountID && g.Allow.Has(perm) && (g.ExpiresAt.IsZero() || now.Before(g.ExpiresAt)) {
			applications = append(applications, g.Applications...)
		}
	}
	return false, applications
}

// Owns reports whether the person is the owner of the account.
func (p *Principal) Owns(accountID string) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Owner && g.AccountID == accountID })
}

type principalKey struct{}
type accountKey struct{}

// With returns a context that carries the principal.
func With(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From returns the principal of a context, or nil.
func From(ctx context.Context) *Principal {
	p, _ := ctx.Value(principalKey{}).(*Principal)
	return p
}

// Narrow limits a context to one account, even if the principal reaches
// several. A command acts on one account.
func Narrow(ctx context.Context, accountID string) context.Context {
	return context.WithValue(ctx, accountKey{}, accountID)
}

// Widen removes the limit that [Narrow] set, for queries over all accounts that
// the principal reaches.
func Widen(ctx context.Context) context.Context {
	return context.WithValue(ctx, accountKey{}, nil)
}

// Narrowed returns the account that the context is limited to, if any.
func Narrowed(ctx context.Context) (string, bool) {
	id, ok := ctx.Value(accountKey{}).(string)
	return id, ok
}

type endKey struct{}

// Ending returns a context for a stream that carries a function to end it from
// within: once, with a refusal that is sent to the client.
func Ending(ctx context.Context, end func(error)) context.Context {
	return context.WithValue(ctx, endKey{}, end)
}

// End ends the stream of a context. It does nothing if the context belongs to
// no stream.
func End(ctx context.Context, why error) {
	if end, ok := ctx.Value(endKey{}).(func(error)); ok {
		end(why)
	}
}
