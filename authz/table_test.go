package authz_test

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

// denials returns the lines of policy.csv that deny: a policy to which any role
// can be added for a quick test.
func denials(t *testing.T) string {
	t.Helper()
	var l []string
	for _, line := range strings.Split(file(t, "policy.csv"), "\n") {
		if strings.Contains(line, ", deny, ") {
			l = append(l, line)
		}
	}
	return strings.Join(l, "\n") + "\n"
}

// verdict returns the table's decision for a person with one role under one
// restriction.
func verdict(role authz.Set, restriction string, p authz.Permission) bool {
	if restriction == "-" {
		return role.Has(p)
	}
	_, denied := authz.Law().Denies(restriction, p)
	return role.Has(p) && !denied
}

func TestTheTableEqualsCasbinsVerdicts(t *testing.T) {
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
	policy, model := denials(t), file(t, "model.conf")
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
		// The same role as a line of the policy, decided by a separate Casbin
		// enforcer.
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
				// Neither with the bit set, nor as the system.
				forced := &authz.Principal{Kind: authz.Person, ID: "p", Operator: all, Grants: []authz.Grant{{AccountID: "a", Allow: all, Owner: true}}}
				for _, who := range []*authz.Principal{forced, authz.AsSystem("test")} {
					if who.Allows(p, authz.On("a"), time.Time{}) || who.HoldsAnywhere(p, time.Time{}) && who.Kind == authz.System {
						t.Errorf("%s may do it", who.Kind)
					}
				}
				given := fmt.Sprintf("p, owner, %s, %s, allow, \n", resource, action)
				with, err := authz.Load(file(t, "model.conf"), denials(t)+given)
				if err != nil || with.Role("owner").Has(p) {
					t.Errorf("a policy that gives it to the owner as well: %v", err)
				}
			})
		}
	}
	if lines := strings.Count(file(t, "policy.csv"), "\np, anyone, "); lines != n {
		t.Errorf("1.4: policy.csv denies %d to anyone, tried were %d", lines, n)
	}
}

// malformedPolicies are lines that a policy may not have.
var malformedPolicies = map[string]string{
	"a column is missing":             "p, owner, order, read, allow",
	"a column too many":               "p, owner, order, read, allow, 5.2, more",
	"an unknown resource":             "p, owner, ordre, read, allow, ",
	"an unknown action":               "p, owner, order, raed, allow, ",
	"any action":                      "p, owner, order, *, allow, ",
	"an unknown effect":               "p, owner, order, read, alow, ",
	"no effect":                       "p, owner, order, read, , ",
	"not a policy":                    "g, owner, order, read, allow, ",
	"having a role that isn't there":  "p, owner, order, read, allow, \ng, owner, administrator",
	"having itself":                   "p, owner, order, read, allow, \ng, owner, owner",
	"having itself by another":        "p, owner, order, read, allow, \ng, owner, part:a\ng, part:a, part:b\ng, part:b, part:a",
	"having what a restriction has":   "g, owner, when:VERIFICATION_REQUIRED",
	"having what anyone has":          "g, owner, anyone",
	"a restriction that has a role":   "p, owner, order, read, allow, \ng, when:VERIFICATION_REQUIRED, owner",
	"a part that has a role":          "p, owner, order, read, allow, \ng, part:a, owner",
	"having without what":             "g, owner, ",
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
	policy, model := denials(t), file(t, "model.conf")
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

// held returns the permissions that lines of a policy give to a subject.
func held(lines []authz.Line, subject string) (set authz.Set) {
	for _, l := range lines {
		switch {
		case l.Subject != subject:
		case l.Has != "":
			set = set.Union(held(lines, l.Has))
		case l.Allow:
			set = set.Add(l.Permission)
		}
	}
	return set
}

// Each right is written once: exactly one line allows it, for all roles that
// have it, and no line of a role is redundant.
func TestEachRightIsWrittenOnce(t *testing.T) {
	lines, err := authz.Lines(file(t, "policy.csv"))
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[authz.Permission][]string{}
	for i, l := range lines {
		if l.Allow {
			allowed[l.Permission] = append(allowed[l.Permission], l.Subject)
		}
		without := slices.Delete(slices.Clone(lines), i, i+1)
		if l.Has != "" && held(without, l.Subject) == held(lines, l.Subject) {
			t.Errorf("%q repeats other lines", l)
		}
	}
	for p, by := range allowed {
		if len(by) > 1 {
			t.Errorf("%s is allowed to each of %v: let them have it from one", p, by)
		}
	}
	for _, role := range authz.Law().Roles() {
		if held(lines, role) != authz.Law().Role(role) {
			t.Errorf("%s holds %v by its lines, %v by Casbin", role, held(lines, role).List(), authz.Law().Role(role).List())
		}
	}
}

// A role has what it inherits, at any depth, and a part isn't a role.
func TestRolesHaveWhatTheyInherit(t *testing.T) {
	law, err := authz.Load(file(t, "model.conf"), denials(t)+`
p, part:a, order, read, allow,
g, part:b, part:a
p, part:b, bill, read, allow,
g, low, part:b
p, low, order, place, allow,
g, high, low
p, other, usage, read, allow,
p, anyone, bill, read, deny, 1.4
`)
	if err != nil {
		t.Fatal(err)
	}
	var want authz.Set
	for _, p := range []authz.Permission{authz.OrderRead, authz.OrderPlace} { // what is denied to everyone isn't inherited either
		want = want.Add(p)
	}
	if got := law.Role("high"); got != want || law.Role("low") != want {
		t.Errorf("high has %v, low %v", got.List(), law.Role("low").List())
	}
	roles := slices.Sorted(slices.Values(law.Roles()))
	if !slices.Equal(roles, []string{"high", "low", "other"}) || law.Role("part:a") != (authz.Set{}) {
		t.Errorf("roles are %v; a part as a role holds %v", roles, law.Role("part:a").List())
	}
}
