// Package authz decides who may do what. policy.csv is the whole law; Casbin
// is its judge, and [Table] holds its verdicts. A [Principal] is whoever acts.
package authz

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"portico/clause"
)

// Kind is what kind of actor a principal is.
type Kind string

// The kinds of principal.
const (
	// Visitor isn't signed in.
	Visitor Kind = "VISITOR"
	// Person is signed in: of a customer's staff, an operator, or both.
	Person Kind = "PERSON"
	// Key is a program with a service credential.
	Key Kind = "KEY"
	// System is a job or a command line of Portico itself, by name.
	System Kind = "SYSTEM"
)

// Principal is whoever acts, with all that it was given.
type Principal struct {
	Kind Kind
	// ID is the person's, key's or employee's id, or the name of a system.
	ID string
	// SessionID is the session of a person.
	SessionID string
	// SecondFactorAt is the session's last proof of a second factor.
	SecondFactorAt time.Time
	// Grants are what a person holds on accounts.
	Grants []Grant
	// OperatorRoles are the roles of an operator or of a key.
	OperatorRoles []string
	// Operator is what these roles allow, on every account.
	Operator Set

	// Address, Agent, Correlation and Language are those of the request.
	Address, Agent, Correlation string
	Language                    clause.Lang
}

// Grant is what a person holds on one account.
type Grant struct {
	AccountID, EmployeeID, RoleID, RoleCode string
	Allow                                   Set
	// Applications limits the grant to these; none means the account.
	Applications []string
	// ExpiresAt ends it; zero is never.
	ExpiresAt time.Time
	// SpendingLimit is the most that one order may cost, in minor units; nil is
	// without limit.
	SpendingLimit *int64
	// StepUp is how fresh a second factor must be; zero asks for none.
	StepUp time.Duration
	// Owner is set on every grant of the account's owner.
	Owner bool
}

// Object is what a permission is asked on. An empty AccountID asks whether it
// is held on any account.
type Object struct{ AccountID, ApplicationID, ServiceID, Class string }

// On is an object that is an account as a whole.
func On(accountID string) Object { return Object{AccountID: accountID} }

// Nobody is the principal of a request that carries no credential.
func Nobody(address, agent string) *Principal {
	return &Principal{Kind: Visitor, ID: "visitor", Address: address, Agent: agent}
}

// AsSystem is the principal of a job or of a command line; it may do
// everything but what nobody may.
func AsSystem(name string) *Principal {
	return &Principal{Kind: System, ID: name, Address: "-", Agent: "portico"}
}

// SignedIn reports whether somebody or something is known.
func (p *Principal) SignedIn() bool { return p != nil && p.Kind != Visitor }

// IsOperator reports whether a person holds any role of the provider's.
func (p *Principal) IsOperator() bool {
	return p != nil && p.Kind == Person && len(p.OperatorRoles) > 0
}

// Network is what limits are counted by where nobody is signed in: the address,
// of IPv6 the /64 that one line has for itself.
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

// Reaches reports whether rows of the account may be seen or written at all:
// by a grant on it, as the provider, or as the system. What may be done there
// is another question.
func (p *Principal) Reaches(accountID string) bool {
	switch {
	case p == nil || accountID == "":
		return false
	case p.ReachesAll():
		return true
	}
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.AccountID == accountID })
}

// ReachesAll reports whether tenancy doesn't narrow the principal: the system,
// the provider's operators and its keys.
func (p *Principal) ReachesAll() bool {
	return p != nil && (p.Kind == System || (p.Kind != Visitor && len(p.OperatorRoles) > 0))
}

// Accounts lists the accounts that a person holds grants on.
func (p *Principal) Accounts() []string {
	var ids []string
	for _, g := range p.Grants {
		if !slices.Contains(ids, g.AccountID) {
			ids = append(ids, g.AccountID)
		}
	}
	return ids
}

// Allows decides whether the principal holds a permission on an object, by
// grants and roles; what standing denies comes after. It allocates nothing.
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

// HoldsAnywhere reports whether the principal holds a permission on anything at
// all: the sign on the door of an operation, before its object is known.
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

// covers reports whether the grant holds now and reaches the object.
func (g *Grant) covers(o Object, now time.Time) bool {
	if o.AccountID != "" && g.AccountID != o.AccountID || !g.ExpiresAt.IsZero() && !now.Before(g.ExpiresAt) {
		return false
	}
	return len(g.Applications) == 0 || (o.ApplicationID != "" && slices.Contains(g.Applications, o.ApplicationID))
}

// Giving returns the grants that give the permission on the object; their
// step-up and spending limits are for the caller to hold.
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
// demand for a fresh second factor the session meets at a wall time: what
// another grant gives, without its limits, isn't the person's until then.
func (p *Principal) Usable(perm Permission, o Object, now, wall time.Time) []Grant {
	return slices.DeleteFunc(p.Giving(perm, o, now), func(g Grant) bool {
		return g.StepUp != 0 && p.SecondFactorAt.Before(wall.Add(-g.StepUp))
	})
}

// Held is everything that the principal may do on an account by its grants:
// what it can pass on under the subset rule, and `viewerPermissions`.
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

// HeldFor lists what the principal may do for one application of an account, of
// the permissions that mean something for an application: what it holds on the
// account as a whole, and by grants for the application.
func (p *Principal) HeldFor(o Object, now time.Time) []Permission {
	s := p.Operator
	for i := range p.Grants {
		if g := &p.Grants[i]; g.covers(o, now) {
			s = s.Union(g.Allow)
		}
	}
	return slices.DeleteFunc(s.List(), func(p Permission) bool { return !p.OfApplications() })
}

// Scope tells where on an account the principal holds a permission: on the
// whole, or else for which applications; neither where it doesn't hold it.
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

// With puts the principal into a context.
func With(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From returns the principal of a context, or nil.
func From(ctx context.Context) *Principal {
	p, _ := ctx.Value(principalKey{}).(*Principal)
	return p
}

// Narrow confines a context to one account, also for a principal that reaches
// several (a command acts on one).
func Narrow(ctx context.Context, accountID string) context.Context {
	return context.WithValue(ctx, accountKey{}, accountID)
}

// Widen lifts what [Narrow] confined: for what is asked about all accounts that
// the principal reaches.
func Widen(ctx context.Context) context.Context {
	return context.WithValue(ctx, accountKey{}, nil)
}

// Narrowed returns the account that the context is confined to, if it is.
func Narrowed(ctx context.Context) (string, bool) {
	id, ok := ctx.Value(accountKey{}).(string)
	return id, ok
}

type endKey struct{}

// Ending puts into the context of a stream how it is ended from within: once,
// with a refusal that is told.
func Ending(ctx context.Context, end func(error)) context.Context {
	return context.WithValue(ctx, endKey{}, end)
}

// End ends the stream of a context, if it is one.
func End(ctx context.Context, why error) {
	if end, ok := ctx.Value(endKey{}).(func(error)); ok {
		end(why)
	}
}
