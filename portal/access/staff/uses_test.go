package staff_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/grant"
	"portico/portal/access/staff"
	"portico/portaltest"
)

const reviewQ = `query($id: ID!, $days: Int) { account(id: $id) { accessReview(unusedForDays: $days, first: 50) { totalCount nodes { lastUsedAt unusedSince
	employee { id } grant { id role { code } group { id } } } } } }`

// unused returns the grants of an account that weren't used for some days, each as its
// holder and role, with the day of its last use.
func unused(w *portaltest.World, a *portaltest.Actor, days any) map[string]string {
	w.T.Helper()
	all := map[string]string{}
	for _, n := range portaltest.At(w.Must(a, reviewQ, map[string]any{"id": a.AccountID, "days": days}), "account", "accessReview", "nodes").([]any) {
		holder, is := portaltest.At(n, "employee", "id").(string)
		if !is {
			holder = portaltest.String(n, "grant", "group", "id")
		}
		all[holder+" "+portaltest.String(n, "grant", "role", "code")] = fmt.Sprint(portaltest.At(n, "lastUsedAt"))
	}
	return all
}

// keep writes the uses that the portal has collected, as a server does each minute.
func keep(w *portaltest.World) {
	w.T.Helper()
	if err := staff.KeepUses(w.T.Context(), w.Portal.Store); err != nil {
		w.T.Fatal(err)
	}
}

// lastUse returns when an employee's grant of a role was last used.
func lastUse(w *portaltest.World, employeeID, role string) time.Time {
	w.T.Helper()
	g, err := w.Portal.Store.Read().Grant.Query().Where(grant.EmployeeID(employeeID), grant.RoleID(staff.RoleID(role))).Only(w.System())
	if err != nil || g.UsedAt == nil || !g.UsedAt.Equal(*g.IdleSince) {
		w.T.Fatalf("%v %v", g, err)
	}
	return *g.UsedAt
}

func TestGrantsThatNobodyUsesAreReviewed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, c := w.Funded("Acme", "100.00"), w.Person("Berta"), w.Person("Cora")
		account, start := a.AccountID, w.Portal.Store.Now()
		berta := join(w, a, account, b, builtIn("finance", "developer")...)
		cora := join(w, a, account, c, builtIn("operations")...)
		b = b.At(account)
		t.Run("1.5: after 89 days nothing is unused for 90, after 90 days what nobody used is", func(t *testing.T) {
			keep(w)
			w.AdvanceTo(start.Add(89 * 24 * time.Hour))
			if got := unused(w, a, nil); len(got) != 0 {
				t.Errorf("%v", got)
			}
			keep(w)
			w.AdvanceTo(w.Portal.Store.Now().Add(26 * time.Hour))
			got := unused(w, a, nil)
			if len(got) != 3 || got[berta+" finance"] == "" || got[berta+" developer"] != "<nil>" || got[cora+" operations"] != "<nil>" {
				t.Errorf("%v", got)
			}
		})
		t.Run("1.5: what is read and what is done are uses, each of the grant that gives it", func(t *testing.T) {
			w.Must(b, `query($id: ID!) { account(id: $id) { applications(first: 1) { nodes { id } } } }`, map[string]any{"id": account})
			before := unused(w, a, 90)
			keep(w)
			after := unused(w, a, 90)
			if len(after) != len(before)-1 || after[cora+" operations"] == "" {
				t.Errorf("%v, then %v", before, after)
			}
			w.Done(b, `mutation($i: StartTopUpInput!) { startTopUp(input: $i) { topUp { id } userErrors { code } } }`,
				of(input{"accountId": account, "channel": "SANDBOX", "amount": input{"amount": "10.00", "currency": "CNY"}}))
			keep(w)
			if got := unused(w, a, 90); got[berta+" finance"] != "" || got[cora+" operations"] == "" {
				t.Errorf("%v", got)
			}
		})
		t.Run("1.5: a use is told by its day, and of each day one is written", func(t *testing.T) {
			used := func() time.Time { return lastUse(w, berta, "finance") }
			use := func() {
				w.Must(b, `query($id: ID!) { account(id: $id) { topUps(first: 1) { nodes { id } } } }`, map[string]any{"id": account})
				keep(w)
			}
			first := used()
			w.AdvanceTo(first.UTC().Truncate(24 * time.Hour).Add(24*time.Hour - time.Second))
			use()
			if !used().Equal(first) {
				t.Errorf("%v, then %v", first, used())
			}
			w.AdvanceTo(first.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour))
			use()
			if used().Sub(first) <= 0 {
				t.Errorf("%v, then %v", first, used())
			}
		})
	})
}

