package apikey_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	dbapikey "portico/ent/db/apikey"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/ent/db/grantmonth"
	"portico/ent/statement"
	"portico/portal/access/staff"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

const (
	offboard = `mutation($i: OffboardEmployeeInput!) { offboardEmployee(input: $i) { employee { id }` + wrong
	suspend  = `mutation($i: SuspendEmployeeInput!) { suspendEmployee(input: $i) { employee { id }` + wrong
	resume   = `mutation($i: ResumeEmployeeInput!) { resumeEmployee(input: $i) { employee { id }` + wrong
	setRoles = `mutation($i: SetEmployeeRolesInput!) { setEmployeeRoles(input: $i) { employee { id }` + wrong
	group    = `mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id }` + wrong
	members  = `mutation($i: SetGroupMembersInput!) { setGroupMembers(input: $i) { group { id }` + wrong
	factors  = `mutation($i: SetSecondFactorPolicyInput!) { setSecondFactorPolicy(input: $i) { account { id }` + wrong
	place    = `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id placedBy { __typename id name } }` + wrong
)

// field returns the outcome of reading a list of an account.
func field(w *portaltest.World, by *portaltest.Actor, accountID, query string) string {
	w.T.Helper()
	if r := w.Send(by, query, map[string]any{"id": accountID}); len(r.Errors) > 0 {
		return r.Errors[0].Code()
	}
	return "done"
}

// write runs statements as the system.
func write(w *portaltest.World, f func(tx *ent.Tx) error) {
	w.T.Helper()
	if err := w.Portal.Store.Write(w.System(), f); err != nil {
		w.T.Fatal(err)
	}
}

func TestAKeyIsKeptToItsOwner(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		const ops, dev, fin = "role_operations", "role_developer", "role_finance"
		t.Run("1.5: a role that its owner loses is lost at once, and comes back with it", func(t *testing.T) {
			e := w.Colleague(a.AccountID, "operations")
			key, id := w.APIKey(e, nil, "ACCOUNT_READ", "ORDER_READ", "BILL_READ"), employeeID(w, e)
			bills := `query($id: ID!) { account(id: $id) { bills(first: 1) { totalCount } } }`
			wants(t, "bills", field(w, key, a.AccountID, bills), "done")
			w.Done(a, setRoles, in("employeeId", id, "roleIds", []string{dev}))
			wants(t, "bills without the role", field(w, key, a.AccountID, bills), "FORBIDDEN")
			wants(t, "orders by the other role", field(w, key, a.AccountID, orders), "done")
			w.Done(a, setRoles, in("employeeId", id, "roleIds", []string{ops, fin}))
			wants(t, "bills by the role again", field(w, key, a.AccountID, bills), "done")
			wants(t, "what its owner holds and the key doesn't", field(w, key, a.AccountID, `query($id: ID!) { account(id: $id) { invoices(first: 1) { totalCount } } }`), "FORBIDDEN")
		})
		t.Run("1.5: so is a grant that ends, and a group that its owner leaves", func(t *testing.T) {
			e := w.Colleague(a.AccountID, "developer")
			id := employeeID(w, e)
			p := w.Done(a, group, in("accountId", a.AccountID, "name", "Buyers", "grants", []map[string]any{{"roleId": fin}}, "memberIds", []string{id}))
			key := w.APIKey(e, nil, "ACCOUNT_READ", "INVOICE_READ")
			invoices := `query($id: ID!) { account(id: $id) { invoices(first: 1) { totalCount } } }`
			wants(t, "invoices by the group", field(w, key, a.AccountID, invoices), "done")
			w.Done(a, members, in("groupId", portaltest.String(p, "group", "id"), "memberIds", []string{}))
			wants(t, "invoices without the group", field(w, key, a.AccountID, invoices), "FORBIDDEN")
			ends := w.Portal.Store.Now().Add(time.Minute)
			write(w, func(tx *ent.Tx) error {
				return tx.Grant.Update().Where(grant.EmployeeID(id)).SetExpiresAt(ends).Exec(tx)
			})
			wants(t, "before the end of the grant", reads(w, key, a.AccountID), "done")
			write(w, func(tx *ent.Tx) error {
				return tx.Grant.Update().Where(grant.EmployeeID(id)).SetExpiresAt(w.Portal.Store.Now()).Exec(tx)
			})
			wants(t, "at the end of the grant", reads(w, key, a.AccountID), "FORBIDDEN")
		})
	})
}

