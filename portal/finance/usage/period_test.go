package usage_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/bill"
	"portico/ent/db/billline"
	"portico/ent/db/usageevent"
	"portico/ent/db/usageperiod"
	"portico/ent/db/usagetotal"
	"portico/ent/statement"
	"portico/money"
	"portico/portal/finance/billing"
	"portico/portal/finance/usage"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

const closing = 10 * time.Minute

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }

// reported reports one event and returns the answer.
func reported(w *portaltest.World, plane *portaltest.Actor, app, id, metric string, at time.Time) string {
	w.T.Helper()
	return counts(send(w, plane, event(app, id, metric, "1", stamp(at))))
}

const (
	taken   = "1+0"
	again   = "0+1"
	adjusts = "1+0 late:0"
	shut    = "0+0 0:USAGE_PERIOD_CLOSED/3.4"
)

func expect(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q instead of %q", what, got, want)
	}
}

func TestPeriodsTakeUsageUntilTheyClose(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, plane := w.Funded("Close", "1000.00"), w.DataPlane()
		app, shanghai := w.Application(a, "MAINLAND"), zone(t, "Asia/Shanghai")
		for _, plan := range []string{"rtc-payg", "push-payg", "sms-partner"} {
			open(w, a, app, plan, "0.00", nil)
		}
		n := w.Portal.Store.Now().In(shanghai)
		for _, c := range []struct {
			unit, metric string
			end          time.Time
		}{
			{"an hour", "rtc.minutes", n.Truncate(time.Hour).Add(time.Hour)},
			{"a day", "push.messages", time.Date(n.Year(), n.Month(), n.Day()+1, 0, 0, 0, 0, shanghai)},
			{"a month", "sms.messages", time.Date(n.Year(), n.Month()+1, 1, 0, 0, 0, 0, shanghai)},
		} {
			t.Run("3.4: 9 min 59 s after its end a period takes usage, after 10 min it is an adjustment", func(t *testing.T) {
				last := c.end.Add(-time.Microsecond)
				w.AdvanceTo(c.end.Add(closing - time.Second))
				expect(t, c.unit+", before", reported(w, plane, app, c.metric+" 1", c.metric, last), "0+0 0:INVALID_INPUT/")
				expect(t, c.unit+", before", reported(w, plane, app, c.metric+"-1", c.metric, last), taken)
				expect(t, c.unit+", the next", reported(w, plane, app, c.metric+"-2", c.metric, c.end), taken)
				w.AdvanceTo(c.end.Add(closing))
				expect(t, c.unit+", after", reported(w, plane, app, c.metric+"-3", c.metric, last), adjusts)
				expect(t, c.unit+", the next", reported(w, plane, app, c.metric+"-4", c.metric, c.end), taken)
			})
			t.Run("3.4: what was counted stays, whatever is reported after its period is closed", func(t *testing.T) {
				last := c.end.Add(-time.Microsecond)
				expect(t, c.unit+", the same", reported(w, plane, app, c.metric+"-1", c.metric, last), again)
				expect(t, c.unit+", other content", counts(send(w, plane, event(app, c.metric+"-1", c.metric, "2", stamp(last)))), "0+0 0:USAGE_CONFLICT/3.4")
				expect(t, c.unit+", moved to an open period", reported(w, plane, app, c.metric+"-1", c.metric, c.end), "0+0 0:USAGE_CONFLICT/3.4")
				expect(t, c.unit+", what came late, again", reported(w, plane, app, c.metric+"-3", c.metric, last), again)
				expect(t, c.unit+", what came late, moved", reported(w, plane, app, c.metric+"-3", c.metric, c.end), "0+0 0:USAGE_CONFLICT/3.4")
				expect(t, c.unit+", billed", billed(t, w, a, c.metric), "1")
			})
		}
	})
}

