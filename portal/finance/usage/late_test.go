package usage_test

import (
	"fmt"
	"testing"
	"time"

	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/bill"
	"portico/ent/db/billline"
	"portico/portal/offer/catalog"
	"portico/portal/offer/catalog/demo"
	"portico/portaltest"
)

// nextBill returns what the bill of the period that starts at a time lists:
// quantity, unit price, and for late usage its hour.
func nextBill(t testing.TB, w *portaltest.World, a *portaltest.Actor, from time.Time) string {
	t.Helper()
	b, err := w.Portal.Store.Read().Bill.Query().Where(bill.AccountID(a.AccountID), bill.FromAt(from)).Only(w.System())
	if err != nil {
		t.Fatalf("the bill of %s: %v", from, err)
	}
	rows, err := w.Portal.Store.Read().BillLine.Query().Where(billline.BillID(b.ID)).Order(db.Asc(billline.FieldPosition)).All(w.System())
	if err != nil {
		t.Fatal(err)
	}
	s := ""
	for _, l := range rows {
		s += l.Quantity + " x " + l.UnitPrice
		if l.AdjustsFrom != nil {
			s += " of " + l.AdjustsFrom.UTC().Format(time.RFC3339) + "+" + l.AdjustsTo.Sub(*l.AdjustsFrom).String()
		}
		s += ", "
	}
	return s
}

func TestLateUsageIsOwedUntilItsBillCantBeDisputed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, other, plane := w.Funded("Later", "1000.00"), w.Funded("SameDay", "1000.00"), w.DataPlane()
		signed(t, w, other, clause.BillDisputeToMonthEnd, "false")
		app, theirs, shanghai := w.Application(a, "MAINLAND"), w.Application(other, "MAINLAND"), zone(t, "Asia/Shanghai")
		open(w, a, app, "rtc-payg", "0.00", nil)
		open(w, other, theirs, "rtc-payg", "0.00", nil)
		hour := w.Portal.Store.Now().Truncate(time.Hour).Add(time.Hour)
		w.AdvanceTo(hour.Add(time.Hour))
		expect(t, "in time", reported(w, plane, app, "1", "rtc.minutes", hour), taken)
		w.AdvanceTo(hour.Add(time.Hour + closing))
		t.Run("3.4: late usage is a line of the next bill, marked with the period that it belongs to", func(t *testing.T) {
			p := send(w, plane, event(app, "2", "rtc.minutes", "5", stamp(hour.Add(time.Minute))), event(app, "3", "rtc.minutes", "7", at(w)))
			expect(t, "the answer", counts(p), "2+0 late:0")
			mark := portaltest.At(p, "adjustments", 0)
			expect(t, "the mark", fmt.Sprint(portaltest.String(mark, "source"), portaltest.String(mark, "eventId"), portaltest.String(mark, "from"), portaltest.String(mark, "to")),
				"edge-12"+hour.UTC().Format(time.RFC3339)+hour.Add(time.Hour).UTC().Format(time.RFC3339))
			w.AdvanceTo(hour.Add(2*time.Hour + closing))
			expect(t, "its bill", nextBill(t, w, a, hour.Add(time.Hour)), "7 x 0.0280, 5 x 0.0280 of "+hour.UTC().Format(time.RFC3339)+"+1h0m0s, ")
			expect(t, "its own bill stands", nextBill(t, w, a, hour), "1 x 0.0280, ")
			d := w.Must(a, `query($a: ID!) { account(id: $a) { bills(first: 1) { nodes { disputeRule disputableUntil lines { adjustment adjustedPeriod { from unit } } } } } }`, input{"a": a.AccountID})
			b := portaltest.At(d, "account", "bills", "nodes", 0)
			expect(t, "as the API shows it", fmt.Sprint(portaltest.At(b, "lines", 0), portaltest.At(b, "lines", 1, "adjustment"), portaltest.String(b, "lines", 1, "adjustedPeriod", "unit")),
				"map[adjustedPeriod:<nil> adjustment:false] trueHOUR")
			expect(t, "its rule", portaltest.String(b, "disputeRule"), "month-end:1")
		})
		used, unbilled := hour.Add(30*time.Minute), hour.Add(3*time.Hour+30*time.Minute)
		sent := hour.Add(time.Hour + closing).In(shanghai) // when that hour's bill was sent, or would have been
		sameDay := time.Date(sent.Year(), sent.Month()+1, sent.Day()+1, 0, 0, 0, 0, shanghai)
		monthEnd := time.Date(sent.Year(), sent.Month()+2, 1, 0, 0, 0, 0, shanghai)
		t.Run("3.4: an agreement by which disputes end on the same day of the next month ends late usage then", func(t *testing.T) {
			w.AdvanceTo(sameDay.Add(-time.Minute))
			expect(t, "before", reported(w, plane, theirs, "b-1", "rtc.minutes", used), adjusts)
			w.AdvanceTo(sameDay)
			expect(t, "at it", reported(w, plane, theirs, "b-2", "rtc.minutes", used), shut)
		})
		t.Run("3.4: a minute before the next month ends late usage is accepted, at its end it is rejected", func(t *testing.T) {
			w.AdvanceTo(monthEnd.Add(-time.Minute))
			expect(t, "before", reported(w, plane, app, "c-1", "rtc.minutes", used), adjusts)
			expect(t, "before, of an hour without a bill", reported(w, plane, app, "d-1", "rtc.minutes", unbilled), adjusts)
			w.AdvanceTo(monthEnd)
			expect(t, "at it", reported(w, plane, app, "c-2", "rtc.minutes", used), shut)
			expect(t, "at it, of an hour without a bill", reported(w, plane, app, "d-2", "rtc.minutes", unbilled), shut)
			expect(t, "at it, of a day before", reported(w, plane, app, "e-1", "rtc.minutes", monthEnd.Add(-24*time.Hour)), adjusts)
		})
		w.AdvanceTo(w.Portal.Store.Now().Add(2 * time.Hour))
		expect(t, "3.4: all that was accepted is billed", billed(t, w, a, "rtc.minutes"), "16")
		w.Clean()
	})
}

func TestLateUsageIsRatedAtThePriceOfItsTime(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, plane := w.Funded("Dear", "1000.00"), w.DataPlane()
		app := w.Application(a, "MAINLAND")
		open(w, a, app, "rtc-payg", "0.00", nil)
		hour := w.Portal.Store.Now().Truncate(time.Hour).Add(2 * time.Hour)
		doc := demo.Catalogue()
		for i := range doc.Products {
			if plan := &doc.Products[i].Plans[0]; plan.Code == "rtc-payg" {
				next := plan.Prices[0]
				next.UnitPrice, next.EffectiveFrom = "1.00", hour
				plan.Prices = append(plan.Prices, next)
			}
		}
		if err := catalog.Load(w.System(), w.Portal.Store, doc); err != nil {
			t.Fatal(err)
		}
		w.AdvanceTo(hour.Add(time.Hour + closing))
		expect(t, "3.3: late usage at the old price and the new", counts(send(w, plane, event(app, "1", "rtc.minutes", "10", stamp(hour.Add(-time.Second))),
			event(app, "2", "rtc.minutes", "20", stamp(hour)))), "2+0 late:0 late:1")
		w.AdvanceTo(hour.Add(2*time.Hour + closing))
		of := func(at time.Time) string { return " of " + at.UTC().Format(time.RFC3339) + "+1h0m0s, " }
		expect(t, "3.3: rated", nextBill(t, w, a, hour.Add(time.Hour)), "10 x 0.0280"+of(hour.Add(-time.Hour))+"20 x 1.00"+of(hour))
		w.Clean()
	})
}
