package authz

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"portico/clause"
)

// Permission is one thing that may be done, "resource:action". In the API it
// is the enum value RESOURCE_ACTION.
type Permission uint8

// None asks for no permission; it belongs to operations open to everyone.
const None Permission = 0

// The permissions. Their numbers are not stored anywhere; their names are.
const (
	AccountRead Permission = iota + 1
	AccountUpdate
	StandingRead
	BalanceRead
	LedgerRead
	OrderRead
	OrderPlace
	ServiceRead
	ServiceClose
	ApplicationRead
	ApplicationCreate
	ApplicationDelete
	VerificationRead
	VerificationSubmit
	TopUpRead
	TopUpStart
	PayerRead
	PayerDesignate
	TermsAccept
	TermsRead
	EmployeeRead
	RoleRead
	AuditRead
	UsageRead
	UsageReport
	EntitlementRead
	VerificationReview
	TopUpReview
	PayerReview
	TermsPublish
	OverrideSet
	OverrideRead
	AccessRead
	SandboxRead
	SandboxAdvance
	SandboxPay
	BillRead
	BillReview
	InvoiceRead
	InvoiceRequest
	InvoiceReview
	NoticeRead
	NoticePublish
	EmployeeInvite
	EmployeeUpdate
	EmployeeOffboard
	RoleManage
	ArrearsExtend
	InvitationRevoke
	TermsDecline
	AccessSeal
	LedgerAudit
	// ServiceRun is what a service does while it runs. No role holds it: a
	// restriction that denies it stops the services that it covers (3.8, 5.3).
	ServiceRun
	lastLive
)

// nonTransferable is everything that 1.4 says can't change hands, and every
// way of it. Nobody holds these permissions and nobody can be given them.
var nonTransferable = struct{ resources, actions []string }{
	[]string{"account", "balance", "order", "coupon", "credential", "subaccount"},
	[]string{"transfer", "give", "inherit", "lend", "lease"},
}

var names = func() []string {
	n := []string{""}
	for i, e := range table {
		if e.permission != Permission(i+1) {
			panic("authz: " + e.name + " isn't at its place in the table of permissions")
		}
		n = append(n, e.name)
	}
	if len(n) != int(lastLive) {
		panic("authz: the table lacks a permission")
	}
	for _, r := range nonTransferable.resources {
		for _, a := range nonTransferable.actions {
			n = append(n, r+":"+a)
		}
	}
	return n
}()

var byName = func() map[string]Permission {
	m := make(map[string]Permission, len(names))
	for i, n := range names[1:] {
		m[n] = Permission(i + 1)
	}
	return m
}()

// Permissions lists every permission, those that nobody may hold included.
func Permissions() []Permission {
	all := make([]Permission, 0, len(names)-1)
	for i := range names[1:] {
		all = append(all, Permission(i+1))
	}
	return all
}

// deciding are the permissions by which an operator decides something about an
// account, with the clause that asks for the decision. Whoever is of the account
// itself, or pays for it, never decides by one.
var deciding = map[Permission]clause.Ref{
	VerificationReview: "5.2", TopUpReview: "3.5", PayerReview: "3.5", ArrearsExtend: "3.8", InvoiceReview: "3.9", OverrideSet: "13.3",
	AccessSeal: "5.12",
}

// Decides reports whether an operator decides by the permission about an account
// of a customer, and by which clause.
func (p Permission) Decides() (clause.Ref, bool) {
	ref, decides := deciding[p]
	return ref, decides
}

// OfApplications reports whether the permission means something for a single
// application; every other one is of an account as a whole, whatever a grant's
// applications are.
func (p Permission) OfApplications() bool {
	switch p {
	case AccountRead, StandingRead, ApplicationRead, ApplicationDelete, ServiceRead, ServiceClose, OrderRead, OrderPlace, UsageReport, EntitlementRead:
		return true
	}
	return false
}

// NonTransferable reports whether the permission is one of those that 1.4
// denies to everyone.
func (p Permission) NonTransferable() bool { return p >= lastLive }

// Stops reports whether the permission is one by which a customer stops: it ends
// services, what others may do, or the agreement. The agreement leaves everybody
// the right to stop (0), so no restriction that rests on clause 0 denies it: a
// policy that does isn't loaded.
func (p Permission) Stops() bool {
	switch p {
	case ServiceClose, ApplicationDelete, EmployeeOffboard, InvitationRevoke, TermsDecline:
		return true
	}
	return false
}

// Settles reports whether the permission is one by which a customer settles what
// is between it and the provider: money that comes in, money that waits, and an
// invoice over what was paid. Settling goes on where an acceptance is due or the
// account is being closed, so no restriction that rests on clause 0 denies it.
func (p Permission) Settles() bool {
	switch p {
	case TopUpStart, PayerDesignate, InvoiceRequest:
		return true
	}
	return false
}

// String is "resource:action".
func (p Permission) String() string {
	if int(p) < len(names) {
		return names[p]
	}
	return fmt.Sprintf("permission(%d)", uint8(p))
}

func (p Permission) split() (resource, action string) {
	resource, action, _ = strings.Cut(p.String(), ":")
	return
}

// ParsePermission finds a permission by "resource:action" or by its name in
// the API, "RESOURCE_ACTION".
func ParsePermission(s string) (Permission, bool) {
	if p, ok := byName[s]; ok {
		return p, true
	}
	p, ok := byEnum[s]
	return p, ok
}

var byEnum = func() map[string]Permission {
	m := make(map[string]Permission, len(names))
	for i := range names[1:] {
		m[Permission(i+1).Enum()] = Permission(i + 1)
	}
	return m
}()

// Enum is the permission's name in the API.
func (p Permission) Enum() string {
	return strings.ToUpper(strings.ReplaceAll(p.String(), ":", "_"))
}

// MarshalGQL writes the enum value.
func (p Permission) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(p.Enum())) }

// UnmarshalGQL reads the enum value.
func (p *Permission) UnmarshalGQL(v any) error {
	s, _ := v.(string)
	q, ok := byEnum[s]
	if !ok {
		return fmt.Errorf("%q is not a Permission", s)
	}
	*p = q
	return nil
}

// Set is a set of permissions; the zero Set is empty.
type Set [2]uint64

// Has reports whether the permission is in the set.
func (s Set) Has(p Permission) bool { return s[p>>6]&(1<<(p&63)) != 0 }

// Add returns the set with the permission in it.
func (s Set) Add(p Permission) Set {
	s[p>>6] |= 1 << (p & 63)
	return s
}

// Union returns what is in either set.
func (s Set) Union(o Set) Set { return Set{s[0] | o[0], s[1] | o[1]} }

// Covers reports whether everything in o is in s: the subset rule.
func (s Set) Covers(o Set) bool { return o[0]&^s[0] == 0 && o[1]&^s[1] == 0 }

// Minus returns what is in s and not in o.
func (s Set) Minus(o Set) Set { return Set{s[0] &^ o[0], s[1] &^ o[1]} }

// List returns the permissions of the set in their order.
func (s Set) List() []Permission {
	l := []Permission{}
	for _, p := range Permissions() {
		if s.Has(p) {
			l = append(l, p)
		}
	}
	return l
}