// billed returns the sum of the quantities of a metric in an account's bills.
func billed(t testing.TB, w *portaltest.World, a *portaltest.Actor, metric string) string {
	t.Helper()
	rows, err := w.Portal.Store.Read().BillLine.Query().Where(billline.AccountID(a.AccountID), billline.Metric(metric)).All(w.System())
	if err != nil {
		t.Fatal(err)
	}
	sum := money.NewDecimal(0)
	for _, row := range rows {
		sum = sum.Add(money.MustDecimal(row.Quantity))
	}
	return sum.String()
}

// signed records an agreement with an account that overrides a figure.
func signed(t testing.TB, w *portaltest.World, a *portaltest.Actor, figure, value string) {
	t.Helper()
	_, err := command.Do(w.System(), w.Portal.Store, command.Command{Name: "overrideFigure"}, func(tx *command.Tx) (*db.Override, error) {
		o, err := tx.Override.Create().SetAccountID(a.AccountID).SetFigure(figure).SetValue(value).SetAgreement("A-1").
			SetFromAt(tx.Now).SetRecordedBy(tx.Principal().ID).SetRecordedAt(tx.Now).Save(tx)
		if err == nil {
			tx.AuditObject(a.AccountID, o.ID)
			tx.AuditDetail(figure, value)
		}
		return o, err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSignedAgreementOverridesPeriods(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, plane := w.Funded("Signed", "1000.00"), w.Funded("Standard", "1000.00"), w.DataPlane()
		signed(t, w, a, clause.BillCloseDelay, "2h0m0s")
		signed(t, w, a, clause.AgreementZone, "Asia/Kolkata")
		ours, theirs := w.Application(a, "MAINLAND"), w.Application(b, "MAINLAND")
		open(w, a, ours, "push-payg", "0.00", nil)
		open(w, b, theirs, "push-payg", "0.00", nil)
		kolkata, shanghai := zone(t, "Asia/Kolkata"), zone(t, "Asia/Shanghai")
		n := w.Portal.Store.Now().In(kolkata)
		ourDay := time.Date(n.Year(), n.Month(), n.Day()+1, 0, 0, 0, 0, kolkata)
		theirDay := time.Date(n.Year(), n.Month(), n.Day()+1, 0, 0, 0, 0, shanghai)
		t.Run("13.3: a signed agreement sets the zone and the delay of closing for this account alone", func(t *testing.T) {
			w.AdvanceTo(theirDay.Add(closing)) // 21:40 in Kolkata
			expect(t, "the standard", reported(w, plane, theirs, "b-1", "push.messages", theirDay.Add(-time.Second)), adjusts)
			expect(t, "the signed", reported(w, plane, ours, "a-1", "push.messages", theirDay.Add(-time.Second)), taken)
			w.AdvanceTo(ourDay.Add(2*time.Hour - time.Second))
			expect(t, "before two hours", reported(w, plane, ours, "a-2", "push.messages", ourDay.Add(-time.Second)), taken)
			expect(t, "the next day", reported(w, plane, ours, "a-3", "push.messages", ourDay), taken)
			expect(t, "nothing is billed", billed(t, w, a, "push.messages"), "0")
			w.AdvanceTo(ourDay.Add(2 * time.Hour))
			expect(t, "after two hours", reported(w, plane, ours, "a-4", "push.messages", ourDay.Add(-time.Second)), adjusts)
			expect(t, "the day is billed", billed(t, w, a, "push.messages"), "2")
			row, err := w.Portal.Store.Read().Bill.Query().Where(bill.AccountID(a.AccountID)).Only(w.System())
			if err != nil || !row.FromAt.Equal(ourDay.AddDate(0, 0, -1)) || !row.ToAt.Equal(ourDay) {
				t.Errorf("the bill: %v, %v", row, err)
			}
		})
		t.Run("3.4: a period closes by the figures of its opening, not by those signed later", func(t *testing.T) {
			expect(t, "opened", reported(w, plane, theirs, "b-2", "push.messages", w.Portal.Store.Now()), taken)
			signed(t, w, b, clause.BillCloseDelay, "5h0m0s")
			day := theirDay.AddDate(0, 0, 1)
			w.AdvanceTo(day.Add(closing))
			expect(t, "after ten minutes", reported(w, plane, theirs, "b-3", "push.messages", day.Add(-time.Second)), adjusts)
		})
	})
}

// TestReportsRaceTheClosing sends reports while their period closes, in several
// rounds: the bill has exactly the accepted ones.
func TestReportsRaceTheClosing(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, plane := w.Funded("Race", "1000.00"), w.DataPlane()
		app := w.Application(a, "MAINLAND")
		open(w, a, app, "rtc-payg", "0.00", nil)
		jobs := w.Portal.Jobs
		for round := range 20 {
			hour := w.Portal.Store.Now().Truncate(time.Hour).Add(time.Hour)
			w.AdvanceTo(hour.Add(time.Hour + closing - time.Second))
			var accepted atomic.Int64 // before the closing
			var all sync.WaitGroup
			began := make(chan struct{}, 4)
			for reporter := range cap(began) {
				all.Go(func() {
					reportUntilClosed(w, plane, app, fmt.Sprint(round, "-", reporter), hour, &accepted, began)
				})
			}
			for range cap(began) {
				<-began
			}
			w.Portal.Jobs = nil // only the clock moves; two runs of the job follow, concurrently
			w.AdvanceTo(hour.Add(time.Hour + closing))
			for range 2 {
				all.Go(func() {
					if _, err := billing.Run().Run(w.System(), w.Portal.Store); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			w.Portal.Jobs = jobs
			w.RunJobs()
			expect(t, fmt.Sprint("3.4: round ", round, ", what is billed"), onBill(t, w, a, hour), fmt.Sprint(accepted.Load()))
		}
		w.AdvanceTo(w.Portal.Store.Now().Add(2 * time.Hour)) // what came after the closing is on the next bill
		events, err := w.Portal.Store.Read().UsageEvent.Query().Where(usageevent.AccountID(a.AccountID)).Count(w.System())
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "3.4: in all", billed(t, w, a, "rtc.minutes"), fmt.Sprint(events))
		w.Clean()
	})
}

// reportUntilClosed reports five events at a time for an hour until all of them
// are late. It signals when the first report was answered.
func reportUntilClosed(w *portaltest.World, plane *portaltest.Actor, app, prefix string, hour time.Time, accepted *atomic.Int64, began chan<- struct{}) {
	for n := 0; ; n++ {
		events := make([]input, 5)
		for i := range events {
			events[i] = event(app, fmt.Sprint(prefix, "-", n, "-", i), "rtc.minutes", "1", stamp(hour.Add(time.Duration(i)*time.Minute)))
		}
		r := w.Send(plane, report, input{"i": input{"events": events}})
		took, ok := portaltest.At(r.Data, "reportUsage", "accepted").(float64)
		if !ok {
			w.T.Errorf("a report failed: %s", r.Raw)
		}
		afterwards, _ := portaltest.At(r.Data, "reportUsage", "adjustments").([]any)
		inTime := int64(took) - int64(len(afterwards))
		if accepted.Add(inTime); n == 0 {
			began <- struct{}{}
		}
		if inTime == 0 {
			return
		}
	}
}

// onBill returns the quantity that the bill of an hour lists for that hour.
func onBill(t testing.TB, w *portaltest.World, a *portaltest.Actor, hour time.Time) string {
	t.Helper()
	b, err := w.Portal.Store.Read().Bill.Query().Where(bill.AccountID(a.AccountID), bill.FromAt(hour)).Only(w.System())
	if err != nil {
		t.Fatalf("the bill of %s: %v", hour, err)
	}
	l, err := w.Portal.Store.Read().BillLine.Query().Where(billline.BillID(b.ID), billline.AdjustsFromIsNil()).Only(w.System())
	if err != nil {
		t.Fatalf("its line: %v", err)
	}
	return l.Quantity
}

func TestAReportOverManyAccounts(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		var owners []*portaltest.Actor
		var apps []string
		plane := w.DataPlane()
		for i := range 12 {
			a := w.Funded(fmt.Sprint("Many", i), "200.00")
			app := w.Application(a, "MAINLAND")
			for _, plan := range []string{"push-payg", "rtc-payg", "im-developer"} {
				open(w, a, app, plan, "0.00", nil)
			}
			owners, apps = append(owners, a), append(apps, app)
		}
		over := func(apps []string, prefix string) []input {
			var events []input
			for i, app := range apps {
				for n := range 3 {
					id := fmt.Sprint(prefix, i, "-", n)
					events = append(events, event(app, id+"p", "push.messages", fmt.Sprint(i+1), at(w)), event(app, id+"r", "rtc.minutes", "0.5", at(w)),
						event(app, id+"u", metric, fmt.Sprint(n+1), at(w)))
				}
			}
			return events
		}
		for _, prefix := range []string{"first-", "second-"} { // the first opens the periods, the second finds them open
			expect(t, prefix, counts(send(w, plane, over(apps, prefix)...)), "108+0")
			expect(t, prefix+"again", counts(send(w, plane, over(apps, prefix)...)), "0+108")
		}
		for i, a := range owners {
			rows, err := w.Portal.Store.Read().UsageTotal.Query().Where(usagetotal.AccountID(a.AccountID)).All(w.System())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range rows {
				got = append(got, r.Metric+" "+money.Micros(r.QuantityMicros).String())
			}
			slices.Sort(got)
			expect(t, "3.4: the totals of an account", fmt.Sprint(got), fmt.Sprintf("[im.registered_users 3 push.messages %d rtc.minutes 3]", 6*(i+1)))
			periods, err := w.Portal.Store.Read().UsagePeriod.Query().Where(usageperiod.AccountID(a.AccountID), usageperiod.Events(6)).Count(w.System())
			if err != nil || periods != 2 {
				t.Errorf("%d periods hold 6 events, %v", periods, err)
			}
		}
	})
}

