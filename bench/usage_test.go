package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"portico/bench/floor"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/service"
	"portico/ent/db/usageevent"
	"portico/ent/db/usageperiod"
	"portico/ent/db/usagetotal"
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
var mostForAReport = map[string]int{"rtc.minutes": 12, "im.registered_users": 14}

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

// reporter is an account with metered services, which one side reports for.
type reporter struct {
	w         *portaltest.World
	side      string
	accountID string
	apps      []string
	names     map[string]string // of ids, the same for both sides
	send      func(events []map[string]any) string
}

// newReporter returns an account whose agreement sets a zone and a price. Its last
// application has no service.
func newReporter(w *portaltest.World, side string) *reporter {
	a := w.Funded("Reports"+side, "500.00")
	r := &reporter{w: w, side: side, accountID: a.AccountID, names: map[string]string{a.AccountID: "account"}}
	const place = `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } userErrors { code } } }`
	for i := range 3 {
		app := w.Application(a, "MAINLAND")
		r.apps, r.names[app] = append(r.apps, app), fmt.Sprint("application ", i)
		for _, plan := range []string{"rtc-payg", "push-payg", "sms-partner"}[:3*(2-i)/2] {
			w.Done(a, place, map[string]any{"i": map[string]any{"accountId": a.AccountID, "planId": w.PlanID(plan), "applicationId": app,
				"expectedTotal": map[string]any{"amount": "0.00", "currency": "CNY"}}})
		}
	}
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		sign := func(figure, value string) *db.OverrideCreate {
			return tx.Override.Create().SetAccountID(a.AccountID).SetFigure(figure).SetValue(value).SetAgreement("A-1").
				SetFromAt(tx.Now).SetRecordedBy("bench").SetRecordedAt(tx.Now)
		}
		return tx.Override.CreateBulk(sign("agreement.zone", "Asia/Kathmandu"), sign("bill.close_delay", "20m"),
			sign("price.rtc-payg.rtc.minutes", "0.0333").SetPlanID(w.PlanID("rtc-payg")).SetMetric("rtc.minutes").SetPer("7")).Exec(tx)
	})
	if err != nil {
		w.T.Fatal(err)
	}
	for i, s := range w.Portal.Store.Read().Service.Query().Where(service.AccountID(a.AccountID)).Order(db.Asc(service.FieldID)).AllX(w.System()) {
		r.names[s.ID] = fmt.Sprint("service ", i)
	}
	return r
}

// event is one event of an application.
func (r *reporter) event(app int, id, metric, quantity string, at time.Time) map[string]any {
	return map[string]any{"source": r.side, "eventId": id, "applicationId": r.apps[app], "metric": metric, "quantity": quantity, "at": at.UTC().Format(time.RFC3339Nano)}
}

// reports are reports of every kind of event that the bench sends, and of those that
// are rejected. Late usage and levels are left out: the floor has none.
func (r *reporter) reports(now time.Time) (all [][]map[string]any) {
	metrics := []string{"rtc.minutes", "push.messages", "sms.messages"}
	for n := range 2 {
		var events []map[string]any
		for i := range 120 {
			at := now.Add(-time.Duration(i) * 11 * time.Second).Add(-time.Duration(i) * 123457 * time.Nanosecond)
			events = append(events, r.event(i%2, fmt.Sprint(n, "-", i), metrics[i%3], fmt.Sprintf("%d.%d", i%13, i%100), at))
		}
		unknown := r.event(0, fmt.Sprint("unknown", n), "rtc.minutes", "1", now)
		unknown["applicationId"] = "appl_00000000000000000000000000"
		all = append(all, append(events,
			r.event(0, "0-3", "rtc.minutes", "3.3", now.Add(-3*11*time.Second).Add(-3*123457*time.Nanosecond)), // other application
			r.event(1, "0-3", "rtc.minutes", "3.3", now.Add(-3*11*time.Second).Add(-3*123457*time.Nanosecond)), // a duplicate
			r.event(0, "0-0", "rtc.minutes", "1000", now),
			r.event(0, fmt.Sprint("zero", n), "rtc.minutes", "0", now),
			r.event(0, fmt.Sprint("six", n), "rtc.minutes", "0.000001", now),
			r.event(0, fmt.Sprint("most", n), "push.messages", "10000000", now),
			r.event(0, fmt.Sprint("more", n), "push.messages", "10000000.000001", now),
			r.event(0, fmt.Sprint("form", n), "push.messages", "1.0000001", now),
			r.event(0, fmt.Sprint("a b", n), "push.messages", "1", now),
			r.event(0, fmt.Sprint("future", n), "rtc.minutes", "1", now.Add(time.Second)),
			r.event(0, fmt.Sprint("early", n), "rtc.minutes", "1", now.Add(-1000*time.Hour)),
			r.event(2, fmt.Sprint("none", n), "rtc.minutes", "1", now), unknown,
			r.event(0, fmt.Sprint("metric", n), "no.metric", "1", now)))
	}
	return all
}

