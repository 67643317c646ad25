package service_test

import (
	"testing"
	"time"

	"portico/ent"
	"portico/portal"
	"portico/portal/finance/ledger"
	"portico/portaltest"
)

// TestAServiceEndsNoEarlierThanItWasOpened ends services that were opened
// slightly in the future: by a transaction that began later and committed
// first, or by a replica whose clock is ahead.
func TestAServiceEndsNoEarlierThanItWasOpened(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Ahead", "10000.00")
		ahead := w.Portal.Store.Now().Add(4 * time.Millisecond)
		for name, end := range map[string]func(app, id string){
			"3.7: one that another replaces": func(app, _ string) {
				open(w, a, app, "im-flagship", "1500.00", month(1))
			},
			"3.6: one that is closed": func(_, id string) {
				w.Done(a, closing, input{"i": input{"serviceId": id}})
			},
			"3.6: one whose application is deleted": func(app, _ string) {
				w.Done(a, deletion, input{"i": w.Refused(a, deletion, input{"i": input{"applicationId": app}}).Remedy.Input})
			},
		} {
			t.Run(name, func(t *testing.T) {
				app := w.Application(a, "MAINLAND")
				id := open(w, a, app, "im-flagship", "1500.00", month(1))
				err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
					_, err := tx.ExecContext(tx, "UPDATE services SET opened_at = ? WHERE id = ?", ahead, id)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				end(app, id)
				row, err := w.Portal.Store.Read().Service.Get(w.System(), id)
				if err != nil || row.ClosedAt == nil || row.ClosedAt.Before(row.OpenedAt) {
					t.Errorf("%v, %v", row, err)
				}
				found, err := ledger.Check(w.System(), w.Portal.Store, portal.Rules()...)
				for _, f := range found {
					if f.Subject == id && (f.Rule == "LIFE" || f.Rule == "ENDED") {
						t.Errorf("%s", f)
					}
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
	})
}
