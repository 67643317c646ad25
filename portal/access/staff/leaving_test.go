package staff_test

import (
	"errors"
	"testing"

	"portico/clause"
	"portico/ent/db/operator"
	"portico/portal/access/staff"
	"portico/portaltest"
)

func TestAServiceCredentialIsRevoked(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		kept, gone := w.DataPlane(), w.DataPlane()
		keys, err := staff.ServiceKeys(w.System(), w.Portal.Store)
		if err != nil || len(keys) != 2 {
			t.Fatalf("%v %v", keys, err)
		}
		works := func(a *portaltest.Actor) bool {
			r := w.Send(a, `{ products(first: 1) { totalCount } }`, nil)
			return len(r.Errors) == 0
		}
		if !works(kept) || !works(gone) {
			t.Fatal("a key doesn't work")
		}
		for range 2 { // the second time changes nothing
			if err := staff.RevokeKey(w.System(), w.Portal.Store, keys[1].ID); err != nil {
				t.Fatal(err)
			}
		}
		if !works(kept) || works(gone) {
			t.Error("1.4: a revoked key works, or another one doesn't")
		}
		if err := staff.RevokeKey(w.System(), w.Portal.Store, "skey_none"); !errors.Is(err, clause.NotFound) {
			t.Errorf("%v", err)
		}
		keys, err = staff.ServiceKeys(w.System(), w.Portal.Store)
		if err != nil || keys[0].RevokedAt != nil || keys[1].RevokedAt == nil {
			t.Errorf("%v %v", keys, err)
		}
	})
}

func TestAnOperatorLeaves(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Operator("support", "platform")
		w.Must(a, `{ viewer { operator { roles } } }`, nil)
		token := w.Token(a)
		if err := staff.DeactivateOperator(w.System(), w.Portal.Store, a.Phone); err != nil {
			t.Fatal(err)
		}
		if r := w.SendToken(token, `{ viewer { operator { roles } } }`, nil); len(r.Errors) == 0 || r.Errors[0].Code() != "UNAUTHENTICATED" {
			t.Errorf("1.4: its session goes on: %s", r.Raw)
		}
		again := &portaltest.Actor{Name: a.Name, Phone: a.Phone}
		d := w.Must(again, `{ viewer { person { name } operator { roles } } }`, nil)
		if portaltest.At(d, "viewer", "operator") != nil || portaltest.String(d, "viewer", "person", "name") != a.Name {
			t.Errorf("1.4: it is an operator still: %v", d)
		}
		if w.Portal.Store.Read().Operator.Query().Where(operator.PersonID(a.PersonID), operator.Active(false)).CountX(w.System()) != 1 {
			t.Error("1.2: what it was is forgotten")
		}
		owner := w.Owner("Ada")
		for phone, want := range map[string]error{owner.Phone: clause.NotFound, "+8613012345678": clause.NotFound} {
			if err := staff.DeactivateOperator(w.System(), w.Portal.Store, phone); !errors.Is(err, want) {
				t.Errorf("%s: %v", phone, err)
			}
		}
	})
}