func TestARejectedAccountDoesNotKeepTheOthersFromBeingCounted(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, plane := w.Funded("Late", "200.00"), w.Funded("InTime", "200.00"), w.DataPlane()
		old, fresh := w.Application(a, "MAINLAND"), w.Application(b, "MAINLAND")
		open(w, a, old, "rtc-payg", "0.00", nil)
		open(w, b, fresh, "rtc-payg", "0.00", nil)
		opened := w.Portal.Store.Now()
		w.AdvanceTo(opened.AddDate(0, 2, 1))
		now := w.Portal.Store.Now()
		t.Run("3.4: of a report over two accounts, what is too late of one is rejected and the rest counted", func(t *testing.T) {
			expect(t, "the report", counts(send(w, plane, event(old, "1", "rtc.minutes", "1", stamp(opened)), event(fresh, "1b", "rtc.minutes", "2", at(w)),
				event(old, "2", "rtc.minutes", "3", at(w)))), "2+0 0:USAGE_PERIOD_CLOSED/3.4")
			w.AdvanceTo(now.Add(4 * time.Hour))
			expect(t, "the late", billed(t, w, a, "rtc.minutes"), "3")
			expect(t, "the other", billed(t, w, b, "rtc.minutes"), "2")
		})
	})
}

// TestTotalsHoldTheMost sends the largest reports of the largest events. They
// add up exactly, and a total has room for ninety of them: 900,000 events of
// ten million units in one hour of one application.
func TestTotalsHoldTheMost(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		const most = 10_000_000
		a := w.Funded("Most", "1000.00")
		app := w.Application(a, "MAINLAND")
		open(w, a, app, "push-payg", "0.00", nil)
		for round := range 2 {
			events := make([]usage.UsageEventInput, 10_000)
			for i := range events {
				events[i] = usage.UsageEventInput{Source: "most", EventID: fmt.Sprint(round, "-", i), ApplicationID: app, Metric: "push.messages",
					Quantity: usage.Units(money.NewDecimal(most)), At: usage.At(w.Portal.Store.Now())}
			}
			p, err := usage.ReportUsage(w.System(), w.Portal.Store, usage.ReportUsageInput{Events: events})
			if err != nil || p.Accepted != len(events) {
				t.Fatalf("%+v, %v", p, err)
			}
		}
		row, err := w.Portal.Store.Read().UsageTotal.Query().Where(usagetotal.AccountID(a.AccountID)).Only(w.System())
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "3.4: the total", money.Micros(row.QuantityMicros).String(), fmt.Sprint(2*10_000*most))
		if room := math.MaxInt64 / (row.QuantityMicros / 2); room < 90 {
			t.Errorf("a total has room for %d full reports of the most", room)
		}
		day := w.Portal.Store.Now().In(zone(t, "Asia/Shanghai"))
		w.AdvanceTo(time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, day.Location()).Add(closing))
		expect(t, "3.4: the bill", billed(t, w, a, "push.messages"), fmt.Sprint(2*10_000*most))
	})
}

