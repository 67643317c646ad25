package staff_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/grant"
	"portico/ent/db/ownership"
	"portico/ent/db/predicate"
	"portico/ent/db/session"
	"portico/portal/access/staff"
	"portico/portaltest"
)

func sessionOf(a *portaltest.Actor) predicate.Session { return session.PersonID(a.PersonID) }

func TestAcceptingTheOwnershipIsRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		f := newFirm(w)
		other := w.Person("Cora")
		cora := join(w, f.a, f.id, other, builtIn("administrator")...)
		w.AddTotp(other)
		foreign := w.Verified("Other")
		w.AddTotp(foreign)
		offer := f.offer(f.heir)
		t.Run("1.5: it is accepted by the employee that it was made to, and nobody else", func(t *testing.T) {
			for _, who := range []*portaltest.Actor{f.a, other, foreign} {
				if r := w.Send(who, takeM, taking(offer)); !strings.Contains(string(r.Raw), `"NOT_FOUND"`) {
					t.Errorf("%s: %s", who.Name, r.Raw)
				}
			}
			if r := w.Send(other, withdrawM, taking(offer)); !strings.Contains(string(r.Raw), `"NOT_FOUND"`) {
				t.Errorf("%s", r.Raw)
			}
		})
		t.Run("1.5: a session that didn't pass the factor doesn't accept", func(t *testing.T) {
			w.Begin(f.b)
			wants(w, w.Refused(f.b, takeM, taking(offer)), "STEP_UP_REQUIRED", "1.5", "")
			passedFactor(w, f.b)
		})
		t.Run("1.5: declined, it can't be accepted", func(t *testing.T) {
			p := w.Done(f.b, withdrawM, taking(offer))
			if portaltest.String(p, "offer", "status") != "DECLINED" {
				t.Errorf("%v", p)
			}
			if got := w.Message(f.a.Email); !strings.Contains(got.Body, "declined") {
				t.Errorf("the owner isn't told: %q", got.Body)
			}
			for _, m := range []string{takeM, withdrawM} {
				wants(w, w.Refused(f.b, m, taking(offer)), "OWNERSHIP_OFFER_CLOSED", "1.5", "offerId")
			}
		})
		t.Run("1.5: suspended and resumed, the employee has no offer any more", func(t *testing.T) {
			offer = f.offer(f.heir)
			w.Done(f.a, suspendM, suspending(f.heir))
			w.Begin(f.b)
			if r := w.Send(f.b, takeM, taking(offer)); !strings.Contains(string(r.Raw), `"NOT_FOUND"`) {
				t.Errorf("%s", r.Raw)
			}
			w.Done(f.a, resumeM, of(input{"employeeId": f.heir}))
			passedFactor(w, f.b)
			wants(w, w.Refused(f.b, takeM, taking(offer)), "OWNERSHIP_OFFER_CLOSED", "1.5", "offerId")
		})
		t.Run("1.5: a former owner's offer gives nothing", func(t *testing.T) {
			offer = f.offer(f.heir)
			write(w, func(tx *ent.Tx) error { // as by a three-party agreement
				if err := tx.Ownership.Update().Where(ownership.OpenKey(f.id)).SetUntilAt(tx.Now).ClearOpenKey().Exec(tx); err != nil {
					return err
				}
				return tx.Ownership.Create().SetAccountID(f.id).SetEmployeeID(cora).SetFromAt(tx.Now).SetOpenKey(f.id).Exec(tx)
			})
			wants(w, w.Refused(f.b, takeM, taking(offer)), "OWNERSHIP_OFFER_CLOSED", "1.5", "offerId")
		})
	})
}