var anID = regexp.MustCompile(`\b([a-z]{4})_[0-9A-Z]{26}\b`)

// masked is a row or an answer as text, in which ids are the same for both sides.
func (r *reporter) masked(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		r.w.T.Fatal(err)
	}
	return anID.ReplaceAllStringFunc(strings.ReplaceAll(string(text), `"`+r.side+`"`, `"side"`), func(id string) string {
		if name, known := r.names[id]; known {
			return name
		}
		return id[:4]
	})
}

// written is what a side has stored, one text for each row.
func (r *reporter) written() (rows []string) {
	c, ctx := r.w.Portal.Store.Read(), r.w.System()
	for _, p := range c.UsagePeriod.Query().Where(usageperiod.AccountID(r.accountID)).AllX(ctx) {
		r.names[p.ID] = fmt.Sprint("period of ", p.ProductID, " from ", p.FromAt)
		rows = append(rows, "period "+r.masked(p))
	}
	for _, e := range c.UsageEvent.Query().Where(usageevent.AccountID(r.accountID)).AllX(ctx) {
		rows = append(rows, "event "+r.masked(e))
	}
	for _, t := range c.UsageTotal.Query().Where(usagetotal.AccountID(r.accountID)).AllX(ctx) {
		rows = append(rows, "total "+r.masked(t))
	}
	slices.Sort(rows)
	return rows
}

func sendToFloor(f *floor.Floor, token string, events []map[string]any) string {
	body, err := json.Marshal(map[string]any{"events": events})
	if err != nil {
		panic(err) // maps of texts
	}
	req := httptest.NewRequest(http.MethodPost, "/usage", bytes.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+token)
	rec := httptest.NewRecorder()
	f.Handler().ServeHTTP(rec, req)
	return rec.Body.String()
}

// sendToPortico returns the answer in the form of the floor's.
func sendToPortico(w *portaltest.World, plane *portaltest.Actor, events []map[string]any) string {
	p := w.Done(plane, `mutation($i: ReportUsageInput!) { reportUsage(input: $i) {
		accepted duplicates rejected { index code clause } adjustments { index } overLimit { index } userErrors { code } } }`, map[string]any{"i": map[string]any{"events": events}})
	for _, r := range p["rejected"].([]any) {
		if r := r.(map[string]any); r["clause"] == nil {
			r["clause"] = ""
		}
	}
	if len(p["adjustments"].([]any))+len(p["overLimit"].([]any)) > 0 {
		w.T.Error("the reports hold what the floor has not")
	}
	maps.DeleteFunc(p, func(k string, _ any) bool { return k == "userErrors" || k == "adjustments" || k == "overLimit" })
	text, err := json.Marshal(p)
	if err != nil {
		w.T.Fatal(err)
	}
	return string(text)
}

// The bench is fair only if both sides store the same: every event, hourly total and
// period with all columns, and what the audit event records.
func TestBothSidesWriteTheSameUsage(t *testing.T) {
	for _, engine := range portaltest.Engines {
		t.Run(engine, func(t *testing.T) {
			w := portaltest.New(t, engine)
			plane := w.DataPlane()
			f, err := floor.Open(t.Context(), w.Database, 4, w.Portal.Store.Now)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			sides := []*reporter{newReporter(w, "floor"), newReporter(w, "portico")}
			sides[0].send = func(events []map[string]any) string { return sendToFloor(f, w.Token(plane), events) }
			sides[1].send = func(events []map[string]any) string { return sendToPortico(w, plane, events) }
			w.AdvanceTo(w.Portal.Store.Now().Truncate(time.Hour).Add(12 * time.Hour))
			var answers, audited [2][]string
			for i, s := range sides {
				for _, events := range s.reports(w.Portal.Store.Now()) {
					var answer any
					if err := json.Unmarshal([]byte(s.send(events)), &answer); err != nil {
						t.Fatal(err)
					}
					answers[i] = append(answers[i], s.masked(answer))
					a := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action("reportUsage")).Order(db.Desc(auditevent.FieldID)).FirstX(w.System())
					audited[i] = append(audited[i], fmt.Sprint(a.AccountID, a.At, a.ActorKind, a.ActorID, a.ActingAs, a.ObjectID, a.Result, a.Code, a.Clause, a.Details))
				}
			}
			for _, c := range []struct {
				what           string
				floor, portico []string
			}{{"rows", sides[0].written(), sides[1].written()}, {"answers", answers[0], answers[1]}, {"audit events", audited[0], audited[1]}} {
				if len(c.floor) == 0 || !slices.Equal(c.floor, c.portico) {
					t.Errorf("%s differ. floor:\n%s\nportico:\n%s", c.what, strings.Join(c.floor, "\n"), strings.Join(c.portico, "\n"))
				}
			}
		})
	}
}