// TestPeriodsAreEnteredWithinReach compares the hand-written statement with the
// rules of the others: it reads only accounts of the principal, and only open
// periods.
func TestPeriodsAreEnteredWithinReach(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, plane := w.Funded("One", "1000.00"), w.Owner("Two"), w.DataPlane()
		app := w.Application(a, "MAINLAND")
		open(w, a, app, "rtc-payg", "0.00", nil)
		open(w, a, app, "push-payg", "0.00", nil)
		send(w, plane, event(app, "1", "rtc.minutes", "1", at(w)), event(app, "2", "push.messages", "1", at(w)))
		s := w.Portal.Store
		rows, err := s.Read().UsagePeriod.Query().Where(usageperiod.AccountID(a.AccountID)).All(w.System())
		if err != nil || len(rows) != 2 {
			t.Fatalf("%v, %v", rows, err)
		}
		entries := []statement.PeriodUsage{{AccountID: a.AccountID, PeriodID: rows[0].ID, Events: 3, MostWorth: 1000}, {AccountID: a.AccountID, PeriodID: rows[1].ID, Events: 4, MostWorth: 1000}}
		enter := func(ctx context.Context) error {
			return s.Write(ctx, func(tx *ent.Tx) error { return statement.EnterPeriods(tx, entries) })
		}
		if err := enter(w.System()); err != nil {
			t.Fatal(err)
		}
		for i, want := range []int64{4, 5} {
			if row, err := s.Read().UsagePeriod.Get(w.System(), rows[i].ID); err != nil || row.Events != want {
				t.Errorf("%v, %v", row, err)
			}
		}
		if err := enter(w.As(b)); !errors.Is(err, clause.NotFound) {
			t.Errorf("a foreign account's period: %v", err)
		}
		for what, full := range map[string]statement.PeriodUsage{
			"3.4: more than the period may come to": {AccountID: a.AccountID, PeriodID: rows[0].ID, Events: 1, Worth: 1001, MostWorth: 1000},
			"3.4: more than a total of it can hold": {AccountID: a.AccountID, PeriodID: rows[0].ID, Events: 1, Micros: statement.MostMicros, MostWorth: 1000},
		} {
			if err := s.Write(w.System(), func(tx *ent.Tx) error {
				if err := statement.EnterPeriods(tx, []statement.PeriodUsage{full}); !errors.Is(err, ent.ErrStale) {
					t.Errorf("%s was entered: %v", what, err)
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
		}
		theirs := []statement.PeriodUsage{{AccountID: b.AccountID, PeriodID: rows[0].ID, Events: 1, MostWorth: 1000}}
		stale := func(what string, ctx context.Context, entries []statement.PeriodUsage) {
			err := s.Write(ctx, func(tx *ent.Tx) error {
				if err := statement.EnterPeriods(tx, entries); !errors.Is(err, ent.ErrStale) {
					t.Errorf("%s was entered: %v", what, err)
				}
				return context.Canceled // roll back
			})
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		stale("another's period under one's own account", authz.Narrow(w.System(), b.AccountID), theirs)
		w.AdvanceTo(s.Now().Add(2 * time.Hour)) // the hour is closed, the day is open
		stale("a closed period", w.System(), entries)
	})
}
