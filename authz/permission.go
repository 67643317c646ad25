package authz

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"portico/clause"
)

// Permission is one thing that a principal may be allowed to do, in the form
// "resource:action". In the API it is the enum value RESOURCE_ACTION.
type Permission uint8

// None requires no permission. It is used for operations that are open to
// everyone.
const None Permission = 0

// The permissions. Only their names are stored; their numbers may change.
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
	EmployeeSuspend
	RoleManage
	ArrearsExtend
	InvitationRevoke
	TermsDecline
	AccessSeal
	LedgerAudit
	GroupManage
	OwnershipOffer
	APIKeyRead
	APIKeyCreate
	APIKeyRevoke
	// ServiceRun is needed by a service as long as it runs. No role holds it. A
	// restriction that denies it stops the services in its scope (3.8, 5.3).
	ServiceRun
	lastLive
)

// nonTransferable lists everything that can't change hands by clause 1.4, and
// every way of doing so. Nobody holds these permissions, and nobody can be
// given them.
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

// Permissions lists every permission, including those that nobody may hold.
func Permissions() []Permission {
	all := make([]Permission, 0, len(names)-1)
	for i := range names[1:] {
		all = append(all, Permission(i+1))
	}
	return all
}

// deciding lists the permissions by which an operator decides about an account,
// each with the clause that requires the decision. A person who belongs to the
// account, or pays for it, can't decide by them.
var deciding = map[Permission]clause.Ref{
	VerificationReview: "5.2", TopUpReview: "3.5", PayerReview: "3.5", ArrearsExtend: "3.8", InvoiceReview: "3.9", OverrideSet: "13.3",
	AccessSeal: "5.12",
}

// Decides reports whether an operator uses the permission to decide about a
// customer's account, and returns the clause that requires the decision.
func (p Permission) Decides() (clause.Ref, bool) {
	ref, decides := deciding[p]
	return ref, decides
}

// OfApplications reports whether the permission can be held for a single
// application. Every other permission applies to the account as a whole, even
// if the grant is limited to certain applications.
func (p Permission) OfApplications() bool {
	switch p {
	case AccountRead, StandingRead, ApplicationRead, ApplicationDelete, ServiceRead, ServiceClose, OrderRead, OrderPlace, UsageReport, EntitlementRead:
		return true
	}
	return false
}

// NonTransferable reports whether the permission is one that clause 1.4 denies
// to everyone.
func (p Permission) NonTransferable() bool { return p >= lastLive }

// Stops reports whether a customer uses the permission to stop something: a
// service, the rights of others, or the agreement. The agreement always allows
// a customer to stop (0), so a restriction that rests on clause 0 never denies
// it. A policy that does so isn't loaded.
func (p Permission) Stops() bool {
	switch p {
	case ServiceClose, ApplicationDelete, EmployeeOffboard, EmployeeSuspend, InvitationRevoke, TermsDecline, APIKeyRevoke:
		return true
	}
	return false
}

// Settles reports whether a customer uses the permission to settle what is
// outstanding with the provider: incoming payments, unmatched payments, and
// invoices for what was paid. Settling remains possible while an acceptance is
// due or the account is being closed, so a restriction that rests on clause 0
// never denies it.
func (p Permission) Settles() bool {
	switch p {
	case TopUpStart, PayerDesignate, InvoiceRequest:
		return true
	}
	return false
}

// OwnersAlone reports whether only the owner of an account can hold the permission: no
// role of the account's own can have it (1.4, 1.5).
func (p Permission) OwnersAlone() bool { return p == OwnershipOffer }

// String returns "resource:action".
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

// Enum returns the permission's name in the API.
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

// Set is a set of permissions. The zero Set is empty.
type Set [2]uint64

// Has reports whether the permission is in the set.
func (s Set) Has(p Permission) bool { return s[p>>6]&(1<<(p&63)) != 0 }

// Add returns the set with the permission added.
func (s Set) Add(p Permission) Set {
	s[p>>6] |= 1 << (p & 63)
	return s
}

// Union returns the permissions that are in either set.
func (s Set) Union(o Set) Set { return Set{s[0] | o[0], s[1] | o[1]} }

// Both returns the permissions that are in both sets.
func (s Set) Both(o Set) Set { return Set{s[0] & o[0], s[1] & o[1]} }

// Covers reports whether o is a subset of s.
func (s Set) Covers(o Set) bool { return o[0]&^s[0] == 0 && o[1]&^s[1] == 0 }

// Minus returns the permissions that are in s and not in o.
func (s Set) Minus(o Set) Set { return Set{s[0] &^ o[0], s[1] &^ o[1]} }

// List returns the permissions of the set in the order of their values.
func (s Set) List() []Permission {
	l := []Permission{}
	for _, p := range Permissions() {
		if s.Has(p) {
			l = append(l, p)
		}
	}
	return l
}