func TestAKeyOfAnOwnerWhoMayLess(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		t.Run("1.5: while its owner is suspended it is nobody's", func(t *testing.T) {
			e := w.Colleague(a.AccountID, "developer")
			key, id := w.APIKey(e, nil, "ACCOUNT_READ"), employeeID(w, e)
			w.Done(a, suspend, in("employeeId", id, "reason", "Leave"))
			wants(t, "while suspended", reads(w, key, a.AccountID), "UNAUTHENTICATED")
			wants(t, "its status", portaltest.String(shown(w, a, key), "status"), "SUSPENDED")
			w.Done(a, resume, in("employeeId", id))
			wants(t, "afterwards", reads(w, key, a.AccountID), "done")
		})
		t.Run("1.5: a second factor that the account requires of its owner is required for the key", func(t *testing.T) {
			b := w.Verified("Bea")
			w.AddTotp(b)
			e := w.Colleague(b.AccountID, "developer")
			key := w.APIKey(e, nil, "ACCOUNT_READ")
			w.Done(b, factors, in("accountId", b.AccountID, "scope", "EVERYONE"))
			wants(t, "without a factor", reads(w, key, b.AccountID), "API_KEY_FORBIDDEN")
			w.AddTotp(e)
			wants(t, "with one", reads(w, key, b.AccountID), "done")
		})
		t.Run("1.4: it is its owner on one account alone", func(t *testing.T) {
			b := w.Verified("Bea")
			write(w, func(tx *ent.Tx) error {
				return staff.Employ(&command.Tx{Tx: tx}, b.AccountID, a.PersonID, "administrator")
			})
			key := w.APIKey(a, nil, "ACCOUNT_READ")
			wants(t, "its owner there", reads(w, a, b.AccountID), "done")
			wants(t, "the key there", reads(w, key, b.AccountID), "null")
		})
	})
}

func TestAKeyHasNothingOfAGrantThatAsksForAFactor(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		const fin = "role_finance"
		t.Run("1.5: a grant that asks for a fresh factor gives a key nothing, neither to read nor to do", func(t *testing.T) {
			e := w.Colleague(a.AccountID, "developer")
			key := w.APIKey(e, nil, "ACCOUNT_READ", "APPLICATION_READ", "APPLICATION_CREATE")
			write(w, func(tx *ent.Tx) error {
				return tx.Grant.Create().SetAccountID(a.AccountID).SetEmployeeID(employeeID(w, e)).SetRoleID(fin).SetStepUpMinutes(5).SetGrantedAt(tx.Now).Exec(tx)
			})
			refused(t, w.Refused(e, create, in("accountId", a.AccountID, "name", "x", "permissions", []string{"ACCOUNT_READ", "INVOICE_READ"})), "API_KEY_EXCEEDS_OWNER", "1.5", "input.permissions")
			ask := func(role string) {
				write(w, func(tx *ent.Tx) error {
					return tx.Grant.Update().Where(grant.EmployeeID(employeeID(w, e)), grant.RoleID("role_"+role)).SetStepUpMinutes(5).Exec(tx)
				})
			}
			createApp := `mutation($i: CreateApplicationInput!) { createApplication(input: $i) { application { id }` + wrong
			app := in("accountId", a.AccountID, "name", "App", "kind", "SOCIAL", "region", "MAINLAND")
			apps := `query($id: ID!) { account(id: $id) { applications(first: 1) { totalCount } } }`
			wants(t, "created before", outcome(t, w.Send(key, createApp, app)), "done")
			ask("developer")
			wants(t, "created", outcome(t, w.Send(key, createApp, app)), "FORBIDDEN")
			if got := w.Send(key, apps, map[string]any{"id": a.AccountID}); portaltest.At(got.Data, "account") != nil {
				t.Errorf("%s", got.Raw)
			}
			write(w, func(tx *ent.Tx) error {
				return tx.Grant.Create().SetAccountID(a.AccountID).SetEmployeeID(employeeID(w, e)).SetRoleID("role_security").SetGrantedAt(tx.Now).Exec(tx)
			})
			wants(t, "what another grant gives", reads(w, key, a.AccountID), "done")
			wants(t, "what only this one gives", outcome(t, w.Send(key, createApp, app)), "FORBIDDEN")
		})
	})
}

