package billing_test

import (
	"testing"
	"time"

	"portico/portaltest"
)

// TestABillCanBeDisputedForOneMonth reads the deadline as the customer does.
// The bill of an hour of 2 March 2026 is sent on that day.
func TestABillCanBeDisputedForOneMonth(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := open(w, "Objector", "1000.00")
		s.order("rtc-payg", "0.00", nil)
		hour := s.nextHour()
		s.AdvanceTo(hour)
		s.uses("rtc.minutes", "5", hour)
		s.AdvanceTo(hour.Add(time.Hour + closing))
		d := s.Must(s.owner, `query($a: ID!) { account(id: $a) { bills(first: 1) { nodes { disputeRule disputableUntil } } } }`, input{"a": s.owner.AccountID})
		b := portaltest.At(d, "account", "bills", "nodes", 0)
		t.Run("3.4: a bill sent in March can be disputed until the end of April", func(t *testing.T) {
			until, err := time.Parse(time.RFC3339Nano, portaltest.String(b, "disputableUntil"))
			if want := time.Date(2026, 5, 1, 0, 0, 0, 0, zone); err != nil || !until.Equal(want) {
				t.Errorf("until %v, not %v: %v", until, want, err)
			}
			s.expect(t, "by the rule", portaltest.String(b, "disputeRule"), "month-end:1")
		})
	})
}

// TestADayIsOfShanghai reads the period of a day's bill as the customer does.
func TestADayIsOfShanghai(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := open(w, "Daily", "1000.00")
		s.order("push-payg", "0.00", nil)
		s.uses("push.messages", "1000", s.Portal.Store.Now())
		s.AdvanceTo(s.nextDay().Add(closing))
		d := s.Must(s.owner, `query($a: ID!) { account(id: $a) { bills(first: 1) { nodes { period { from to } } } } }`, input{"a": s.owner.AccountID})
		period := portaltest.At(d, "account", "bills", "nodes", 0, "period")
		t.Run("0: the bill of a day is of a day as Shanghai counts it", func(t *testing.T) {
			s.expect(t, "from", portaltest.String(period, "from"), "2026-03-01T16:00:00Z")
			s.expect(t, "to", portaltest.String(period, "to"), "2026-03-02T16:00:00Z")
		})
	})
}
