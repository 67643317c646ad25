package closing_test

import (
	"testing"
	"time"

	"portico/ent"
	"portico/portal"
	"portico/portal/finance/ledger"
	"portico/portaltest"
)

func TestServicesEndNoEarlierThanTheyWereOpened(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Ahead", "2000.00")
		p := w.Done(a, placeOne, order(w, a, "rtc-payg", w.Application(a, "MAINLAND"), "0.00", nil))
		id := portaltest.String(p, "order", "service", "id")
		coming := publish(t, w, "two")
		t.Run("0: one that was opened a moment ahead ends with the account, at one instant", func(t *testing.T) {
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				_, err := tx.ExecContext(tx, "UPDATE services SET opened_at = ? WHERE id = ?", tx.Now.Add(4*time.Millisecond), id)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			w.Done(a, declineOne, declining(a, coming, true))
			found, err := ledger.Check(w.System(), w.Portal.Store, portal.Rules()...)
			for _, f := range found {
				if f.Subject == id && (f.Rule == "LIFE" || f.Rule == "ENDED") {
					t.Errorf("%s", f)
				}
			}
			row, e := w.Portal.Store.Read().Service.Get(w.System(), id)
			if err != nil || e != nil || row.ClosedAt == nil || row.ClosedAt.Before(row.OpenedAt) {
				t.Errorf("%v, %v, %v", row, err, e)
			}
		})
	})
}
