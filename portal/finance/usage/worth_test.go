package usage_test

import (
	"fmt"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/usageperiod"
	"portico/ent/db/usagetotal"
	"portico/ent/statement"
	"portico/money"
	"portico/portaltest"
)

// TestUsageBeyondTheLargestAmountIsRefused fills a period up to the largest
// bill and the largest total, and reports one more.
func TestUsageBeyondTheLargestAmountIsRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		plane := w.DataPlane()
		filled := 0
		fill := func(t *testing.T, change func(u *ent.Tx, accountID string) error) (a *portaltest.Actor, app string) {
			filled++
			a = w.Funded(fmt.Sprint("Full", filled), "1000.00")
			app = w.Application(a, "MAINLAND")
			open(w, a, app, "rtc-payg", "0.00", nil)
			expect(t, "the first", reported(w, plane, app, a.AccountID+"1", "rtc.minutes", w.Portal.Store.Now()), "1+0")
			if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error { return change(tx, a.AccountID) }); err != nil {
				t.Fatal(err)
			}
			return a, app
		}
		events := func(app, prefix string, quantities ...string) (list []any) {
			for i, q := range quantities {
				list = append(list, event(app, fmt.Sprint(prefix, i), "rtc.minutes", q, at(w)))
			}
			return list
		}
		report := func(list []any) string {
			p := w.Done(plane, `mutation($i: ReportUsageInput!) { reportUsage(input: $i) { accepted rejected { index code clause } userErrors { code } } }`, input{"i": input{"events": list}})
			got := fmt.Sprint(p["accepted"])
			for _, r := range p["rejected"].([]any) {
				got += fmt.Sprint(" ", portaltest.At(r, "index"), " ", portaltest.String(r, "code"), " ", portaltest.String(r, "clause"))
			}
			return got
		}
		t.Run("3.4: to the largest bill, and not beyond", func(t *testing.T) {
			// 100 minutes at 0.0280 are 280 fen, plus one for rounding.
			a, app := fill(t, func(tx *ent.Tx, id string) error {
				return tx.UsagePeriod.Update().Where(usageperiod.AccountID(id)).SetWorth(money.MaxMinor - 2*281).Exec(tx)
			})
			expect(t, "each by itself", report(events(app, a.AccountID+"a", "100", "100", "0.01", "0")), "3 2 USAGE_AMOUNT_TOO_LARGE 3.4")
		})
		t.Run("3.4: to the largest total, and not beyond", func(t *testing.T) {
			a, app := fill(t, func(tx *ent.Tx, id string) error {
				return tx.UsagePeriod.Update().Where(usageperiod.AccountID(id)).SetQuantityMicros(statement.MostMicros - 2_000_000).Exec(tx)
			})
			expect(t, "each by itself", report(events(app, a.AccountID+"b", "1", "1", "0.000001")), "2 2 USAGE_AMOUNT_TOO_LARGE 3.4")
		})
		t.Run("a total that nobody bills stays at the most", func(t *testing.T) {
			a, app := fill(t, func(*ent.Tx, string) error { return nil })
			hour := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
			for range 2 {
				if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
					return statement.AddUsage(tx, []statement.UsageSum{{AccountID: a.AccountID, ApplicationID: app, Metric: "m", Hour: hour, Micros: statement.MostMicros - 1}})
				}); err != nil {
					t.Fatal(err)
				}
			}
			row, err := w.Portal.Store.Read().UsageTotal.Query().Where(usagetotal.AccountID(a.AccountID), usagetotal.Metric("m")).Only(w.System())
			if err != nil || row.QuantityMicros != statement.MostMicros {
				t.Errorf("%v, %v", row, err)
			}
		})
	})
}
