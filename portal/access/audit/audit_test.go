package audit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/employee"
	"portico/portal/access/staff"
	"portico/portaltest"
)

const list = `query($id: ID!, $f: AuditFilter, $first: Int, $after: String) { account(id: $id) { auditEvents(filter: $f, first: $first, after: $after) {
	totalCount nodes { id at actor { __typename id name } actingAs action object { __typename id } result code clause ipAddress details }
	pageInfo { hasNextPage endCursor } } } }`

func events(w *portaltest.World, by *portaltest.Actor, accountID string, filter map[string]any) []any {
	w.T.Helper()
	d := w.Must(by, list, map[string]any{"id": accountID, "f": filter, "first": 100})
	c := portaltest.At(d, "account", "auditEvents")
	nodes, _ := portaltest.At(c, "nodes").([]any)
	if portaltest.At(c, "totalCount") != float64(len(nodes)) {
		w.T.Fatalf("the count differs: %v", c)
	}
	return nodes
}

func actions(nodes []any) []string {
	l := make([]string, len(nodes))
	for i, n := range nodes {
		l[i] = portaltest.String(n, "action")
	}
	return l
}

// hire makes a person work on an account in a built-in role.
func hire(w *portaltest.World, accountID string, person *portaltest.Actor, role string) {
	w.T.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		e, err := tx.Employee.Create().SetAccountID(accountID).SetPersonID(person.PersonID).SetStatus(employee.StatusACTIVE).
			SetJoinedAt(tx.Now).SetActiveKey(accountID + "|" + person.PersonID).Save(tx)
		if err != nil {
			return err
		}
		return tx.Grant.Create().SetAccountID(accountID).SetEmployeeID(e.ID).SetRoleID(staff.RoleID(role)).SetGrantedAt(tx.Now).Exec(tx)
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

func TestTheAuditOfAnAccount(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, auditor, developer := w.Verified("Acme"), w.Owner("Other"), w.Person("Aude"), w.Person("Dev")
		hire(w, a.AccountID, auditor, "auditor")
		hire(w, a.AccountID, developer, "developer")
		w.AdvanceTo(w.Portal.Store.Now().Add(time.Hour))
		app := w.Application(a, "MAINLAND")
		w.Application(b, "MAINLAND")
		w.Application(developer.At(a.AccountID), "OVERSEAS")
		t.Run("1.2: who did what, on what, from where, newest first, for the account alone", func(t *testing.T) {
			got := events(w, auditor, a.AccountID, nil)
			if want := []string{"createApplication", "createApplication", "reviewVerification", "submitVerification", "register"}; !slices.Equal(actions(got), want) {
				t.Fatalf("%v", actions(got))
			}
			first := got[1]
			if portaltest.String(first, "actor", "id") != a.PersonID || portaltest.String(first, "actor", "name") != "Acme" ||
				portaltest.String(first, "actingAs") != "owner" || portaltest.String(first, "object", "id") != app ||
				portaltest.String(first, "result") != "DONE" || portaltest.At(first, "code") != nil || portaltest.At(first, "clause") != nil ||
				portaltest.String(first, "ipAddress") == "" {
				t.Fatalf("%v", first)
			}
			if _, ok := portaltest.At(first, "details").(map[string]any); !ok {
				t.Fatalf("%v", first)
			}
		})
		t.Run("6.2: an operator is shown by its role, not by name or place", func(t *testing.T) {
			review := events(w, a, a.AccountID, map[string]any{"action": "reviewVerification"})[0]
			if portaltest.At(review, "actor") != nil || portaltest.At(review, "ipAddress") != nil || portaltest.String(review, "actingAs") != "compliance" {
				t.Fatalf("%v", review)
			}
		})
	})
}

