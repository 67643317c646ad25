package proof_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/employee"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// limited makes an employee who has all permissions of the owner, for one
// application only.
func (x *side) limited(application string) *portaltest.Actor {
	x.T.Helper()
	var names []string
	for _, p := range authz.Law().Role(staff.Owner).List() {
		names = append(names, p.String())
	}
	a := x.Person("Limited "+x.name, func(tx *ent.Tx, personID string) error {
		e, err := tx.Employee.Create().SetAccountID(x.account).SetPersonID(personID).SetStatus(employee.StatusACTIVE).
			SetJoinedAt(tx.Now).SetActiveKey(x.account + "|" + personID).Save(tx)
		if err != nil {
			return err
		}
		of, err := tx.Role.Create().SetAccountID(x.account).SetCode("everything").SetName("Everything").SetBuiltIn(false).SetPermissions(names).Save(tx)
		if err != nil {
			return err
		}
		return tx.Grant.Create().SetAccountID(x.account).SetEmployeeID(e.ID).SetRoleID(of.ID).SetApplicationIds([]string{application}).
			SetGrantedAt(tx.Now).Exec(tx)
	})
	a.AccountID = x.account
	return a
}

// ofApplication divides the IDs of an account's rows: those of one application,
// and all others.
func ofApplication(all rows, account, application string) (own, hidden []string) {
	orders := map[string]bool{}
	for _, r := range all["orders"] {
		orders[r["id"]] = r["application_id"] == application
	}
	for _, rs := range all {
		for _, r := range rs {
			if r["account_id"] != account || !globalID.MatchString(r["id"]) {
				continue
			}
			if r["id"] == application || r["application_id"] == application || orders[r["order_id"]] {
				own = append(own, r["id"])
			} else {
				hidden = append(hidden, r["id"])
			}
		}
	}
	slices.Sort(own)
	slices.Sort(hidden)
	return own, hidden
}

// scoped is an employee of one application, with the rows of this application
// and all others of the account.
type scoped struct {
	*stage
	x           *side
	by          *portaltest.Actor
	application string
	all         rows
	own, hidden []string
	self        map[string]bool // the employee's own employment and grants
}

func newScoped(t *testing.T, w *portaltest.World) *scoped {
	s := &scoped{stage: newStage(w), self: map[string]bool{}}
	s.x = s.a
	s.x.furnish()
	s.application = s.x.served()
	s.by = s.x.limited(s.application)
	s.all = dump(t, w, open(t, w))
	s.own, s.hidden = ofApplication(s.all, s.x.account, s.application)
	if len(s.own) < 3 || len(s.hidden) < 30 {
		t.Fatalf("only %d and %d rows", len(s.own), len(s.hidden))
	}
	for _, table := range []string{"employees", "grants"} {
		for _, r := range s.all[table] {
			if r["person_id"] == s.by.PersonID {
				s.self[r["id"]] = true
			}
		}
	}
	return s
}

func TestAnEmployeeOfOneApplication(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newScoped(t, w)
		t.Run("1.5: it reads the account's name, its application, and its services and orders", s.readsItsApplication)
		t.Run("1.5: no field of the account shows it anything else", s.seesNothingElse)
		t.Run("1.5: by id it finds what is its application's, and nothing else", s.findsItsOwnById)
		t.Run("1.5: it orders for its application, and for no other", s.ordersForItsApplication)
		t.Run("1.5: two accounts, of one the whole and of the other an application, are read together", s.ofTwoAccounts)
	})
}

func (s *scoped) readsItsApplication(t *testing.T) {
	d := s.Must(s.by, `query($id: ID!) { account(id: $id) { id name number status viewerPermissions standing { restrictions { code } }
		applications { totalCount nodes { id name viewerPermissions account { name } } }
		services { totalCount nodes { id status application { id } plan { code } } }
		orders { totalCount nodes { id number lines { id } service { id } } } } }`, map[string]any{"id": s.x.account})
	for _, list := range []string{"applications", "services", "orders"} {
		nodes, _ := portaltest.At(d, "account", list, "nodes").([]any)
		if len(nodes) != 1 || fmt.Sprint(portaltest.At(d, "account", list, "totalCount")) != "1" {
			t.Errorf("%s: %v", list, portaltest.At(d, "account", list))
		}
	}
	if portaltest.String(d, "account", "name") == "" || portaltest.String(d, "account", "applications", "nodes", 0, "account", "name") == "" {
		t.Errorf("%v", d)
	}
	if whole, ok := portaltest.At(d, "account", "viewerPermissions").([]any); !ok || len(whole) != 0 {
		t.Errorf("on the account as a whole it holds nothing, which is an empty list: %v", d)
	}
	held := portaltest.At(d, "account", "applications", "nodes", 0, "viewerPermissions").([]any)
	var want []any
	for _, p := range authz.Law().Role(staff.Owner).List() {
		if p.OfApplications() {
			want = append(want, p.Enum())
		}
	}
	if !slices.Equal(held, want) || len(want) == 0 {
		t.Errorf("%v, want %v", held, want)
	}
}

