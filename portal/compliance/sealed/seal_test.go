package sealed_test

import (
	"sync"
	"testing"

	"portico/ent/db/accessseal"
	"portico/ent/db/employee"
	"portico/portaltest"
)

const (
	userErrors = `userErrors { code field clause remedy { description } }`
	sealOne    = `mutation($i: SealAccessesInput!) { sealAccesses(input: $i) { seal { id ground liftedAt account { id } operator { id } } ` + userErrors + ` } }`
	liftOne    = `mutation($i: LiftSealInput!) { liftSeal(input: $i) { seal { liftedAt } ` + userErrors + ` } }`
	open       = `query($id: ID!) { account(id: $id) { verification { legalName } } }`
	looks      = `query($id: ID!) { account(id: $id) { accesses { totalCount nodes { id } } auditEvents(first: 100) { nodes { action } } } }`
	listed     = `query($id: ID!) { accessSeals(accountId: $id) { id reference liftedAt } }`
)

func TestLooksThatTheLawKeepsSecretAreSealed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, other := w.Verified("Watched"), w.Verified("Other")
		op, colleague := w.Operator("compliance"), w.Operator("support")
		id := map[string]any{"id": a.AccountID}
		count := func() float64 {
			n, _ := portaltest.At(w.Must(a, looks, id), "account", "accesses", "totalCount").(float64)
			return n
		}
		matter := map[string]any{"i": map[string]any{"accountId": a.AccountID, "ground": "AUTHORITY_REQUEST", "reference": "PSB-2026-7", "reason": "Evidence is being secured."}}
		w.Must(op, open, id)
		before := count()
		seal := portaltest.String(w.Done(op, sealOne, matter), "seal", "id")
		t.Run("6.2, 5.12: what is looked at under a seal isn't shown to the customer, nor is the seal", func(t *testing.T) {
			events := len(portaltest.At(w.Must(a, looks, id), "account", "auditEvents", "nodes").([]any))
			w.Must(op, open, id)
			got := w.Must(a, looks, id)
			if count() != before || len(portaltest.At(got, "account", "auditEvents", "nodes").([]any)) != events {
				t.Fatalf("%v, want %v looks", got, before)
			}
		})
		t.Run("5.12: the provider's compliance sees it", func(t *testing.T) {
			if n, _ := portaltest.At(w.Must(w.Operator("compliance"), `query($id: ID!) { accessSeals(accountId: $id) { id } }`, id), "accessSeals").([]any); len(n) != 1 {
				t.Fatal(n)
			}
		})
		t.Run("6.2: a colleague's look is shown as ever", func(t *testing.T) {
			w.Must(colleague, open, id)
			if got := count(); got != before+1 {
				t.Fatalf("%v looks, want %v", got, before+1)
			}
		})
		t.Run("6.2: the seal reaches its account alone", func(t *testing.T) {
			w.Must(op, open, map[string]any{"id": other.AccountID})
			if n := portaltest.At(w.Must(other, looks, map[string]any{"id": other.AccountID}), "account", "accesses", "totalCount"); n == float64(0) {
				t.Fatal("a look at another account is kept")
			}
		})
		t.Run("5.12: sealing again, also at once, gives the same seal", func(t *testing.T) {
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() { w.Send(op, sealOne, matter) })
			}
			wg.Wait()
			if n, err := w.Portal.Store.Read().AccessSeal.Query().Where(accessseal.AccountID(a.AccountID)).Count(w.System()); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		})
		t.Run("6.2: once it is lifted the customer sees the looks that it kept", func(t *testing.T) {
			w.Done(op, liftOne, map[string]any{"i": map[string]any{"sealId": seal}})
			if got := count(); got != before+2 {
				t.Fatalf("%v looks, want %v", got, before+2)
			}
			if r := w.Refused(op, liftOne, map[string]any{"i": map[string]any{"sealId": seal}}); r.Code != "SEAL_LIFTED" || r.Clause != "5.12" {
				t.Fatalf("%+v", r)
			}
		})
	})
}

func TestSealsThatAreRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, op := w.Verified("Watched"), w.Operator("compliance")
		id := map[string]any{"id": a.AccountID}
		matter := map[string]any{"i": map[string]any{"accountId": a.AccountID, "ground": "AUTHORITY_REQUEST", "reference": "PSB-2026-7", "reason": "Evidence is being secured."}}
		seal := portaltest.String(w.Done(op, sealOne, matter), "seal", "id")
		t.Run("5.12: nobody but compliance seals, lifts or asks", func(t *testing.T) {
			for _, who := range []*portaltest.Actor{a, w.Operator("support"), w.Platform()} {
				for _, r := range []portaltest.Response{w.Send(who, sealOne, matter), w.Send(who, liftOne, map[string]any{"i": map[string]any{"sealId": seal}}), w.Send(who, listed, id)} {
					if len(r.Errors) != 1 || r.Errors[0].Code() != "FORBIDDEN" {
						t.Fatalf("%s", r.Raw)
					}
				}
			}
		})
		t.Run("5.12: a compliance operator who has a part in the account neither seals, lifts nor asks", func(t *testing.T) {
			part := w.Operator("compliance")
			w.Portal.Store.Read().Employee.Create().SetAccountID(a.AccountID).SetPersonID(part.PersonID).SetStatus(employee.StatusOFFBOARDED).
				SetJoinedAt(w.Portal.Store.Now()).ExecX(w.System())
			for _, r := range []portaltest.Refusal{w.Refused(part, sealOne, matter), w.Refused(part, liftOne, map[string]any{"i": map[string]any{"sealId": seal}})} {
				if r.Code != "CONFLICT_OF_INTEREST" || r.Clause != "5.12" {
					t.Errorf("%+v", r)
				}
			}
			if r := w.Send(part, listed, id); len(r.Errors) != 1 || r.Errors[0].Code() != "CONFLICT_OF_INTEREST" {
				t.Errorf("%s", r.Raw)
			}
			if n, err := w.Portal.Store.Read().AccessSeal.Query().Where(accessseal.AccountID(a.AccountID), accessseal.LiftedAtIsNil()).Count(w.System()); n != 1 || err != nil {
				t.Error(n, err)
			}
		})
		for name, change := range map[string][2]string{"reference": {"reference", " "}, "reason": {"reason", ""}} {
			t.Run("5.12: a seal without its "+name+" is refused", func(t *testing.T) {
				in := map[string]any{"accountId": a.AccountID, "ground": "FRAUD_CLUE", "reference": "F-1", "reason": "A clue."}
				in[change[0]] = change[1]
				if r := w.Refused(op, sealOne, map[string]any{"i": in}); r.Code != "INVALID_INPUT" || r.Field[1] != change[0] {
					t.Fatalf("%+v", r)
				}
			})
		}
	})
}

func TestEveryLookAtACustomersOwnIsShown(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, op := w.Funded("Seen", "100.00"), w.Operator("compliance", "operator-finance", "support")
		id := map[string]any{"id": a.AccountID}
		count := func() float64 {
			n, _ := portaltest.At(w.Must(a, looks, id), "account", "accesses", "totalCount").(float64)
			return n
		}
		entry := portaltest.String(w.Must(a, `query($id: ID!) { account(id: $id) { ledgerEntries(first: 1) { nodes { id } } } }`, id), "account", "ledgerEntries", "nodes", 0, "id")
		for name, c := range map[string]struct {
			query string
			vars  map[string]any
		}{
			"6.2: its notices":              {`query($id: ID!) { account(id: $id) { notices { nodes { id } } } }`, id},
			"6.2: how many it has not read": {`query($id: ID!) { account(id: $id) { unreadNoticeCount } }`, id},
			"6.2: a ledger entry by its id": {`query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": entry}},
			"6.2: several by their ids":     {`query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": []any{entry}}},
		} {
			t.Run(name, func(t *testing.T) {
				before := count()
				w.Must(op, c.query, c.vars)
				if got := count(); got != before+1 {
					t.Fatalf("%v looks, want %v", got, before+1)
				}
				w.Must(a, c.query, c.vars) // reading by the account's own staff isn't recorded
				if got := count(); got != before+1 {
					t.Fatalf("the owner's own look is shown: %v", got)
				}
			})
		}
	})
}
