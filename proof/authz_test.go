package proof_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"portico/authz"
	"portico/clause"
)

func file(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// denials are the lines of policy.csv that deny: a policy in which any role can
// be tried quickly.
func denials(t *testing.T) string {
	t.Helper()
	var l []string
	for _, line := range strings.Split(file(t, "../authz/policy.csv"), "\n") {
		if strings.Contains(line, ", deny, ") {
			l = append(l, line)
		}
	}
	return strings.Join(l, "\n") + "\n"
}

// verdict is the table's, for somebody of one role under one restriction.
func verdict(role authz.Set, restriction string, p authz.Permission) bool {
	if restriction == "-" {
		return role.Has(p)
	}
	_, denied := authz.Law().Denies(restriction, p)
	return role.Has(p) && !denied
}

func TestTheTableSaysWhatCasbinSays(t *testing.T) {
	law := authz.Law()
	roles, restrictions := law.Roles(), append(law.Restrictions(), "-")
	if len(roles) < 13 || len(restrictions) < 3 {
		t.Fatalf("policy.csv has roles %v and restrictions %v", roles, restrictions)
	}
	roles = append(roles, "nobody-of-that-name")
	for _, role := range roles {
		for _, restriction := range restrictions {
			for _, p := range authz.Permissions() {
				asked, err := law.Judge(role, restriction, p)
				if err != nil {
					t.Fatal(err)
				}
				if got := verdict(law.Role(role), restriction, p); got != asked {
					t.Errorf("%s under %s: %s: the table says %v, Casbin %v", role, restriction, p, got, asked)
				}
			}
		}
	}
	for _, restriction := range law.Restrictions() {
		for _, p := range authz.Permissions() {
			if ref, denied := law.Denies(restriction, p); denied {
				if _, known := clause.Lookup(ref); !known {
					t.Errorf("%s denies %s by clause %q, which the agreement doesn't have", restriction, p, ref)
				}
			}
		}
	}
}

func TestACustomRoleIsJudgedByCasbinToo(t *testing.T) {
	law := authz.Law()
	policy, model := denials(t), file(t, "../authz/model.conf")
	rapid.Check(t, func(rt *rapid.T) {
		names := rapid.SliceOfDistinct(rapid.SampledFrom(authz.Permissions()), func(p authz.Permission) authz.Permission { return p }).Draw(rt, "permissions")
		var lines strings.Builder
		given := make([]string, len(names))
		for i, p := range names {
			given[i] = p.Enum()
			resource, action, _ := strings.Cut(p.String(), ":")
			fmt.Fprintf(&lines, "p, custom, %s, %s, allow, \n", resource, action)
		}
		set, err := law.Compile(given)
		if err != nil {
			rt.Fatal(err)
		}
		// The same role as a line of the policy, judged by a Casbin of its own.
		own, err := authz.Load(model, policy+lines.String())
		if err != nil {
			rt.Fatal(err)
		}
		restriction := rapid.SampledFrom(append(law.Restrictions(), "-")).Draw(rt, "restriction")
		for _, p := range authz.Permissions() {
			asked, err := own.Judge("custom", restriction, p)
			if err != nil {
				rt.Fatal(err)
			}
			if got := verdict(set, restriction, p); got != asked {
				rt.Fatalf("%v under %s: %s: the table says %v, Casbin %v", given, restriction, p, got, asked)
			}
		}
		if set != own.Role("custom") {
			rt.Fatalf("%v: compiled and loaded differ", given)
		}
	})
}

func TestNothingNonTransferableCanBeHeld(t *testing.T) {
	law := authz.Law()
	var all authz.Set
	for _, p := range authz.Permissions() {
		all = all.Add(p)
	}
	n := 0
	for _, resource := range []string{"account", "balance", "order", "coupon", "credential", "subaccount"} {
		for _, action := range []string{"transfer", "give", "inherit", "lend", "lease"} {
			n++
			t.Run("1.4: nobody may "+action+" "+resource, func(t *testing.T) {
				p, ok := authz.ParsePermission(resource + ":" + action)
				if !ok || !p.NonTransferable() {
					t.Fatal("it isn't known as such")
				}
				for _, role := range law.Roles() {
					if law.Role(role).Has(p) {
						t.Errorf("%s holds it", role)
					}
				}
				set, err := law.Compile([]string{p.Enum(), "ORDER_READ"})
				if err != nil || set.Has(p) || !set.Has(authz.OrderRead) {
					t.Errorf("a custom role that asks for it: %v %v", set.List(), err)
				}
				set, err = law.Custom(fmt.Sprintf("[%q]", p.String()))
				if err != nil || set != (authz.Set{}) {
					t.Errorf("a stored custom role that names it: %v %v", set.List(), err)
				}
				var read authz.Permission
				if err := read.UnmarshalGQL(strings.ToUpper(resource + "_" + action)); err != nil || read != p {
					t.Errorf("in the API: %v %v", read, err)
				}
				// Not even with the bit set, nor as the system.
				forced := &authz.Principal{Kind: authz.Person, ID: "p", Operator: all, Grants: []authz.Grant{{AccountID: "a", Allow: all, Owner: true}}}
				for _, who := range []*authz.Principal{forced, authz.AsSystem("test")} {
					if who.Allows(p, authz.On("a"), time.Time{}) || who.HoldsAnywhere(p, time.Time{}) && who.Kind == authz.System {
						t.Errorf("%s may do it", who.Kind)
					}
				}
				given := fmt.Sprintf("p, owner, %s, %s, allow, \n", resource, action)
				with, err := authz.Load(file(t, "../authz/model.conf"), denials(t)+given)
				if err != nil || with.Role("owner").Has(p) {
					t.Errorf("a policy that gives it to the owner as well: %v", err)
				}
			})
		}
	}
	if lines := strings.Count(file(t, "../authz/policy.csv"), "\np, anyone, "); lines != n {
		t.Errorf("1.4: policy.csv denies %d to anyone, tried were %d", lines, n)
	}
}

// malformedPolicies are lines that a policy must not have.
var malformedPolicies = map[string]string{
	"a column is missing":             "p, owner, order, read, allow",
	"a column too many":               "p, owner, order, read, allow, 5.2, more",
	"an unknown resource":             "p, owner, ordre, read, allow, ",
	"an unknown action":               "p, owner, order, raed, allow, ",
	"any action":                      "p, owner, order, *, allow, ",
	"an unknown effect":               "p, owner, order, read, alow, ",
	"no effect":                       "p, owner, order, read, , ",
	"not a policy":                    "g, owner, order, read, allow, ",
	"no subject":                      "p, , order, read, allow, ",
	"a role that denies":              "p, owner, order, read, deny, 5.2",
	"a restriction that allows":       "p, when:VERIFICATION_REQUIRED, order, read, allow, ",
	"anyone allows":                   "p, anyone, order, read, allow, ",
	"a restriction without a clause":  "p, when:VERIFICATION_REQUIRED, order, read, deny, ",
	"a denial to anyone without one":  "p, anyone, order, read, deny, ",
	"a quote that isn't closed":       "p, owner, \"order, read, allow, ",
	"a permission in the API's style": "p, owner, ORDER, READ, allow, ",
}

func TestAMalformedPolicyIsRefused(t *testing.T) {
	policy, model := denials(t), file(t, "../authz/model.conf")
	for name, line := range malformedPolicies {
		t.Run(name, func(t *testing.T) {
			if _, err := authz.Load(model, policy+line+"\n"); err == nil {
				t.Errorf("%q was taken", line)
			}
		})
	}
	if _, err := authz.Load("[request_definition]\nr = role\n", policy); err == nil {
		t.Error("a model that isn't one was taken")
	}
	t.Run("without a policy nobody may do anything", func(t *testing.T) {
		empty, err := authz.Load(model, "")
		if err != nil {
			t.Fatal(err)
		}
		if empty.Role("owner") != (authz.Set{}) {
			t.Error("the owner may do something")
		}
	})
	t.Run("an unknown restriction denies everything", func(t *testing.T) {
		for _, p := range authz.Permissions() {
			if _, denied := authz.Law().Denies("OF_A_LATER_RELEASE", p); !denied {
				t.Errorf("%s isn't denied", p)
			}
		}
	})
	t.Run("3.8: a restriction denies also what no role holds", func(t *testing.T) {
		law, err := authz.Load(model, policy+"p, owner, order, place, allow, \np, when:STOPPED, service, run, deny, 3.8\n")
		if err != nil {
			t.Fatal(err)
		}
		ref, denied := law.Denies("STOPPED", authz.ServiceRun)
		if !denied || ref != "3.8" {
			t.Errorf("service:run is denied: %v, by %q", denied, ref)
		}
		if _, denied := law.Denies("STOPPED", authz.OrderPlace); denied {
			t.Error("order:place is denied too")
		}
	})
	t.Run("a custom role of unknown permissions is refused", func(t *testing.T) {
		if _, err := authz.Law().Compile([]string{"ORDER_READ", "ORDER_RAED"}); err == nil {
			t.Error("it was compiled")
		}
		if _, err := authz.Law().Custom(`["ORDER_READ"`); err == nil {
			t.Error("half a list was compiled")
		}
	})
}

func TestSubsetRule(t *testing.T) {
	sets := rapid.Custom(func(rt *rapid.T) []authz.Permission {
		return rapid.SliceOf(rapid.SampledFrom(authz.Permissions())).Draw(rt, "set")
	})
	set := func(l []authz.Permission) (s authz.Set) {
		for _, p := range l {
			s = s.Add(p)
		}
		return s
	}
	rapid.Check(t, func(rt *rapid.T) {
		a, b := sets.Draw(rt, "a"), sets.Draw(rt, "b")
		within := true
		for _, p := range b {
			within = within && slices.Contains(a, p)
		}
		if set(a).Covers(set(b)) != within {
			rt.Fatalf("1.5: %v covers %v: want %v", a, b, within)
		}
		if u := set(a).Union(set(b)); !u.Covers(set(a)) || !u.Covers(set(b)) {
			rt.Fatal("a union covers less than its parts")
		}
		if got := set(set(a).List()); got != set(a) {
			rt.Fatal("a set isn't what it lists")
		}
	})
}

var sink bool

func TestADecisionAllocatesNothing(t *testing.T) {
	p := principalOn(10)
	last := p.Grants[len(p.Grants)-1].AccountID
	n := testing.AllocsPerRun(100, func() {
		sink = p.Allows(authz.OrderPlace, authz.On(last), time.Time{})
		_, denied := authz.Law().Denies("VERIFICATION_REQUIRED", authz.OrderPlace)
		sink = sink && denied && p.Grants[0].Allow.Union(p.Operator).Covers(p.Operator) && p.HoldsAnywhere(authz.OrderRead, time.Time{})
	})
	if n != 0 || !sink {
		t.Errorf("%v allocations, verdict %v", n, sink)
	}
}

func principalOn(accounts int) *authz.Principal {
	p := &authz.Principal{Kind: authz.Person, ID: "pers_1"}
	for i := range accounts {
		p.Grants = append(p.Grants, authz.Grant{AccountID: fmt.Sprint("acct_", i), RoleCode: "owner", Allow: authz.Law().Role("owner")})
	}
	return p
}

// BenchmarkDecision is one decision of the table, with as many accounts having
// staff in memory: it takes as long with 100,000 as with 10, and no allocation.
func BenchmarkDecision(b *testing.B) {
	for _, accounts := range []int{10, 100_000} {
		b.Run(fmt.Sprint(accounts), func(b *testing.B) {
			staff := make([]*authz.Principal, accounts)
			for i := range staff {
				staff[i] = &authz.Principal{Kind: authz.Person, Grants: []authz.Grant{{AccountID: fmt.Sprint("acct_", i), Allow: authz.Law().Role("finance")}}}
			}
			p := staff[accounts/2]
			object := authz.On(p.Grants[0].AccountID)
			b.ReportAllocs()
			for b.Loop() {
				_, denied := authz.Law().Denies("VERIFICATION_REQUIRED", authz.TopUpStart)
				sink = p.Allows(authz.TopUpStart, object, time.Time{}) && !denied
			}
		})
	}
}