func TestWhoReadsTheAudit(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, auditor, developer := w.Verified("Acme"), w.Owner("Other"), w.Person("Aude"), w.Person("Dev")
		hire(w, a.AccountID, auditor, "auditor")
		hire(w, a.AccountID, developer, "developer")
		w.Application(developer.At(a.AccountID), "OVERSEAS")
		t.Run("6.2: compliance reads it, knows its colleague, and is seen to have looked", func(t *testing.T) {
			c := w.Operator("compliance")
			before := len(events(w, a, a.AccountID, nil))
			review := events(w, c, a.AccountID, map[string]any{"action": "reviewVerification"})[0]
			if portaltest.String(review, "actor", "name") != "Operator compliance" || portaltest.String(review, "ipAddress") == "" {
				t.Fatalf("%v", review)
			}
			d := w.Must(a, `query($id: ID!) { account(id: $id) { accesses(first: 10) { nodes { id actingAs subject { id } } } } }`, map[string]any{"id": a.AccountID})
			if portaltest.String(d, "account", "accesses", "nodes", 0, "subject", "id") != a.AccountID {
				t.Fatalf("%v", d)
			}
			if after := len(events(w, a, a.AccountID, nil)); after != before {
				t.Fatalf("a look is an access, not an event: %d, then %d", before, after)
			}
		})
		t.Run("1.2: without AUDIT_READ, or from another account, nothing is shown", func(t *testing.T) {
			r := w.Send(developer, list, map[string]any{"id": a.AccountID})
			if len(r.Errors) != 1 || r.Errors[0].Code() != "FORBIDDEN" {
				t.Fatalf("%s", r.Raw)
			}
			if d := w.Must(b, list, map[string]any{"id": a.AccountID}); d["account"] != nil {
				t.Fatalf("%v", d)
			}
			node := `query($id: ID!) { node(id: $id) { __typename ... on AuditEvent { action actor { name } } } }`
			id := map[string]any{"id": portaltest.String(events(w, a, a.AccountID, nil)[0], "id")}
			if d := w.Must(auditor, node, id); portaltest.String(d, "node", "__typename") != "AuditEvent" || portaltest.String(d, "node", "actor", "name") != "Dev" {
				t.Fatalf("%v", d)
			}
			for _, x := range []*portaltest.Actor{b, developer, w.Operator("support")} {
				if d := w.Must(x, node, id); d["node"] != nil {
					t.Fatalf("%s: %v", x.Name, d)
				}
			}
		})
	})
}

func TestTheAuditIsFiltered(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, developer, outsider := w.Owner("Acme"), w.Person("Dev"), w.Owner("Outsider")
		hire(w, a.AccountID, developer, "developer")
		start := w.Portal.Store.Now()
		app := w.Application(a, "MAINLAND")
		w.AdvanceTo(start.Add(time.Hour))
		other := w.Application(developer.At(a.AccountID), "MAINLAND")
		refused := w.Refused(a, `mutation($i: CreateApplicationInput!) { createApplication(input: $i) { userErrors { code clause field } } }`,
			map[string]any{"i": map[string]any{"accountId": a.AccountID, "name": "", "kind": "SOCIAL", "region": "MAINLAND"}})
		w.Send(outsider, `mutation($i: CreateApplicationInput!) { createApplication(input: $i) { userErrors { code clause field } } }`,
			map[string]any{"i": map[string]any{"accountId": a.AccountID, "name": "Mine", "kind": "SOCIAL", "region": "MAINLAND"}})
		for _, c := range []struct {
			name   string
			filter map[string]any
			want   []string // object IDs, or actions where no object is shown
		}{
			{"by actor", map[string]any{"actorId": developer.PersonID}, []string{other}},
			{"by action", map[string]any{"action": "createApplication", "result": "DONE"}, []string{other, app}},
			{"by object", map[string]any{"objectId": app}, []string{app}},
			{"by result", map[string]any{"result": "REFUSED"}, []string{a.AccountID}},
			{"from an instant, included", map[string]any{"from": start.Add(time.Hour).Format(time.RFC3339Nano), "result": "DONE"}, []string{other}},
			{"to an instant, not included", map[string]any{"to": start.Add(time.Hour).Format(time.RFC3339Nano), "action": "createApplication"}, []string{app}},
			{"by all at once", map[string]any{"actorId": a.PersonID, "action": "createApplication", "objectId": app, "result": "DONE",
				"from": start.Format(time.RFC3339Nano), "to": start.Add(time.Minute).Format(time.RFC3339Nano)}, []string{app}},
			{"by a clause that nothing rests on", map[string]any{"clause": "no such", "result": "REFUSED"}, nil},
			{"by an address that nobody came from", map[string]any{"ipAddress": "203.0.113.9"}, nil},
			{"by a job", map[string]any{"actorId": "sys_" + a.PersonID}, nil},
			{"by nobody", map[string]any{"actorId": outsider.PersonID}, nil},
		} {
			t.Run("1.2: "+c.name, func(t *testing.T) {
				var got []string
				for _, e := range events(w, a, a.AccountID, c.filter) {
					got = append(got, portaltest.String(e, "object", "id"))
				}
				if !slices.Equal(got, c.want) {
					t.Fatalf("%v, want %v", got, c.want)
				}
			})
		}
		t.Run("1.2: a refused command is in it, with its code", func(t *testing.T) {
			e := events(w, a, a.AccountID, map[string]any{"result": "REFUSED"})[0]
			if portaltest.String(e, "code") != refused.Code || portaltest.String(e, "actor", "id") != a.PersonID {
				t.Fatalf("%v", e)
			}
		})
	})
}