func TestAReviewIsAskedForSomeDays(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, c := w.Verified("Acme"), w.Person("Cora")
		join(w, a, a.AccountID, c, builtIn("operations")...)
		t.Run("1.5: one to 3,650 days, and only for who reads the staff", func(t *testing.T) {
			for _, days := range []int{0, 3651, -1} {
				if r := w.Send(a, reviewQ, map[string]any{"id": a.AccountID, "days": days}); len(r.Errors) != 1 || r.Errors[0].Code() != "BAD_REQUEST" {
					t.Errorf("%d: %s", days, r.Raw)
				}
			}
			unused(w, a, 1)
			unused(w, a, 3650)
			if r := w.Send(c, reviewQ, map[string]any{"id": a.AccountID}); len(r.Errors) == 0 {
				t.Errorf("%s", r.Raw)
			}
		})
	})
}

func TestGrantsOfAnEarlierReleaseAreWatchedFromTheStart(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.5: a grant whose use nobody recorded isn't called unused for that time", func(t *testing.T) {
			a, b := w.Verified("Acme"), w.Person("Berta")
			berta := join(w, a, a.AccountID, b, builtIn("finance")...)
			w.AdvanceTo(w.Portal.Store.Now().Add(100 * 24 * time.Hour))
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				return tx.Grant.Update().Where(grant.EmployeeID(berta)).ClearIdleSince().Exec(tx)
			})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // a start begins, the next changes nothing
				if err := w.Portal.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if got := unused(w, a, 90); got[berta+" finance"] != "" {
				t.Errorf("%v", got)
			}
			w.AdvanceTo(w.Portal.Store.Now().Add(90 * 24 * time.Hour))
			if got := unused(w, a, 90); got[berta+" finance"] == "" {
				t.Errorf("%v", got)
			}
		})
	})
}

func TestAnEntryOfTheReviewIsAnObjectOfItsOwn(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, c := w.Funded("Acme", "100.00"), w.Funded("Bolt", "100.00"), w.Person("Cora")
		join(w, a, a.AccountID, c, builtIn("finance")...)
		w.AdvanceTo(w.Portal.Store.Now().Add(91 * 24 * time.Hour))
		const list = `query($id: ID!) { account(id: $id) { accessReview(first: 1) { nodes { id grant { id } } } } }`
		entry := portaltest.At(w.Must(a, list, map[string]any{"id": a.AccountID}), "account", "accessReview", "nodes", 0).(map[string]any)
		grantID := entry["grant"].(map[string]any)["id"].(string)
		ids := map[string]any{"ids": []any{entry["id"], grantID}}
		const read = `query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on UnusedGrant { grant { id } } } }`
		got := w.Must(a, read, ids)
		want := map[string]any{"nodes": []any{
			map[string]any{"__typename": "UnusedGrant", "id": entry["id"], "grant": map[string]any{"id": grantID}},
			map[string]any{"__typename": "Grant", "id": grantID},
		}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%v", got)
		}
		if got := w.Must(b, read, ids); !reflect.DeepEqual(got, map[string]any{"nodes": []any{nil, nil}}) {
			t.Errorf("another account sees %v", got)
		}
	})
}
