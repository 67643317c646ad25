package authz_test

import (
	"fmt"
	"testing"
	"time"

	"portico/authz"
)

// decided prevents the compiler from removing decisions.
var decided bool

// world returns what one replica holds for a number of accounts: the table,
// which is the same for all, and one principal for each account.
func world(accounts int) []*authz.Principal {
	all := make([]*authz.Principal, accounts)
	for i := range all {
		all[i] = &authz.Principal{Kind: authz.Person, ID: fmt.Sprintf("pers_%d", i), Grants: []authz.Grant{
			{AccountID: fmt.Sprintf("acct_%d", i), RoleCode: "finance", Allow: authz.Law().Role("finance")},
			{AccountID: fmt.Sprintf("acct_%d", i), RoleCode: "developer", Allow: authz.Law().Role("developer")}}}
	}
	return all
}

// decide returns a decision of the table: by grants, then by the denials of
// standing.
func decide(p *authz.Principal, o authz.Object, now time.Time) bool {
	if !p.Allows(authz.OrderPlace, o, now) {
		return false
	}
	_, denied := authz.Law().Denies("TERMS_ACCEPTANCE_REQUIRED", authz.OrderPlace)
	return !denied
}

// BenchmarkDecision shows that a decision takes the same time with 10 and with
// 100,000 accounts, and allocates nothing. It depends on the principal's grants
// and the table, which don't grow with accounts.
func BenchmarkDecision(b *testing.B) {
	now := time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)
	for _, accounts := range []int{10, 100_000} {
		b.Run(fmt.Sprintf("accounts=%d", accounts), func(b *testing.B) {
			all := world(accounts)
			p := all[accounts/2]
			o := authz.On(p.Grants[0].AccountID)
			b.ReportAllocs()
			for b.Loop() {
				decided = decide(p, o, now)
			}
		})
	}
}

func TestADecisionAllocatesNothing(t *testing.T) {
	now := time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)
	for _, accounts := range []int{10, 100_000} {
		all := world(accounts)
		p := all[accounts/2]
		o := authz.On(p.Grants[0].AccountID)
		if n := testing.AllocsPerRun(100, func() {
			decided = decide(p, o, now) && p.Grants[0].Allow.Union(p.Operator).Covers(p.Operator) && p.HoldsAnywhere(authz.OrderRead, now)
		}); n != 0 {
			t.Errorf("%d accounts: %v allocations a decision", accounts, n)
		}
	}
}

// BenchmarkStepUp measures the decision whether a permission needs a fresh second
// factor: for who has none, for a permission that needs none, and for a fresh one.
func BenchmarkStepUp(b *testing.B) {
	now := time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		p    *authz.Principal
		perm authz.Permission
	}{
		"no factor":            {&authz.Principal{Kind: authz.Person}, authz.EmployeeInvite},
		"nothing sensitive":    {&authz.Principal{Kind: authz.Person, HasFactor: true}, authz.OrderPlace},
		"sensitive, and fresh": {&authz.Principal{Kind: authz.Person, HasFactor: true, SecondFactorAt: now}, authz.EmployeeInvite},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, decided = c.p.StepUp(c.perm, now)
			}
		})
	}
}