func (s *scoped) seesNothingElse(t *testing.T) {
	tried := 0
	for _, f := range fields(published().Types["Account"]) {
		for _, among := range []bool{false, true} { // by the account's ID, and in the list of accounts
			sel := shape{first: 5, depth: 4}.field("Account", f, "", map[string]bool{"Account": true}, 4)
			doc, args := fmt.Sprintf("query($id: ID!) { account(id: $id) {%s } }", sel), map[string]any{"id": s.x.account}
			if among {
				doc, args = fmt.Sprintf("{ viewer { accounts(first: 5) { nodes {%s } } } }", sel), nil
			}
			r := s.Send(s.by, doc, args)
			tried++
			if l := leaked(r.Raw, s.hidden, ""); len(slices.DeleteFunc(l, func(id string) bool { return s.self[id] })) > 0 {
				t.Errorf("account.%s shows %v: %s", f.Name, l, r.Raw)
			}
		}
	}
	if tried < 40 {
		t.Errorf("only %d fields were tried", tried)
	}
}

func (s *scoped) findsItsOwnById(t *testing.T) {
	const node = `query($id: ID!) { node(id: $id) { __typename id } }`
	for _, id := range s.hidden {
		if d := s.Send(s.by, node, map[string]any{"id": id}).Data; d["node"] != nil && !s.self[id] {
			t.Errorf("it finds %s", id)
		}
	}
	for _, id := range append(s.own, s.x.account) {
		typ := ent.TypeOf(id)
		if d := s.Send(s.by, node, map[string]any{"id": id}).Data; d["node"] == nil && slices.Contains([]string{"Application", "Service", "Order", "Account"}, typ) {
			t.Errorf("it doesn't find %s", id)
		}
	}
}

func (s *scoped) ordersForItsApplication(t *testing.T) {
	for _, c := range []struct{ application, want string }{{s.application, "done"}, {s.x.application(), "FORBIDDEN"}} {
		args := map[string]any{"input": input{"accountId": s.x.account, "applicationId": c.application, "planId": s.PlanID("im-flagship"),
			"term": input{"unit": "MONTH", "count": 1}, "expectedTotal": yuan("1500.00")}}
		r := s.Send(s.by, document("placeOrder", args, shape{first: 2, depth: 1}), args)
		if got := result(r); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s", got, r.Raw)
		}
	}
}

func (s *scoped) ofTwoAccounts(t *testing.T) {
	other := s.b
	other.furnish()
	if err := s.Portal.Store.Write(s.System(), func(tx *ent.Tx) error { return hire(tx, other.account, s.by.PersonID, "operations") }); err != nil {
		t.Fatal(err)
	}
	d := s.Must(s.by, `{ viewer { accounts(first: 5) { nodes { id applications(first: 50) { totalCount nodes { id } } services { nodes { id } } } } } }`, nil)
	applications := map[string]int{}
	for _, n := range portaltest.At(d, "viewer", "accounts", "nodes").([]any) {
		applications[portaltest.String(n, "id")] = len(portaltest.At(n, "applications", "nodes").([]any))
	}
	after := dump(t, s.World, open(t, s.World))
	whole := 0
	for _, r := range after["applications"] {
		if r["account_id"] == other.account {
			whole++
		}
	}
	if want := map[string]int{s.x.account: 1, other.account: whole}; whole < 2 || !maps.Equal(applications, want) {
		t.Errorf("%v, want %v", applications, want)
	}
}

func TestWhatIsScopedIsNarrowed(t *testing.T) {
	all := scopedFields(t)
	if len(all) < 6 {
		t.Errorf("only %v are open to an employee of some applications", all)
	}
	// The approvals are narrowed by their own list (readableApprovals).
	reviewed := []string{"Account.applications", "Account.approvals", "Account.displayName", "Account.name", "Account.number", "Account.orders", "Account.services", "Account.standing", "Account.status", "Query.account"}
	if !slices.Equal(all, reviewed) {
		t.Errorf("open to an employee of some applications: %v; each needs to be narrowed to them (graph/guard/scope.go) and reviewed here", all)
	}
}

// TestPermissionsOfApplications derives from the schema what an employee of
// some applications can use: fields that are narrowed to them, and operations
// whose input names an application or a service. The permissions of these are
// the ones that can be granted for an application.
func TestPermissionsOfApplications(t *testing.T) {
	used := map[authz.Permission]bool{}
	for _, d := range definitions(published()) {
		for _, f := range fields(d) {
			can := f.Directives.ForName("can")
			perm, ok := authz.ParsePermission(permission(can, "do"))
			if ok && (can.Arguments.ForName("scoped") != nil || namesAnApplication(f)) {
				used[perm] = true
			}
		}
	}
	for _, perm := range authz.Permissions() {
		if perm.OfApplications() != used[perm] {
			t.Errorf("%s: means something for an application: %v; the schema uses it for one: %v", perm, perm.OfApplications(), used[perm])
		}
	}
}

// namesAnApplication reports whether an operation names an application or a
// service: in an argument, its input, or a list in it.
func namesAnApplication(f *ast.FieldDefinition) bool {
	for _, a := range f.Arguments {
		in := published().Types[a.Type.Name()]
		for _, field := range append(ast.FieldList{{Name: a.Name, Type: a.Type}}, in.Fields...) {
			inner := published().Types[field.Type.Name()].Fields
			for _, name := range []string{"applicationId", "serviceId"} {
				if field.Name == name || inner.ForName(name) != nil {
					return true
				}
			}
		}
	}
	return false
}

// scopedFields returns the fields that can be read with a permission for some
// applications only.
func scopedFields(t *testing.T) (all []string) {
	t.Helper()
	for _, d := range definitions(published()) {
		for _, f := range fields(d) {
			if can := f.Directives.ForName("can"); can != nil {
				if a := can.Arguments.ForName("scoped"); a != nil && a.Value.Raw == "true" {
					all = append(all, d.Name+"."+f.Name)
				}
			}
		}
	}
	slices.Sort(all)
	return all
}
