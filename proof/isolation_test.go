package proof_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/oklog/ulid/v2"

	"portico/ent"
	"portico/portaltest"
)

var globalID = regexp.MustCompile(`^[a-z]+_[0-9A-Z]{26}$`)

// furnish creates one of everything on an account.
func (x *side) furnish() {
	x.service()
	x.used("service", "order")
	x.service()
	x.served()
	x.application()
	x.pending()
	x.waiting()
	x.pending()
	x.payer()
	x.invoice()
	x.opened()
	x.invitation()
	x.bill()
	x.ownRole()
	x.offerTo(x.colleague("heir"))
	x.apiKey(nil)
	x.sealedAudit(1)
	for _, role := range []string{"administrator", "finance", "auditor"} {
		x.employ(role)
	}
}

// secrets returns the texts of an account that no other account may read: each
// ID, number and name in its rows that is in no other account's rows, and the
// data of its people.
func secrets(all rows, x *side) []string {
	own, others := map[string]bool{}, map[string]bool{}
	people := map[string]bool{}
	for _, r := range all["employees"] {
		if r["account_id"] == x.account {
			people[r["person_id"]] = true
		}
	}
	for table, rs := range all {
		for _, r := range rs {
			set := others
			if r["account_id"] == x.account || table == "accounts" && r["id"] == x.account || table == "persons" && people[r["id"]] {
				set = own
			}
			for _, v := range r {
				if len(v) >= 8 {
					set[v] = true
				}
			}
		}
	}
	own[x.account], others[x.account] = true, false
	for _, a := range x.staff {
		own[a.Phone], own[a.Email], own[a.PersonID], own[a.Name] = true, true, true, true
		others[a.PersonID], others[a.Name] = false, false
	}
	var l []string
	for v := range own {
		if !others[v] {
			l = append(l, v)
		}
	}
	slices.Sort(l)
	return l
}

// leaked returns the secrets in an answer that weren't in the request.
func leaked(raw []byte, secrets []string, sent string) (l []string) {
	for _, s := range secrets {
		if bytes.Contains(raw, []byte(s)) && !strings.Contains(sent, s) {
			l = append(l, s)
		}
	}
	return l
}

func written(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// unknown replaces every ID that is a secret by one of the same type that
// doesn't exist.
func unknown(args map[string]any, secrets []string) (map[string]any, map[string]string) {
	text, made := written(args), map[string]string{}
	for _, s := range secrets {
		if globalID.MatchString(s) && strings.Contains(text, s) {
			prefix, _, _ := strings.Cut(s, "_")
			made[s] = prefix + "_" + ulid.Make().String()
			text = strings.ReplaceAll(text, s, made[s])
		}
	}
	other := map[string]any{}
	if err := json.Unmarshal([]byte(text), &other); err != nil {
		panic(err)
	}
	return other, made
}

func TestIsolation(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newStage(w)
		s.a.furnish()
		s.b.furnish()
		all := dump(t, w, open(t, w))
		for _, pair := range [][2]*side{{s.a, s.b}, {s.b, s.a}} {
			x, y := pair[0], pair[1]
			hidden := secrets(all, y)
			if len(hidden) < 40 || !slices.Contains(hidden, y.account) || !slices.Contains(hidden, y.name) {
				t.Fatalf("only %d secrets: %v", len(hidden), hidden)
			}
			s.foreignOperations(t, x, y, hidden)
			s.ownOperations(t, x, hidden)
			s.foreignNodes(t, x, y, all, hidden)
			s.foreignCursors(t, x, y, hidden)
		}
	})
}