func TestAnOfferOfTheOwnershipEnds(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.5: it can be accepted for seven days, and not a microsecond longer", func(t *testing.T) {
			f, g := newFirm(w), newFirm(w)
			late, last := f.offer(f.heir), g.offer(g.heir)
			row, err := w.Portal.Store.Read().OwnershipOffer.Get(w.System(), last)
			if err != nil || !row.ExpiresAt.Equal(row.OfferedAt.Add(7*24*time.Hour)) {
				t.Fatalf("%v: %v", row, err)
			}
			w.AdvanceTo(row.ExpiresAt.Add(-time.Microsecond))
			passedFactor(w, g.b)
			w.Done(g.b, takeM, taking(last))
			g.holdsOne(t)
			w.AdvanceTo(row.ExpiresAt)
			passedFactor(w, f.b)
			wants(w, w.Refused(f.b, takeM, taking(late)), "OWNERSHIP_OFFER_CLOSED", "1.5", "offerId")
			if d := w.Must(f.b, ownedQ, map[string]any{"id": f.id}); portaltest.At(d, "account", "ownershipOffer") != nil {
				t.Errorf("%v", d)
			}
			passedFactor(w, f.a)
			f.offer(f.heir)
			f.holdsOne(t)
		})
		t.Run("1.5: it ends with the employment", func(t *testing.T) {
			f := newFirm(w)
			offer := f.offer(f.heir)
			d := w.Must(f.a, previewQ, leaving(f.heir))
			if h := portaltest.At(d, "offboardingPreview", "holdings", 0); portaltest.String(h, "kind") != "OWNERSHIP_OFFER" || portaltest.String(h, "node", "id") != offer {
				t.Errorf("%v", d)
			}
			w.Done(f.a, offboardM, of(input{"employeeId": f.heir}))
			row, err := w.Portal.Store.Read().OwnershipOffer.Get(w.System(), offer)
			if err != nil || row.Status != "VOID" || row.OpenKey != nil {
				t.Errorf("%v: %v", row, err)
			}
			w.Begin(f.b)
			if r := w.Send(f.b, takeM, taking(offer)); !strings.Contains(string(r.Raw), `"NOT_FOUND"`) {
				t.Errorf("%s", r.Raw)
			}
		})
		t.Run("1.5: sent again with its key, the answer is the same and the owner stays", func(t *testing.T) {
			f := newFirm(w)
			keyed := func(m string) string {
				return strings.Replace(m, "(input: $i)", `(input: $i) @idempotent(key: "k")`, 1)
			}
			x, y := w.Done(f.a, keyed(offerM), of(input{"employeeId": f.heir})), w.Done(f.a, keyed(offerM), of(input{"employeeId": f.heir}))
			offer := portaltest.String(x, "offer", "id")
			if portaltest.String(y, "offer", "id") != offer {
				t.Errorf("%v %v", x, y)
			}
			for range 2 {
				if p := w.Done(f.b, keyed(takeM), taking(offer)); portaltest.String(p, "account", "owner", "id") != f.heir {
					t.Errorf("%v", p)
				}
			}
			f.holdsOne(t)
		})
	})
}

// TestTheOwnershipInARace sends 64 offers, acceptances, withdrawals, suspensions and
// offboardings at once: whatever comes first, the account has one owner.
func TestTheOwnershipInARace(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		for round := range 3 {
			t.Run(fmt.Sprint("1.5: round ", round), func(t *testing.T) {
				f := newFirm(w)
				admin, third := w.Person("Adam"), w.Person("Cora")
				join(w, f.a, f.id, admin, builtIn("administrator")...)
				cora := join(w, f.a, f.id, third, builtIn("developer")...)
				offer := f.offer(f.heir)
				send := func(by *portaltest.Actor, m string, v map[string]any) func() portaltest.Response {
					return func() portaltest.Response { return w.Send(by, m, v) }
				}
				ops := []func() portaltest.Response{}
				for i := range 64 {
					switch {
					case i%8 < 4:
						ops = append(ops, send(f.b, takeM, taking(offer)))
					case i%8 == 4:
						ops = append(ops, send(f.b, withdrawM, taking(offer)))
					case i%8 == 5:
						ops = append(ops, send(f.a, withdrawM, taking(offer)))
					case i%8 == 6:
						ops = append(ops, send(f.a, offerM, of(input{"employeeId": cora})))
					case round > 0:
						ops = append(ops, send(admin, suspendM, suspending(f.heir)))
					default:
						ops = append(ops, send(admin, offboardM, of(input{"employeeId": f.heir})))
					}
				}
				rand.Shuffle(len(ops), func(i, j int) { ops[i], ops[j] = ops[j], ops[i] })
				if succeeded(t, race(ops...)) == 0 {
					t.Error("nothing was done")
				}
				owner := f.holdsOne(t)
				if owner != f.owner && owner != f.heir {
					t.Errorf("%s owns it", owner)
				}
				n, err := w.Portal.Store.Read().Grant.Query().Where(grant.EmployeeID(f.owner), grant.RoleID(staff.RoleID("administrator"))).Count(w.System())
				if err != nil || (n == 1) != (owner == f.heir) {
					t.Errorf("the former owner has %d grants: %v", n, err)
				}
			})
		}
	})
}
