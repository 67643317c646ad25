package main_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portico/money"
	"portico/portal/finance/billing"
	"portico/portal/finance/usage"
	"portico/portaltest"
)

// meters returns accounts of ten applications each, with one service that is
// billed hourly and measures calls, and one that is free and limits its users.
func meters(w *portaltest.World, accounts int) (owners []*portaltest.Actor, apps []string) {
	const place = `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } userErrors { code } } }`
	for i := range accounts {
		a := w.Funded(fmt.Sprint("Meters", i), "500.00")
		owners = append(owners, a)
		for range 10 {
			app := w.Application(a, "MAINLAND")
			apps = append(apps, app)
			for _, plan := range []string{"rtc-payg", "im-developer"} {
				w.Done(a, place, map[string]any{"i": map[string]any{"accountId": a.AccountID, "planId": w.PlanID(plan), "applicationId": app,
					"expectedTotal": map[string]any{"amount": "0.00", "currency": "CNY"}}})
			}
		}
	}
	return owners, apps
}

// use reports a thousand events of applications.
func use(t *testing.T, w *portaltest.World, prefix string, apps []string, metric string, at time.Time) {
	t.Helper()
	events := make([]usage.UsageEventInput, 1000)
	for i := range events {
		events[i] = usage.UsageEventInput{Source: prefix, EventID: fmt.Sprint(i), ApplicationID: apps[i%len(apps)], Metric: metric, Quantity: usage.Units(money.NewDecimal(1)), At: usage.At(at)}
	}
	p, err := usage.ReportUsage(w.System(), w.Portal.Store, usage.ReportUsageInput{Events: events})
	if err != nil || p.Accepted != len(events) {
		t.Fatalf("%+v, %v", p, err)
	}
}

// mostForAReport is the number of statements of a report of a thousand events,
// including COMMIT, for any number of accounts. A report of levels takes two
// more, which read what else counts towards the limits of the accounts (2.3).
var mostForAReport = map[string]int{"rtc.minutes": 13, "im.registered_users": 15}

func TestStatementsOfAReport(t *testing.T) {
	worlds(t, func(t *testing.T, w *portaltest.World, l *log) {
		_, apps := meters(w, 5)
		for metric, most := range mostForAReport {
			for _, over := range [][]string{apps[:10], apps} {
				source := fmt.Sprint(metric, "-", len(over), "-")
				use(t, w, source+"1", over, metric, w.Portal.Store.Now()) // opens the new periods
				l.take()
				use(t, w, source+"2", over, metric, w.Portal.Store.Now())
				if got := l.take(); len(got) > most {
					t.Errorf("%d statements for %s of %d applications, at most %d are expected:\n%s", len(got), metric, len(over), most,
						strings.Join(heads(got), "\n"))
				}
			}
		}
	})
}

// mostForABill is the number of statements to close a period, rate ten lines,
// look for signed prices and late usage, store four names (of the account, its
// holder, the legal entity, the plans), and store and deduct the bill.
// mostForSeveral is the number for several bills in one transaction, whatever their
// number, except that rows are inserted with a few statements for each table.
// mostForARun is what a run takes in addition, for any number of bills.
const (
	mostForABill   = 22
	mostForSeveral = 26
	mostForARun    = 3
)

func TestStatementsOfABill(t *testing.T) {
	worlds(t, func(t *testing.T, w *portaltest.World, l *log) {
		_, apps := meters(w, 3)
		jobs := w.Portal.Jobs
		for _, accounts := range []int{1, 3} {
			hour := w.Portal.Store.Now().Truncate(time.Hour).Add(time.Hour)
			w.AdvanceTo(hour.Add(time.Minute))
			use(t, w, fmt.Sprint("bills-", accounts), apps[:10*accounts], "rtc.minutes", hour)
			w.Portal.Jobs = nil // only the clock moves
			w.AdvanceTo(hour.Add(2 * time.Hour))
			w.Portal.Jobs = jobs
			l.take()
			n, err := billing.Run().Run(w.System(), w.Portal.Store)
			if err != nil || n != accounts {
				t.Fatalf("%d bills, %v", n, err)
			}
			got := l.take()
			most := mostForABill + mostForARun
			if accounts > 1 {
				most = mostForSeveral + mostForARun
			}
			if len(got) > most {
				t.Errorf("%d statements for %d bills, at most %d are expected:\n%s", len(got), accounts, most, strings.Join(heads(got), "\n"))
			}
		}
	})
}
