package billing_test

import (
	"fmt"
	"testing"
	"time"

	"portico/portal/offer/catalog"
	"portico/portal/offer/catalog/demo"
	"portico/portaltest"
)

func TestAPriceThatChangesInMidCycle(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := open(w, "Change", "500.00")
		s.order("sms-partner", "0.00", nil)
		change := time.Date(2026, 3, 16, 0, 0, 0, 0, zone)
		doc := demo.Catalogue()
		for i := range doc.Products {
			for j := range doc.Products[i].Plans {
				if plan := &doc.Products[i].Plans[j]; plan.Code == "sms-partner" {
					next := plan.Prices[0]
					next.UnitPrice, next.EffectiveFrom = "0.0525", change
					plan.Prices = append(plan.Prices, next)
				}
			}
		}
		if err := catalog.Load(w.System(), w.Portal.Store, doc); err != nil {
			t.Fatal(err)
		}
		t.Run("3.3: what is used before a price changes is billed at the old one, what is used after at the new", func(t *testing.T) {
			w.AdvanceTo(time.Date(2026, 3, 20, 12, 0, 0, 0, zone))
			s.uses("sms.messages", "999", time.Date(2026, 3, 10, 12, 0, 0, 0, zone))
			s.uses("sms.messages", "1", change.Add(-time.Microsecond))
			s.uses("sms.messages", "1", change)
			s.uses("sms.messages", "300", time.Date(2026, 3, 20, 12, 0, 0, 0, zone))
			w.AdvanceTo(time.Date(2026, 4, 1, 0, 10, 0, 0, zone))
			s.expect(t, "the bill", fmt.Sprint(s.bills()), "[sms 60.80 60.80 PAID]")
			s.expect(t, "the lines", s.lines(0), "sms.messages 1000 0.0450 45.00, sms.messages 301 0.0525 15.80")
			s.expect(t, "the balance", s.balances(), "439.20 0.00 0.00")
		})
		t.Run("3.3: the next month has the new price alone", func(t *testing.T) {
			s.uses("sms.messages", "100", w.Portal.Store.Now())
			w.AdvanceTo(time.Date(2026, 5, 1, 0, 10, 0, 0, zone))
			s.expect(t, "the line", s.lines(0), "sms.messages 100 0.0525 5.25")
		})
		w.Clean()
	})
}

// lines returns metric, quantity, price and amount of the lines of a bill. The
// newest bill is 0.
func (s *shop) lines(of int) string {
	s.T.Helper()
	text := ""
	for _, l := range portaltest.At(s.look(), "bills", "nodes", of, "lines").([]any) {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprint(portaltest.String(l, "metric"), " ", portaltest.String(l, "quantity"), " ", portaltest.String(l, "unitPrice"), " ",
			portaltest.String(l, "amount", "amount"))
	}
	return text
}
