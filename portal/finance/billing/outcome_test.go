package billing_test

import (
	"maps"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/balance"
	"portico/ent/db/price"
	"portico/ent/db/usageperiod"
	"portico/money"
	"portico/portal/finance/billing"
	"portico/portaltest"
)

const (
	periods = `query($o: BillingOutcome) { usagePeriods(outcome: $o) { nodes { outcome failure failures failedAt retryAt closedAt account { id } product { code } period { from to unit zone } } } }`
	clock   = `mutation($i: AdvanceClockInput!) { advanceClock(input: $i) { now userErrors { code } } }`
)

// outcomes returns the periods in the operators' list, by account.
func outcomes(w *portaltest.World, a *portaltest.Actor, which string) map[string]any {
	w.T.Helper()
	m := map[string]any{}
	for _, n := range portaltest.At(w.Must(a, periods, input{"o": which}), "usagePeriods", "nodes").([]any) {
		m[portaltest.String(n, "account", "id")] = n
	}
	return m
}

// balanceOwed sets what an account owes.
func balanceOwed(w *portaltest.World, accountID string, minor int64) {
	w.T.Helper()
	if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		return tx.Balance.Update().Where(balance.AccountID(accountID)).SetReceivableMinor(minor).Exec(tx)
	}); err != nil {
		w.T.Fatal(err)
	}
}

// TestAPeriodThatCantBeBilled checks that every due period has an outcome, and
// that one that fails is reported, is tried again, and delays no other.
func TestAPeriodThatCantBeBilled(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		broken, unlisted, sound, idle := open(w, "Broken", "100.00"), open(w, "Unlisted", "100.00"), open(w, "Sound", "100.00"), open(w, "Idle", "100.00")
		finance, platform := w.Operator("operator-finance"), w.Platform()
		for _, s := range []*shop{broken, sound, idle} {
			s.order("rtc-payg", "0.00", nil)
		}
		unlisted.order("push-payg", "0.00", nil)
		hour := sound.nextHour()
		w.AdvanceTo(hour)
		spoil(t, broken, unlisted, sound, idle, hour)
		move := func(to time.Time) {
			t.Helper()
			p := w.Done(platform, clock, input{"i": input{"to": to.Format(time.RFC3339Nano)}})
			if portaltest.String(p, "now") != to.UTC().Format(time.RFC3339Nano) {
				t.Fatalf("the clock stands at %v", p)
			}
		}
		due := sound.nextDay().Add(closing)
		move(due)
		t.Run("3.4: it has an outcome with its reason, and the others are billed", func(t *testing.T) {
			failed := outcomes(w, finance, "FAILED")
			if len(failed) != 2 || portaltest.String(failed[broken.owner.AccountID], "failure") != "AMOUNT_TOO_LARGE" ||
				portaltest.String(failed[unlisted.owner.AccountID], "failure") != "NO_PRICE" || portaltest.At(failed[broken.owner.AccountID], "closedAt") != nil {
				t.Fatalf("%v", failed)
			}
			if nodes := portaltest.At(w.Must(finance, periods, nil), "usagePeriods", "nodes").([]any); len(nodes) != 2 {
				t.Errorf("by default: %v", nodes)
			}
			if billed := outcomes(w, finance, "BILLED"); len(billed) != 1 || billed[sound.owner.AccountID] == nil {
				t.Errorf("billed: %v", billed)
			}
			if empty := outcomes(w, finance, "EMPTY"); len(empty) != 1 || empty[idle.owner.AccountID] == nil {
				t.Errorf("empty: %v", empty)
			}
			sound.expect(t, "the bill", sound.bills()[0], "rtc 28.00 28.00 PAID")
		})
		t.Run("3.4: the metrics report how many there are", func(t *testing.T) { failedAre(t, w, 1, 1) })
		t.Run("3.4: only who reviews bills sees it", func(t *testing.T) {
			for _, a := range []*portaltest.Actor{broken.owner, w.Operator("support"), nil} {
				if r := w.Send(a, periods, nil); len(r.Errors) != 1 {
					t.Errorf("%s", r.Raw)
				}
			}
		})
		t.Run("3.4: it is tried again later and later, at most a day apart", func(t *testing.T) { triedAgain(t, unlisted, due, move) })
		t.Run("3.4: once nothing stands in its way it is billed, and no usage is lost", func(t *testing.T) {
			balanceOwed(w, broken.owner.AccountID, 0)
			move(w.Portal.Store.Now().Add(24 * time.Hour))
			if failed := outcomes(w, finance, "FAILED"); failed[broken.owner.AccountID] != nil {
				t.Errorf("%v", failed)
			}
			broken.expect(t, "the bill", broken.bills()[0], "rtc 280.00 100.00 UNPAID")
			row := outcomes(w, finance, "BILLED")[broken.owner.AccountID]
			if portaltest.At(row, "retryAt") != nil || portaltest.At(row, "failure") != nil || portaltest.String(row, "period", "zone") != "Asia/Shanghai" {
				t.Errorf("%v", row)
			}
		})
	})
}

// failedAre checks how many periods have failed for each reason, by the
// metrics.
func failedAre(t *testing.T, w *portaltest.World, tooLarge, noPrice int) {
	t.Helper()
	want := map[string]int{billing.FailedTooLarge: tooLarge, billing.FailedNoPrice: noPrice, billing.FailedInternal: 0}
	if got, err := billing.Failed(w.System(), w.Portal.Store); err != nil || !maps.Equal(got, want) {
		t.Errorf("%v %v", got, err)
	}
}

// triedAgain checks when a period that failed at a time is billed again.
func triedAgain(t *testing.T, s *shop, due time.Time, move func(time.Time)) {
	of := func() (int64, time.Time) {
		row, err := s.Portal.Store.Read().UsagePeriod.Query().Where(usageperiod.AccountID(s.owner.AccountID)).Only(s.System())
		if err != nil {
			t.Fatal(err)
		}
		return row.Failures, *row.RetryAt
	}
	n, first := of()
	if n != 1 || !first.Equal(due.Add(10*time.Minute)) {
		t.Fatalf("%d failures, again at %s", n, first)
	}
	move(first.Add(-time.Microsecond))
	if n, _ := of(); n != 1 {
		t.Errorf("tried %d times before its time", n)
	}
	move(first)
	if n, second := of(); n != 2 || !second.Equal(first.Add(20*time.Minute)) {
		t.Errorf("%d failures, again at %s", n, second)
	}
	move(first.AddDate(0, 0, 10))
	if n, next := of(); n < 12 || n > 20 || next.Sub(s.Portal.Store.Now()) > 24*time.Hour {
		t.Errorf("%d failures in ten days, again at %s", n, next)
	}
}

// spoil reports usage for every shop from an hour on, and makes two shops
// unbillable.
func spoil(t *testing.T, broken, unlisted, sound, idle *shop, hour time.Time) {
	t.Helper()
	broken.uses("rtc.minutes", "10000", hour) // 280.00, of which 100.00 are there
	sound.uses("rtc.minutes", "1000", hour)
	idle.uses("rtc.minutes", "0", hour)
	unlisted.uses("push.messages", "1000", hour)
	balanceOwed(broken.World, broken.owner.AccountID, money.MaxBalance-17_999) // a fen more than a balance holds
	if err := broken.Portal.Store.Write(broken.System(), func(tx *ent.Tx) error {
		_, err := tx.Client().Price.Delete().Where(price.Metric("push.messages")).Exec(tx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
