package proof_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"portico/authz"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// idsIn matches the ids in a value of a row.
var idsIn = regexp.MustCompile(`[a-z]{3,6}_[0-9A-Z]{26}`)

// further opens another account for the person that owns one, for the same legal entity,
// and verifies it.
func (s *stage) further(x *side) *side {
	s.T.Helper()
	in := operations["openAccount"].args(s, x, x.owner)
	in["input"].(input)["declaresFullCapacity"] = true
	p := s.Done(x.owner, `mutation($input: OpenAccountInput!) { openAccount(input: $input) { account { id } userErrors { code field } } }`, in)
	owner := *x.owner
	owner.AccountID = portaltest.String(p, "account", "id")
	s.Verify(&owner, map[string]any{"kind": "MAINLAND_COMPANY", "legalName": x.name + " Ltd", "country": "CN", "registrationNumber": x.owner.TaxNumber})
	s.TopUp(&owner, "5000.00")
	y := newSide(s.World, &owner)
	y.made += 500 // its serial numbers are its own
	y.accept(s.termsID)
	return y
}

// argument is where a mutation takes an id: the path of the field within its input.
type argument []string

// idArguments returns where an input takes ids, alone or in lists.
func idArguments(of *ast.Definition, at argument, depth int) (all []argument) {
	for _, f := range of.Fields {
		path := append(slices.Clone(at), f.Name)
		switch typ := published().Types[f.Type.Name()]; {
		case f.Type.Name() == "ID":
			all = append(all, path)
		case typ.Kind == ast.InputObject && depth > 0:
			all = append(all, idArguments(typ, path, depth-1)...)
		}
	}
	return all
}

// at returns the value at a path of an input; into the first item of a list.
func (a argument) at(v any) any {
	for _, name := range a {
		if l, is := v.([]any); is && len(l) > 0 {
			v = l[0]
		}
		m, is := v.(map[string]any)
		if !is {
			return nil
		}
		v = m[name]
	}
	return v
}

// put sets the value at a path of an input, with what is needed on the way.
func (a argument) put(in map[string]any, of *ast.Definition, value any) bool {
	f := of.Fields.ForName(a[0])
	if len(a) == 1 {
		if f.Type.Elem != nil {
			if _, is := value.([]any); !is {
				value = []any{value}
			}
		} else if l, is := value.([]any); is {
			if len(l) == 0 {
				return false
			}
			value = l[0]
		}
		in[a[0]] = value
		return true
	}
	v := in[a[0]]
	if l, is := v.([]any); is && len(l) > 0 {
		v = l[0]
	}
	m, is := v.(map[string]any)
	if !is {
		m = map[string]any{}
		if in[a[0]] = any(m); f.Type.Elem != nil {
			in[a[0]] = []any{m}
		}
	}
	return argument(a[1:]).put(m, published().Types[f.Type.Name()], value)
}

// plain returns arguments as they are sent.
func plain(t *testing.T, args map[string]any) map[string]any {
	t.Helper()
	b, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// kinds are the ids of an account's rows, by the beginning of an argument's name that asks
// for them.
func (x *side) kinds() map[string]string {
	return map[string]string{"account": x.account, "application": x.served(), "service": x.service(), "employee": x.colleague("heir"), "successor": x.colleague("colleague"),
		"member": x.colleague("colleague"), "role": x.ownRole(), "copyFromRole": x.ownRole(), "invitation": x.invitation(), "group": x.team("team"), "topUp": x.pending(), "payer": x.payer(),
		"invoice": x.invoice(), "verification": x.reviewed(), "offer": x.offerTo(x.colleague("heir")), "approval": x.asked("approval", x.asker()), "confirmsEnding": x.service()}
}

// TestNothingOfOneAccountComesToAnother sends every mutation that takes an id with an id of
// another account of the same owner, for each id that it takes. No row of one account
// comes to name a row of the other, and none changes its account.
func TestNothingOfOneAccountComesToAnother(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newStage(w)
		x := s.a
		y := s.further(x)
		x.furnish()
		y.furnish()
		db := open(t, w)
		tried := 0
		for _, f := range fields(published().Mutation) {
			of := published().Types[f.Arguments.ForName("input").Type.Name()]
			p, asks := guarding(f.Name)
			if f.Name == "signOut" || f.Directives.ForName("public") != nil || asks && !authz.Law().Role(staff.Owner).Has(p) {
				continue // it names no account, or isn't the owner's to send
			}
			for _, a := range idArguments(of, nil, 2) {
				for _, pair := range [][2]*side{{x, y}, {y, x}} {
					if s.crossed(t, f.Name, of, a, pair[0], pair[1]) {
						tried++
					}
				}
				before := len(mixed(dump(t, w, db)))
				if before > 0 {
					t.Fatalf("1.4: %s, %v: %v", f.Name, a, mixed(dump(t, w, db)))
				}
			}
		}
		t.Logf("%d ids were tried", tried)
		if tried < 80 {
			t.Errorf("only %d ids were tried", tried)
		}
	})
}

// crossed sends a mutation for an account with an id of another one, and reports whether
// it could be sent.
func (s *stage) crossed(t *testing.T, name string, of *ast.Definition, a argument, x, y *side) bool {
	args := plain(t, operations[name].args(s, x, x.owner))
	own, is := args["input"].(map[string]any)
	if !is {
		return false
	}
	foreign := a.at(plain(t, operations[name].args(s, y, y.owner))["input"])
	if foreign == nil {
		kind := strings.TrimSuffix(strings.TrimSuffix(a[len(a)-1], "s"), "Id")
		id, known := y.kinds()[kind]
		if !known {
			return false
		}
		foreign = id
	}
	if !a.put(own, of, foreign) {
		return false
	}
	x.app(x.owner, true)
	before := accountsOf(dump(t, s.World, open(t, s.World)))
	r := s.Send(x.owner, document(name, args, shape{first: 1, depth: 1}), args)
	if root, _ := refusals(r); len(root) > 0 && root[0].code == "INTERNAL" {
		t.Errorf("%s, %v: %s", name, a, r.Raw)
	}
	after := accountsOf(dump(t, s.World, open(t, s.World)))
	for id, account := range before {
		if now, there := after[id]; there && now != account {
			t.Errorf("1.4: %s, %v: %s went from %s to %s", name, a, id, account, now)
		}
	}
	if done := operations[name].done; done != nil && strings.HasPrefix(result(r), "done") { // on whichever account it was
		done(x, x.owner)
		done(y, y.owner)
	}
	return true
}

// accountsOf returns the account of each row that belongs to one, by the row's id.
func accountsOf(all rows) map[string]string {
	of := map[string]string{}
	for _, list := range all {
		for _, r := range list {
			if account := r["account_id"]; account != "" && r["id"] != "" {
				of[r["id"]] = account
			}
		}
	}
	for _, r := range all["accounts"] {
		of[r["id"]] = r["id"]
	}
	return of
}

// mixed returns the rows of an account that name a row of another one.
func mixed(all rows) (found []string) {
	of := accountsOf(all)
	for _, table := range slices.Sorted(maps.Keys(all)) {
		for _, r := range all[table] {
			account := r["account_id"]
			if account == "" {
				continue
			}
			for column, v := range r {
				for _, id := range idsIn.FindAllString(v, -1) {
					if other, owned := of[id]; owned && other != account {
						found = append(found, fmt.Sprintf("%s.%s of %s names %s of %s", table, column, r["id"], id, other))
					}
				}
			}
		}
	}
	return found
}