func TestAKeyOfSomeApplications(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Ada", "9000.00")
		one, two := w.Application(a, "MAINLAND"), w.Application(a, "MAINLAND")
		apps := `query($id: ID!) { account(id: $id) { applications(first: 10) { nodes { id } } } }`
		listed := func(by *portaltest.Actor) string {
			return fmt.Sprint(portaltest.At(w.Send(by, apps, map[string]any{"id": a.AccountID}).Data, "account", "applications", "nodes"))
		}
		t.Run("1.5: sees and does nothing for others, whatever its owner may", func(t *testing.T) {
			key := w.APIKey(a, map[string]any{"applicationIds": []string{one}}, "ACCOUNT_READ", "APPLICATION_READ", "ORDER_PLACE", "ORDER_READ")
			wants(t, "the applications", listed(key), fmt.Sprint([]any{map[string]any{"id": one}}))
			wants(t, "another application's order", outcome(t, w.Send(key, place, monthly(w, a, two))), "FORBIDDEN")
			wants(t, "its order", outcome(t, w.Send(key, place, monthly(w, a, one))), "done")
		})
		t.Run("1.5: of those that both may nothing is left once its owner loses them", func(t *testing.T) {
			e := w.Colleague(a.AccountID, "operations")
			id := employeeID(w, e)
			key := w.APIKey(e, map[string]any{"applicationIds": []string{one}}, "ACCOUNT_READ", "APPLICATION_READ")
			w.Done(a, setRoles, in("employeeId", id, "roleIds", []string{"role_operations"}, "applicationIds", []string{one, two}))
			wants(t, "the applications", listed(key), fmt.Sprint([]any{map[string]any{"id": one}}))
			w.Done(a, setRoles, in("employeeId", id, "roleIds", []string{"role_operations"}, "applicationIds", []string{two}))
			wants(t, "the account", reads(w, key, a.AccountID), "FORBIDDEN")
		})
	})
}

// monthly returns the input of an order of a month, for 1500.00 CNY.
func monthly(w *portaltest.World, a *portaltest.Actor, app string) map[string]any {
	w.T.Helper()
	return in("accountId", a.AccountID, "planId", w.PlanID("im-flagship"), "applicationId", app,
		"term", map[string]any{"unit": "MONTH", "count": 1}, "expectedTotal", map[string]any{"amount": "1500.00", "currency": "CNY"})
}

func TestWhatAKeyDoes(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Ada", "9000.00")
		app := w.Application(a, "MAINLAND")
		t.Run("1.2: the audit names the key and its owner, and the order is the key's", func(t *testing.T) {
			key := w.APIKey(a, nil, "ORDER_PLACE", "ORDER_READ")
			p := w.Done(key, place, monthly(w, a, app))
			placed := portaltest.At(p, "order", "placedBy")
			if placed != nil {
				t.Errorf("a key without api_key:read sees %v", placed)
			}
			d := w.Must(a, `query($id: ID!) { account(id: $id) { auditEvents(first: 1, filter: {action: "placeOrder"}) { nodes { actor { __typename id name } ipAddress details } } orders(first: 1) { nodes { placedBy { __typename id } } } } }`, map[string]any{"id": a.AccountID})
			e := portaltest.At(d, "account", "auditEvents", "nodes", 0)
			if portaltest.String(e, "actor", "__typename") != "ApiKey" || portaltest.String(e, "actor", "id") != key.PersonID || portaltest.String(e, "actor", "name") != key.Name ||
				portaltest.String(e, "details", "keyOwnerId") != employeeID(w, a) || portaltest.String(e, "ipAddress") != "192.0.2.1" ||
				portaltest.String(d, "account", "orders", "nodes", 0, "placedBy", "id") != key.PersonID {
				t.Errorf("%v", d)
			}
			d = w.Must(a, `query($id: ID!, $by: ID) { account(id: $id) { auditEvents(first: 5, filter: {actorId: $by}) { nodes { action } } } }`, map[string]any{"id": a.AccountID, "by": key.PersonID})
			if got := fmt.Sprint(portaltest.At(d, "account", "auditEvents", "nodes")); got != "[map[action:placeOrder]]" {
				t.Error(got)
			}
		})
		t.Run("1.5: what it spends counts under its owner's grant", func(t *testing.T) {
			e := w.Colleague(a.AccountID, "operations")
			id, limit := employeeID(w, e), int64(200_000)
			write(w, func(tx *ent.Tx) error {
				return tx.Grant.Update().Where(grant.EmployeeID(id)).SetMonthlyLimit(limit).Exec(tx)
			})
			key := w.APIKey(e, nil, "ORDER_PLACE", "ORDER_READ")
			app = w.Application(a, "MAINLAND")
			w.Done(key, place, monthly(w, a, app))
			g := w.Portal.Store.Read().Grant.Query().Where(grant.EmployeeID(id)).OnlyX(w.System())
			if spent := w.Portal.Store.Read().GrantMonth.Query().Where(grantmonth.GrantID(g.ID)).OnlyX(w.System()).Spent; spent != 150_000 {
				t.Errorf("%d", spent)
			}
			app = w.Application(a, "MAINLAND")
			for _, by := range []*portaltest.Actor{key, e} {
				wants(t, "above the limit of the month", outcome(t, w.Send(by, place, monthly(w, a, app))), "MONTHLY_LIMIT_EXCEEDED")
			}
		})
	})
}