func TestTheAuditIsFilteredByClauseAndAddress(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, compliance := w.Verified("Acme"), w.Operator("compliance")
		w.Refused(a, `mutation($i: CreateApplicationInput!) { createApplication(input: $i) { userErrors { code clause field } } }`,
			map[string]any{"i": map[string]any{"accountId": a.AccountID, "name": "https://a.example", "kind": "SOCIAL", "region": "MAINLAND"}})
		r := w.Refused(a, `mutation($i: InviteEmployeeInput!) { inviteEmployee(input: $i) { userErrors { code clause field } } }`,
			map[string]any{"i": map[string]any{"accountId": a.AccountID, "address": "+8613800000000", "roleIds": []string{staff.RoleID("owner")}}})
		if r.Clause == "" {
			t.Fatalf("%v", r)
		}
		t.Run("1.2: by the clause of a refusal", func(t *testing.T) {
			if got := actions(events(w, a, a.AccountID, map[string]any{"clause": r.Clause})); !slices.Equal(got, []string{"inviteEmployee"}) {
				t.Errorf("%s: %v", r.Clause, got)
			}
		})
		all := events(w, compliance, a.AccountID, nil)
		review := events(w, compliance, a.AccountID, map[string]any{"action": "reviewVerification"})[0]
		t.Run("1.2: by address, whatever its notation", func(t *testing.T) {
			from := portaltest.String(review, "ipAddress")
			for _, typed := range []string{from, " ::ffff:" + from} {
				if got := events(w, compliance, a.AccountID, map[string]any{"ipAddress": typed}); len(got) != len(all) || len(all) < 4 {
					t.Errorf("%s: %v of %v", typed, actions(got), actions(all))
				}
			}
		})
		t.Run("6.2: an operator's event is found by address or person only by who is shown these", func(t *testing.T) {
			for name, filter := range map[string]map[string]any{
				"address": {"ipAddress": portaltest.String(review, "ipAddress")},
				"person":  {"actorId": portaltest.String(review, "actor", "id")},
			} {
				got := actions(events(w, a, a.AccountID, filter))
				if shown := actions(events(w, compliance, a.AccountID, filter)); slices.Contains(got, "reviewVerification") || !slices.Contains(shown, "reviewVerification") {
					t.Errorf("%s: the customer finds %v, compliance %v", name, got, shown)
				}
			}
		})
	})
}

func TestTheAuditIsPaged(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, developer, outsider := w.Owner("Acme"), w.Person("Dev"), w.Owner("Outsider")
		hire(w, a.AccountID, developer, "developer")
		app := w.Application(a, "MAINLAND")
		w.AdvanceTo(w.Portal.Store.Now().Add(time.Hour))
		w.Application(developer.At(a.AccountID), "MAINLAND")
		other := w.Application(a, "MAINLAND")
		t.Run("1.2: page by page it is the same list, and a cursor serves its own filter alone", func(t *testing.T) {
			var got []string
			vars := map[string]any{"id": a.AccountID, "first": 2}
			for range 10 {
				c := portaltest.At(w.Must(a, list, vars), "account", "auditEvents")
				for _, n := range portaltest.At(c, "nodes").([]any) {
					got = append(got, portaltest.String(n, "id"))
				}
				if portaltest.At(c, "pageInfo", "hasNextPage") == false {
					break
				}
				vars["after"] = portaltest.String(c, "pageInfo", "endCursor")
			}
			var want []string
			for _, n := range events(w, a, a.AccountID, nil) {
				want = append(want, portaltest.String(n, "id"))
			}
			if !slices.Equal(got, want) || len(want) != 4 {
				t.Fatalf("%v, want %v", got, want)
			}
			vars["f"] = map[string]any{"action": "createApplication"}
			if r := w.Send(a, list, vars); len(r.Errors) != 1 || r.Errors[0].Code() != "BAD_REQUEST" {
				t.Fatalf("%s", r.Raw)
			}
		})
		t.Run("1.2: below several accounts each has its own", func(t *testing.T) {
			hire(w, outsider.AccountID, developer, "auditor")
			hire(w, a.AccountID, outsider, "auditor")
			d := w.Must(outsider, `query($f: AuditFilter) { viewer { accounts(first: 5) { nodes { id auditEvents(first: 1, filter: $f) { totalCount nodes { object { id } action } pageInfo { hasNextPage } } } } } }`,
				map[string]any{"f": map[string]any{"action": "createApplication", "result": "DONE"}})
			got := fmt.Sprint(portaltest.At(d, "viewer", "accounts", "nodes"))
			if !strings.Contains(got, other) || strings.Contains(got, app) || !strings.Contains(got, "totalCount:3") || !strings.Contains(got, "totalCount:0") {
				t.Fatal(got)
			}
		})
	})
}