// foreignOperations sends every operation with another account's IDs and with
// IDs that don't exist: the answers are the same.
func (s *stage) foreignOperations(t *testing.T, x, y *side, hidden []string) {
	for _, name := range slices.Sorted(maps.Keys(operations)) {
		if operations[name].everyones {
			continue
		}
		for _, role := range []string{"owner", "administrator", "finance", "auditor"} {
			by := x.staff[role]
			args := operations[name].args(s, y, by)
			others, made := unknown(args, hidden)
			doc := document(name, args, shape{first: 3, depth: 2})
			foreign, missing := s.Send(by, doc, args), s.Send(by, doc, others)
			if l := leaked(foreign.Raw, hidden, written(args)); len(l) > 0 {
				t.Errorf("%s as %s's %s: the answer holds %v of another account: %s", name, x.name, role, l, foreign.Raw)
			}
			want := string(foreign.Raw)
			for from, to := range made {
				want = strings.ReplaceAll(want, from, to)
			}
			if want != string(missing.Raw) {
				t.Errorf("%s as %s's %s: a foreign id and one that nobody has differ:\n%s\n%s", name, x.name, role, foreign.Raw, missing.Raw)
			}
			if root, _ := refusals(foreign); len(root) == 0 && !bytes.Contains(foreign.Raw, []byte("null")) {
				t.Errorf("%s as %s's %s was done: %s", name, x.name, role, foreign.Raw)
			}
		}
	}
}

// ownOperations searches everything that an account reads of itself for data of
// the other account, as deep as the limits allow.
func (s *stage) ownOperations(t *testing.T, x *side, hidden []string) {
	for _, f := range append(fields(published().Query), fields(published().Mutation)...) {
		o := operations[f.Name]
		if f.Name == "signOut" || f.Name == "acceptTerms" {
			continue
		}
		args := o.args(s, x, x.owner)
		r := s.Send(x.owner, document(f.Name, args, shape{first: 3, depth: 2}), args)
		if l := leaked(r.Raw, hidden, written(args)); len(l) > 0 {
			t.Errorf("%s of %s: the answer holds %v of another account: %s", f.Name, x.name, l, r.Raw)
		}
		if got := result(r); strings.HasPrefix(got, "done") && o.done != nil {
			o.done(x, x.owner)
		}
	}
	for _, f := range fields(published().Types["Account"]) {
		doc := fmt.Sprintf("query($id: ID!) { account(id: $id) {%s } }", shape{first: 5, depth: 3}.field("Account", f, "", map[string]bool{"Account": true}, 3))
		r := s.Send(x.owner, doc, map[string]any{"id": x.account})
		if l := leaked(r.Raw, hidden, ""); len(l) > 0 || portaltest.At(r.Data, "account") == nil {
			t.Errorf("account.%s of %s holds %v of another account: %s", f.Name, x.name, l, r.Raw)
		}
	}
}

func (s *stage) foreignNodes(t *testing.T, x, y *side, all rows, hidden []string) {
	var ids []string
	for _, v := range hidden {
		if globalID.MatchString(v) {
			ids = append(ids, v)
		}
	}
	for _, r := range all["legal_entities"] {
		if r["name"] == y.name+" Ltd" {
			ids = append(ids, r["id"])
		}
	}
	types := map[string]bool{}
	for _, id := range ids {
		types[ent.TypeOf(id)] = true
	}
	if len(types) < 12 {
		t.Errorf("only these types are tried: %v", types)
	}
	const node = `query($id: ID!) { node(id: $id) { __typename id } }`
	nobody := string(s.Send(x.owner, node, map[string]any{"id": ent.NewID("ordr")}).Raw)
	for _, id := range ids {
		if got := string(s.Send(x.owner, node, map[string]any{"id": id}).Raw); got != nobody {
			t.Errorf("node(%s) of %s as %s: %s", id, y.name, x.name, got)
		}
	}
	for chunk := range slices.Chunk(ids, 99) {
		r := s.Send(x.owner, `query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }`, map[string]any{"ids": append(chunk[:len(chunk):len(chunk)], x.account)})
		found, _ := r.Data["nodes"].([]any)
		for i, n := range found {
			if (n != nil) != (i == len(chunk)) {
				t.Errorf("nodes as %s: %d is %v", x.name, i, n)
			}
		}
		if len(found) != len(chunk)+1 {
			t.Errorf("nodes: %s", r.Raw)
		}
	}
}