func TestWhatAKeyNeverDoes(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		t.Run("1.5: it gives nobody rights, and does nothing that is about a person", func(t *testing.T) {
			var all []string
			for _, p := range authz.Law().OfKeys().List() {
				all = append(all, p.Enum())
			}
			key := w.APIKey(a, nil, all...)
			for name, r := range map[string]portaltest.Response{
				"createApiKey": w.Send(key, create, in("accountId", a.AccountID, "name", "x", "permissions", []string{"ACCOUNT_READ"})),
				"rotateApiKey": w.Send(key, rotate, in("apiKeyId", key.PersonID)),
				"revokeApiKey": w.Send(key, revoke, in("apiKeyId", key.PersonID)),
				"offboard":     w.Send(key, offboard, in("employeeId", employeeID(w, a))),
				"createGroup":  w.Send(key, group, in("accountId", a.AccountID, "name", "x", "memberIds", []string{})),
				"viewer":       w.Send(key, `{ viewer { person { id } } }`, nil),
				"signOut":      w.Send(key, `mutation { signOut(input: {everywhere: true}) { userErrors { code } } }`, nil),
				"decide":       w.Send(key, `mutation { decideApproval(input: {approvalId: "appr_1", decision: APPROVE}) { userErrors { code } } }`, nil),
				"exportAudit":  w.Send(key, `mutation($a: ID!) { exportAudit(input: {accountId: $a, format: CSV}) { userErrors { code clause remedy { description } } } }`, map[string]any{"a": a.AccountID}),
				"read notices": w.Send(key, `mutation($a: ID!) { markNoticesRead(input: {accountId: $a, noticeIds: ["ntce_1"]}) { userErrors { code clause remedy { description } } } }`, map[string]any{"a": a.AccountID}),
			} {
				if got := outcome(t, r); got != "API_KEY_FORBIDDEN" {
					t.Errorf("%s: %s", name, r.Raw)
				}
			}
		})
		t.Run("1.4: its last use is noted at most once an hour", func(t *testing.T) {
			key := w.APIKey(a, nil, "ACCOUNT_READ")
			used := func() time.Time { return *w.Portal.Store.Read().ApiKey.GetX(w.System(), key.PersonID).LastUsedAt }
			first := w.Wall.Now()
			reads(w, key, a.AccountID)
			w.Wall.Advance(time.Hour - time.Microsecond)
			reads(w, key, a.AccountID)
			if !used().Equal(first) {
				t.Errorf("%v, first used %v", used(), first)
			}
			w.Wall.Advance(time.Microsecond)
			reads(w, key, a.AccountID)
			if !used().Equal(first.Add(time.Hour)) {
				t.Errorf("%v, first used %v", used(), first)
			}
		})
	})
}

