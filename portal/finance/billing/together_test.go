package billing_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/bill"
	"portico/portal/finance/billing"
	"portico/portaltest"
)

// TestHoursBilledTogether checks that an hour is billed as if it were billed alone,
// whichever others are billed in the same run, and once though two runs race.
func TestHoursBilledTogether(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		var shops []*shop
		for i, funds := range []string{"500.00", "500.00", "100.00", "500.00", "500.00"} {
			s := open(w, fmt.Sprint("Together", i), funds)
			s.order("rtc-payg", "0.00", nil)
			shops = append(shops, s)
		}
		hour := shops[0].nextHour()
		late := shops[3]
		w.AdvanceTo(hour.Add(time.Minute))
		late.uses("rtc.minutes", "1", hour)
		w.AdvanceTo(hour.Add(time.Hour + closing)) // the first hour of one of them is billed
		hour = hour.Add(time.Hour)
		late.uses("rtc.minutes", "1000", hour.Add(-time.Minute))
		for i, s := range shops {
			s.uses("rtc.minutes", fmt.Sprint(1000*(i+1)+i), hour)
			s.uses("rtc.minutes", "0.25", hour.Add(time.Minute))
		}
		shops[2].uses("rtc.minutes", "5000", hour)
		jobs := w.Portal.Jobs
		w.Portal.Jobs = nil // only the clock moves
		w.AdvanceTo(hour.Add(time.Hour + closing))
		w.Portal.Jobs = jobs
		var racing sync.WaitGroup
		for range 2 {
			racing.Go(func() {
				if _, err := billing.Run().Run(w.System(), w.Portal.Store); err != nil {
					t.Error(err)
				}
			})
		}
		racing.Wait()
		for i, want := range []struct{ bills, balances string }{
			{"[rtc 28.01 28.01 PAID]", "471.99 0.00 0.00"},
			{"[rtc 56.04 56.04 PAID]", "443.96 0.00 0.00"},
			{"[rtc 224.06 100.00 UNPAID]", "0.00 0.00 124.06"},
			{"[rtc 0.03 0.03 PAID rtc 140.09 140.09 PAID]", "359.88 0.00 0.00"},
			{"[rtc 140.12 140.12 PAID]", "359.88 0.00 0.00"},
		} {
			shops[i].expect(t, fmt.Sprintf("3.4: the bills of account %d", i), fmt.Sprint(shops[i].bills()), want.bills)
			shops[i].expect(t, fmt.Sprintf("3.4: the balance of account %d", i), shops[i].balances(), want.balances)
		}
		shops[0].expect(t, "the line", shops[0].lines(0), "rtc.minutes 1000.25 0.0280 28.01")
		t.Run("1.2: each bill has an audit event of its own", func(t *testing.T) {
			c := w.Portal.Store.Read()
			for _, b := range c.Bill.Query().Order(db.Asc(bill.FieldID)).AllX(w.System()) {
				e, err := c.AuditEvent.Query().Where(auditevent.ObjectID(b.ID), auditevent.Action("billPeriod")).Only(w.System())
				if err != nil || e.AccountID != b.AccountID || e.Details != fmt.Sprintf(`{"amount":"%d.%02d","number":"%s"}`, b.TotalMinor/100, b.TotalMinor%100, b.Number) &&
					b.Status == bill.StatusPAID {
					t.Errorf("%s: %v, %v", b.ID, e, err)
				}
			}
		})
		w.Clean()
	})
}