// foreignCursors reads each list of an account after a cursor of another
// account's list.
func (s *stage) foreignCursors(t *testing.T, x, y *side, hidden []string) {
	n := 0
	for _, f := range fields(published().Types["Account"]) {
		if f.Arguments.ForName("after") == nil {
			continue
		}
		ask := fmt.Sprintf(`query($id: ID!, $c: String) { account(id: $id) { %s(first: 1, after: $c) { edges { cursor } nodes { __typename } pageInfo { endCursor } } } }`, f.Name)
		cursor := portaltest.String(s.Must(y.owner, ask, map[string]any{"id": y.account}), "account", f.Name, "pageInfo", "endCursor")
		if cursor == "" {
			t.Errorf("%s has no %s", y.name, f.Name)
			continue
		}
		n++
		own := map[string]any{"id": x.account, "c": cursor}
		r := s.Send(x.owner, ask, own)
		if len(r.Errors) != 1 || r.Errors[0].Code() != "BAD_REQUEST" || len(leaked(r.Raw, hidden, cursor)) > 0 {
			t.Errorf("%s of %s from %s's cursor: %s", f.Name, x.name, y.name, r.Raw)
		}
		own["c"] = "bm9ib2R5J3M"
		if made := s.Send(x.owner, ask, own); string(made.Raw) != string(r.Raw) {
			t.Errorf("%s: a foreign cursor and none differ:\n%s\n%s", f.Name, r.Raw, made.Raw)
		}
	}
	if n < 6 {
		t.Errorf("only %d lists were tried", n)
	}
}

func TestAPersonInTwoAccounts(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newStage(w)
		both := w.Person("Janus", func(tx *ent.Tx, id string) error {
			if err := hire(tx, s.a.account, id, "administrator"); err != nil {
				return err
			}
			return hire(tx, s.b.account, id, "administrator")
		})
		db := open(t, w)
		of := func(all rows, x *side) rows {
			only := rows{}
			for table, rs := range all {
				for _, r := range rs {
					if r["account_id"] == x.account || table == "accounts" && r["id"] == x.account {
						only[table] = append(only[table], r)
					}
				}
			}
			return only
		}
		t.Run("1.4: a command acts on the one account that it names", func(t *testing.T) {
			for _, name := range []string{"createApplication", "placeOrder", "startTopUp", "completeSandboxPayment", "closeService", "deleteApplication"} {
				args := operations[name].args(s, s.a, both)
				before := dump(t, w, db)
				r := s.Send(both, document(name, args, shape{first: 2, depth: 1}), args)
				after := dump(t, w, db)
				if got := result(r); !strings.HasPrefix(got, "done") {
					t.Errorf("%s: %s: %s", name, got, r.Raw)
				}
				operations[name].doneBy(s.a, both)
				if diff := change(of(before, s.b), of(after, s.b)); len(diff) > 0 {
					t.Errorf("%s on %s changed %s: %v", name, s.a.name, s.b.name, diff)
				}
				if diff := change(of(before, s.a), of(after, s.a)); len(diff) == 0 {
					t.Errorf("%s changed nothing", name)
				}
			}
		})
		t.Run("1.4: nothing of one account is used for the other", func(t *testing.T) {
			for _, name := range []string{"placeOrder", "orderPreview"} {
				args := operations[name].args(s, s.a, both)
				args["input"].(input)["applicationId"] = s.b.application()
				before := dump(t, w, db, "audit_events")
				r := s.Send(both, document(name, args, shape{first: 2, depth: 1}), args)
				if got := result(r); got != "NOT_FOUND" {
					t.Errorf("%s for an application of the other account: %s: %s", name, got, r.Raw)
				}
				if diff := change(before, dump(t, w, db, "audit_events")); len(diff) > 0 {
					t.Errorf("%s changed %v", name, diff)
				}
			}
		})
	})
}

func (o operation) doneBy(x *side, by *portaltest.Actor) {
	if o.done != nil {
		o.done(x, by)
	}
}