func TestKeysOfWhoLeaves(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		leaver, heir, unfit := w.Colleague(a.AccountID, "operations"), w.Colleague(a.AccountID, "operations"), w.Colleague(a.AccountID, "developer")
		key := w.APIKey(leaver, nil, "ACCOUNT_READ", "ORDER_PLACE")
		ended := w.APIKey(leaver, nil, "ACCOUNT_READ")
		w.Done(leaver, revoke, in("apiKeyId", ended.PersonID))
		p := w.Done(leaver, rotate, in("apiKeyId", key.PersonID))
		second := portaltest.Keyed(a.AccountID, portaltest.String(p, "secret"))
		id := employeeID(w, leaver)
		t.Run("1.5: need a successor who holds what they give", func(t *testing.T) {
			refused(t, w.Refused(a, offboard, in("employeeId", id)), "SUCCESSOR_REQUIRED", "1.5", "input.successorId")
			r := w.Refused(a, offboard, in("employeeId", id, "successorId", employeeID(w, unfit)))
			refused(t, r, "SUCCESSOR_UNFIT", "1.5", "input.successorId")
			wants(t, "the key", reads(w, key, a.AccountID), "done")
		})
		t.Run("1.5: pass to it, without the secrets that the leaver may know", func(t *testing.T) {
			w.Done(a, offboard, in("employeeId", id, "successorId", employeeID(w, heir)))
			wants(t, "the first secret", reads(w, key, a.AccountID), "UNAUTHENTICATED")
			wants(t, "the second secret", reads(w, second, a.AccountID), "UNAUTHENTICATED")
			k := shown(w, a, key)
			if portaltest.String(k, "status") != "NEEDS_ROTATION" || portaltest.String(k, "owner", "id") != employeeID(w, heir) || portaltest.At(k, "prefix") != nil || portaltest.At(k, "handedOverAt") == nil {
				t.Errorf("%v", k)
			}
			if k := shown(w, a, ended); portaltest.String(k, "owner", "id") != id || portaltest.String(k, "status") != "REVOKED" {
				t.Errorf("%v", k)
			}
			p := w.Done(heir, rotate, in("apiKeyId", key.PersonID))
			if portaltest.At(p, "previousUntil") != nil || portaltest.String(p, "apiKey", "status") != "ACTIVE" {
				t.Errorf("%v", p)
			}
			wants(t, "the successor's secret", reads(w, portaltest.Keyed(a.AccountID, portaltest.String(p, "secret")), a.AccountID), "done")
		})
	})
}

// TestRacedKeys sends rotations and revocations of a key at once, and creations up to the
// limit.
func TestRacedKeys(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		t.Run("1.4: a key that is rotated and revoked at once is revoked", func(t *testing.T) {
			for range 5 {
				key := w.APIKey(a, nil, "ACCOUNT_READ")
				secrets := make([]string, 4)
				var wg sync.WaitGroup
				for i := range secrets {
					wg.Go(func() {
						if r := w.Send(a, rotate, in("apiKeyId", key.PersonID)); portaltest.At(r.Data, "rotateApiKey", "secret") != nil {
							secrets[i] = portaltest.String(r.Data, "rotateApiKey", "secret")
						}
					})
				}
				wg.Go(func() { w.Done(a, revoke, in("apiKeyId", key.PersonID)) })
				wg.Wait()
				for _, s := range append(secrets, w.Token(key)) {
					if s != "" {
						wants(t, "a secret", reads(w, portaltest.Keyed(a.AccountID, s), a.AccountID), "UNAUTHENTICATED")
					}
				}
			}
		})
		t.Run("1.4: of rotations at once two secrets are left", func(t *testing.T) {
			key := w.APIKey(a, nil, "ACCOUNT_READ")
			secrets := make([]string, 5)
			var wg sync.WaitGroup
			for i := range secrets {
				wg.Go(func() {
					secrets[i] = portaltest.String(w.Done(a, rotate, in("apiKeyId", key.PersonID)), "secret")
				})
			}
			wg.Wait()
			works := 0
			for _, s := range append(secrets, w.Token(key)) {
				if reads(w, portaltest.Keyed(a.AccountID, s), a.AccountID) == "done" {
					works++
				}
			}
			if works != 2 {
				t.Errorf("%d work", works)
			}
			w.Done(a, revoke, in("apiKeyId", key.PersonID))
		})
	})
}

func TestRacedCreations(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		t.Run("5.4: of creations at once ten succeed", func(t *testing.T) {
			var wg sync.WaitGroup
			var done atomic.Int64
			for range 14 {
				wg.Go(func() {
					if r := w.Send(a, create, in("accountId", a.AccountID, "name", "One", "permissions", []string{"ACCOUNT_READ"})); portaltest.At(r.Data, "createApiKey", "secret") != nil {
						done.Add(1)
					}
				})
			}
			wg.Wait()
			n := w.Portal.Store.Read().ApiKey.Query().Where(dbapikey.OwnerSlotNotNil()).CountX(w.System())
			if done.Load() != 10 || n != 10 {
				t.Errorf("%d, %d", done.Load(), n)
			}
		})
	})
}

// TestAKeyIsReadInOneStatement: a request with a key reads the key and what its owner
// holds together, as one of a session does, and as often again inside a command.
func TestAKeyIsReadInOneStatement(t *testing.T) {
	var statements atomic.Int64
	w := portaltest.New(t, "sqlite", portaltest.Counted(&statements))
	a := w.Verified("Ada")
	key := w.APIKey(a, nil, "ACCOUNT_READ", "APPLICATION_CREATE", "APPLICATION_READ")
	count := func(by *portaltest.Actor, run func(by *portaltest.Actor)) int64 {
		run(by)
		before := statements.Load()
		run(by)
		return statements.Load() - before
	}
	read := func(by *portaltest.Actor) { reads(w, by, a.AccountID) }
	if n := count(key, read); n != count(a, read) || n != 2 {
		t.Errorf("1.4: a read takes %d statements", n)
	}
	app := func(by *portaltest.Actor) { w.Application(by, "MAINLAND") }
	if n, person := count(key, app), count(a, app); n != person {
		t.Errorf("1.4: a command takes %d statements, a person's %d", n, person)
	}
	unknown := func(by *portaltest.Actor) { w.SendToken("ak_mistyped", account, map[string]any{"id": a.AccountID}) }
	if n := count(nil, unknown); n != 0 {
		t.Errorf("1.4: a mistyped secret takes %d statements", n)
	}
}

// TestAKeyIsReadAgain compares the three ways in which a key is read.
func TestAKeyIsReadAgain(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		app := w.Application(a, "MAINLAND")
		e := w.Colleague(a.AccountID, "operations")
		w.Done(a, group, in("accountId", a.AccountID, "name", "Group", "grants", []map[string]any{{"roleId": "role_finance"}}, "memberIds", []string{employeeID(w, e)}))
		for name, key := range map[string]*portaltest.Actor{
			"for the account":     w.APIKey(e, nil, "ACCOUNT_READ", "ORDER_PLACE", "INVOICE_READ"),
			"for one application": w.APIKey(e, map[string]any{"applicationIds": []string{app}, "networks": []string{"192.0.2.0/24"}}, "ORDER_PLACE"),
		} {
			t.Run("1.5: "+name, func(t *testing.T) {
				p, err := statement.Principal(w.System(), w.Portal.Store, w.Token(key))
				if err != nil || p == nil || p.Kind != authz.APIKey || p.ID != key.PersonID || p.OwnerID != employeeID(w, e) || len(p.Grants) == 0 || p.Operator != (authz.Set{}) {
					t.Fatal(p, err)
				}
				for _, g := range p.Grants {
					if g.Owner || g.AccountID != a.AccountID || !authz.Law().OfKeys().Covers(g.Allow) {
						t.Errorf("%+v", g)
					}
				}
				all, err := statement.Principals(w.System(), w.Portal.Store, nil, []string{key.PersonID, "apik_01JNOBODY"})
				if err != nil || len(all) != 1 || fmt.Sprint(all[key.PersonID].Grants) != fmt.Sprint(p.Grants) {
					t.Errorf("%v %v", all, err)
				}
				again := func(tx *ent.Tx) *authz.Principal {
					fresh, err := statement.ReloadPrincipal(tx.With(authz.With(tx.Context, p)))
					if err != nil {
						t.Fatal(err)
					}
					return fresh.Principal()
				}
				write(w, func(tx *ent.Tx) error {
					if fresh := again(tx); fmt.Sprint(fresh.Grants) != fmt.Sprint(p.Grants) || fresh.Address != p.Address {
						t.Errorf("%+v", fresh)
					}
					return nil
				})
				write(w, func(tx *ent.Tx) error {
					return tx.Employee.Update().Where(employee.ID(p.OwnerID)).SetStatus(employee.StatusSUSPENDED).Exec(tx)
				})
				write(w, func(tx *ent.Tx) error {
					if _, err := statement.ReloadPrincipal(tx.With(authz.With(tx.Context, p))); fmt.Sprint(err) != fmt.Sprint(error(clause.Unauthenticated)) {
						t.Errorf("of a suspended owner: %v", err)
					}
					return tx.Employee.Update().Where(employee.ID(p.OwnerID)).SetStatus(employee.StatusACTIVE).Exec(tx)
				})
			})
		}
	})
}
