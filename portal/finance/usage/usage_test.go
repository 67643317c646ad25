package usage_test

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db/restriction"
	"portico/ent/db/usagetotal"
	"portico/ent/statement"
	"portico/money"
	"portico/portal/finance/usage"
	"portico/portal/kernel/standing"
	"portico/portaltest"
)

type input = map[string]any

const report = `mutation($i: ReportUsageInput!) { reportUsage(input: $i) { accepted duplicates adjustments { index source eventId from to }
	overLimit { index source eventId code message clause params remedy { operation input } }
	rejected { index source eventId code clause remedy { operation input } } userErrors { code field clause } } }`

const entitled = `query($a: ID!, $m: String!) { entitlement(applicationId: $a, metric: $m) { allowed limit used clause remedy { operation input } } }`

const place = `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { service { id } } userErrors { code clause } } }`

// at returns the world's time, as long as its clock hasn't moved.
func at(w *portaltest.World) string { return w.Portal.Store.Now().Format(time.RFC3339Nano) }

func event(app, id, metric, quantity, at string) input {
	return input{"source": "edge-1", "eventId": id, "applicationId": app, "metric": metric, "quantity": quantity, "at": at}
}

// open orders a plan and returns its service.
func open(w *portaltest.World, a *portaltest.Actor, app, plan, total string, term any) string {
	w.T.Helper()
	in := input{"accountId": a.AccountID, "planId": w.PlanID(plan), "applicationId": app, "expectedTotal": input{"amount": total, "currency": "CNY"}}
	if term != nil {
		in["term"] = term
	}
	return portaltest.String(w.Done(a, place, input{"i": in}), "order", "service", "id")
}

func month() input { return input{"unit": "MONTH", "count": 1} }

// counts returns the answer of a report: accepted, duplicates, and the code and
// clause of each marked event and of each rejection.
func counts(p input) string {
	s := fmt.Sprint(p["accepted"], "+", p["duplicates"])
	for _, late := range p["adjustments"].([]any) {
		s += fmt.Sprint(" late:", portaltest.At(late, "index"))
	}
	for _, r := range p["overLimit"].([]any) {
		s += fmt.Sprint(" over:", portaltest.At(r, "index"), ":", portaltest.String(r, "code"), "/", portaltest.String(r, "clause"))
	}
	for _, r := range p["rejected"].([]any) {
		s += fmt.Sprint(" ", portaltest.At(r, "index"), ":", portaltest.String(r, "code"), "/", portaltest.String(r, "clause"))
	}
	return s
}

func send(w *portaltest.World, plane *portaltest.Actor, events ...input) input {
	w.T.Helper()
	return w.Done(plane, report, input{"i": input{"events": events}})
}

func TestGaugeOfRegisteredUsers(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, plane := w.Funded("Gauge", "1500.00"), w.DataPlane()
		app := w.Application(a, "MAINLAND")
		allowed := func() input { return w.Must(plane, entitled, input{"a": app, "m": metric})["entitlement"].(input) }
		if e := allowed(); e["allowed"] != false || e["clause"] != "3.6" {
			t.Errorf("3.6: without a service: %v", e)
		}
		open(w, a, app, "im-developer", "0.00", nil)
		if e := allowed(); e["allowed"] != true || e["limit"] != "100" || e["used"] != "0" || e["clause"] != nil {
			t.Errorf("2.3: none used: %v", e)
		}
		t.Run("2.3: at 100 registered users the next is not allowed; a 101st that is reported is recorded and marked", func(t *testing.T) {
			if got := counts(send(w, plane, event(app, "99", metric, "99", at(w)))); got != "1+0" {
				t.Fatal(got)
			}
			if e := allowed(); e["allowed"] != true || e["used"] != "99" {
				t.Errorf("at 99: %v", e)
			}
			if got := counts(send(w, plane, event(app, "100", metric, "100", at(w)))); got != "1+0" {
				t.Fatal(got)
			}
			if e := allowed(); e["allowed"] != false || e["limit"] != "100" || e["used"] != "100" || e["clause"] != "2.3" {
				t.Errorf("at 100: %v", e)
			}
			p := send(w, plane, event(app, "101", metric, "101", at(w)))
			if got := counts(p); got != "1+0 over:0:USAGE_LIMIT_REACHED/2.3" {
				t.Fatal(got)
			}
			for name, remedy := range map[string]any{"the mark": portaltest.At(p, "overLimit", 0, "remedy"), "entitlement": allowed()["remedy"]} {
				if portaltest.String(remedy, "operation") != "placeOrder" || portaltest.String(remedy, "input", "planId") != w.PlanID("im-flagship") ||
					portaltest.String(remedy, "input", "applicationId") != app || portaltest.String(remedy, "input", "accountId") != a.AccountID {
					t.Errorf("the remedy of %s: %v", name, remedy)
				}
			}
			if e := allowed(); e["allowed"] != false || e["limit"] != "100" || e["used"] != "101" || e["clause"] != "2.3" {
				t.Errorf("at 101: %v", e)
			}
		})
		flagship := open(w, a, app, "im-flagship", "1500.00", month())
		t.Run("2.3: the flagship lifts it", func(t *testing.T) {
			if e := allowed(); e["allowed"] != true || e["limit"] != nil || e["used"] != "101" {
				t.Errorf("at 101: %v", e)
			}
			if got := counts(send(w, plane, event(app, "lifted", metric, "102", at(w)), event(app, "back", metric, "101", at(w)))); got != "2+0" {
				t.Fatal(got)
			}
		})
		tooSmall(t, w, a, plane, app, flagship)
		latestStays(t, w, plane, app, allowed)
	})
}

const metric = "im.registered_users"

func tooSmall(t *testing.T, w *portaltest.World, a, plane *portaltest.Actor, app, flagship string) {
	t.Run("2.3: a plan that is too small for 101 users can't take its place", func(t *testing.T) {
		in := input{"accountId": a.AccountID, "planId": w.PlanID("im-developer"), "applicationId": app, "expectedTotal": input{"amount": "0.00", "currency": "CNY"},
			"confirmsReplacing": flagship}
		if r := w.Refused(a, place, input{"i": in}); r.Code != "PLAN_TOO_SMALL" || r.Clause != "2.3" {
			t.Errorf("%+v", r)
		}
		send(w, plane, event(app, "fewer", metric, "100", at(w)))
		w.Done(a, place, input{"i": in})
	})
}

func latestStays(t *testing.T, w *portaltest.World, plane *portaltest.Actor, app string, allowed func() input) {
	t.Run("the level used last stays, whenever it is reported", func(t *testing.T) {
		now := w.Portal.Store.Now()
		w.AdvanceTo(now.Add(time.Hour))
		send(w, plane, event(app, "late-1", metric, "50", now.Add(40*time.Minute).Format(time.RFC3339)),
			event(app, "late-2", metric, "60", now.Add(20*time.Minute).Format(time.RFC3339)))
		send(w, plane, event(app, "late-3", metric, "70", now.Add(30*time.Minute).Format(time.RFC3339)))
		if e := allowed(); e["used"] != "50" {
			t.Errorf("the level is %v", e)
		}
	})
}

// digits matches a number of eight or more digits.
var digits = regexp.MustCompile(`\d{8,}`)

func TestTheMostThatALevelCanBe(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, plane := w.Funded("Meter", "1000.00"), w.DataPlane()
		app := w.Application(a, "MAINLAND")
		open(w, a, app, "im-developer", "0.00", nil)
		open(w, a, app, "push-payg", "0.00", nil)
		const query = `mutation($i: ReportUsageInput!) { reportUsage(input: $i) { accepted rejected { index code message } userErrors { code } } }`
		got := w.Done(plane, query, input{"i": input{"events": []input{
			event(app, "level", metric, "1000000000000", at(w)),
			event(app, "level-beyond", metric, "1000000000000.000001", at(w)),
			event(app, "count-beyond", "push.messages", "10000000.000001", at(w)),
		}}})
		rejected := map[string]string{}
		for _, r := range portaltest.At(got, "rejected").([]any) {
			rejected[fmt.Sprint(portaltest.At(r, "index"))] = fmt.Sprint(portaltest.At(r, "code"), " ", strings.Join(digits.FindAllString(portaltest.String(r, "message"), -1), ""))
		}
		want := map[string]string{"1": "USAGE_QUANTITY_INVALID 1000000000000", "2": "USAGE_QUANTITY_INVALID 10000000"}
		if !maps.Equal(rejected, want) || fmt.Sprint(portaltest.At(got, "accepted")) != "1" {
			t.Errorf("3.4: %v", got)
		}
	})
}

func TestReports(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, plane := w.Funded("Meter", "1000.00"), w.DataPlane()
		app := w.Application(a, "MAINLAND")
		service := open(w, a, app, "rtc-payg", "0.00", nil)
		open(w, a, app, "push-payg", "0.00", nil)
		opened := w.Portal.Store.Now()
		w.AdvanceTo(opened.Add(late)) // the hour before is still open
		early, now := opened.Add(30*time.Minute).Format(time.RFC3339), at(w)
		eachByItself(t, w, plane, app, service, opened)
		fullReport(t, w, plane, app)
		t.Run("3.6: what was used before the closing is owed, after it is rejected", func(t *testing.T) {
			w.Done(a, `mutation($i: CloseServiceInput!) { closeService(input: $i) { service { status } userErrors { code } } }`, input{"i": input{"serviceId": service}})
			got := counts(send(w, plane, event(app, "before", "rtc.minutes", "1", early), event(app, "after", "rtc.minutes", "1", at(w))))
			if got != "1+0 1:USAGE_NO_SERVICE/3.6" {
				t.Error(got)
			}
			if e := w.Must(plane, entitled, input{"a": app, "m": "rtc.minutes"})["entitlement"].(input); e["allowed"] != false || e["clause"] != "3.6" {
				t.Errorf("closed: %v", e)
			}
		})
		t.Run("only the data plane reports and asks", func(t *testing.T) {
			for name, who := range map[string]*portaltest.Actor{"owner": a, "operator": w.Operator("support", "platform"), "visitor": nil} {
				for _, r := range []portaltest.Response{w.Send(who, report, input{"i": input{"events": []input{event(app, "x", "push.messages", "1", now)}}}), w.Send(who, entitled, input{"a": app, "m": "push.messages"})} {
					if len(r.Errors) != 1 || r.Errors[0].Code() != map[bool]string{true: "UNAUTHENTICATED", false: "FORBIDDEN"}[who == nil] {
						t.Errorf("%s: %s", name, r.Raw)
					}
				}
			}
			if r := w.Send(plane, entitled, input{"a": "appl_0", "m": "x"}); len(r.Errors) != 1 || r.Errors[0].Code() != "NOT_FOUND" {
				t.Errorf("an unknown application: %s", r.Raw)
			}
		})
	})
}

// late is when reports arrive: five minutes after the end of the hour of use.
const late = 65 * time.Minute

func eachByItself(t *testing.T, w *portaltest.World, plane *portaltest.Actor, app, service string, opened time.Time) {
	early, now := opened.Add(30*time.Minute).Format(time.RFC3339), at(w)
	t.Run("3.4: each is accepted or rejected by itself", func(t *testing.T) {
		got := counts(send(w, plane,
			event(app, "1", "rtc.minutes", "1234.5", early),
			event(app, "1", "rtc.minutes", "1234.5", early),
			event(app, "1", "rtc.minutes", "1234.6", early),
			event("appl_0", "2", "rtc.minutes", "1", early),
			event(app, "3", "sms.messages", "1", early),
			event(app, "4", "rtc.minutes", "-1", early),
			event(app, "5", "rtc.minutes", "0.0000001", early),
			event(app, "6", "rtc.minutes", "10000000.000001", early),
			event(app, "7", "rtc.minutes", "1", w.Portal.Store.Now().Add(time.Millisecond).Format(time.RFC3339Nano)),
			event(app, "8", "rtc.minutes", "1", opened.Add(-time.Second).Format(time.RFC3339)),
			event(app, "nine \u4e5d", "rtc.minutes", "1", early),
			event(app, "10", "rtc.minutes", "0.000001", now),
			event(app, "11", "push.messages", "10000000", now)))
		want := "3+1 2:USAGE_CONFLICT/3.4 3:USAGE_APPLICATION_UNKNOWN/ 4:USAGE_NO_SERVICE/3.6 5:USAGE_QUANTITY_INVALID/3.4 6:USAGE_QUANTITY_INVALID/3.4" +
			" 7:USAGE_QUANTITY_INVALID/3.4 8:USAGE_IN_FUTURE/3.4 9:USAGE_NO_SERVICE/3.6 10:INVALID_INPUT/"
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		got = counts(send(w, plane, event(app, "1", "rtc.minutes", "1234.50", early), event(app, "10", "rtc.minutes", "2", now), event(app, "12", "rtc.minutes", "0.5", early)))
		if got != "1+1 1:USAGE_CONFLICT/3.4" {
			t.Errorf("repeated: %s", got)
		}
		for hour, want := range map[time.Time]string{opened.Truncate(time.Hour): "1235", opened.Add(late).Truncate(time.Hour): "0.000001"} {
			row, err := w.Portal.Store.Read().UsageTotal.Query().Where(usagetotal.ApplicationID(app), usagetotal.Metric("rtc.minutes"), usagetotal.Hour(hour)).Only(w.System())
			if err != nil || money.Micros(row.QuantityMicros).String() != want || row.ServiceID != service {
				t.Errorf("the hour of %s: %v, %v", hour, row, err)
			}
		}
		if e := w.Must(plane, entitled, input{"a": app, "m": "rtc.minutes"})["entitlement"].(input); e["allowed"] != true || e["limit"] != nil || e["used"] != "1235.000001" {
			t.Errorf("today: %v", e)
		}
	})
}

func fullReport(t *testing.T, w *portaltest.World, plane *portaltest.Actor, app string) {
	t.Run("a report has 1 to 10,000 events", func(t *testing.T) {
		events := make([]usage.UsageEventInput, 10_001)
		for i := range events {
			events[i] = usage.UsageEventInput{Source: "bulk", EventID: fmt.Sprint(i), ApplicationID: app, Metric: "push.messages", Quantity: usage.Units(money.NewDecimal(2)), At: usage.At(w.Portal.Store.Now())}
		}
		for _, n := range []int{0, 10_001} {
			if _, err := usage.ReportUsage(w.System(), w.Portal.Store, usage.ReportUsageInput{Events: events[:n]}); !errors.Is(err, clause.Invalid) {
				t.Errorf("%d: %v", n, err)
			}
		}
		for _, want := range []struct{ accepted, duplicates int }{{10_000, 0}, {0, 10_000}} {
			p, err := usage.ReportUsage(w.System(), w.Portal.Store, usage.ReportUsageInput{Events: events[:10_000]})
			if err != nil || p.Accepted != want.accepted || p.Duplicates != want.duplicates || len(p.Rejected) > 0 {
				t.Fatalf("%+v, %v", p, err)
			}
		}
		if e := w.Must(plane, entitled, input{"a": app, "m": "push.messages"})["entitlement"].(input); e["used"] != "10020000" {
			t.Errorf("today: %v", e["used"])
		}
	})
}

func TestReportsRace(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, plane := w.Funded("Twins", "1000.00"), w.DataPlane()
		app := w.Application(a, "MAINLAND")
		open(w, a, app, "push-payg", "0.00", nil)
		events := make([]input, 50)
		for i := range events {
			events[i] = event(app, fmt.Sprint(i), "push.messages", "1", at(w))
		}
		t.Run("3.4: the same report 8 times at once is counted once", func(t *testing.T) {
			var all sync.WaitGroup
			accepted := make([]float64, 8)
			for i := range accepted {
				all.Go(func() {
					r := w.Send(plane, report, input{"i": input{"events": events}})
					accepted[i], _ = portaltest.At(r.Data, "reportUsage", "accepted").(float64)
				})
			}
			all.Wait()
			var sum float64
			for _, n := range accepted {
				sum += n
			}
			if e := w.Must(plane, entitled, input{"a": app, "m": "push.messages"})["entitlement"].(input); sum != 50 || e["used"] != "50" {
				t.Errorf("%v accepted, %v used", accepted, e["used"])
			}
		})
	})
}

func TestStanding(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, plane := w.Funded("Stop", "1000.00"), w.DataPlane()
		app := w.Application(a, "MAINLAND")
		open(w, a, app, "push-payg", "0.00", nil)
		restrict := func(c standing.Cause) {
			if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error { return standing.Restrict(tx, c) }); err != nil {
				t.Fatal(err)
			}
		}
		t.Run("3.6: what is used while standing stops the service is accepted", func(t *testing.T) {
			restrict(standing.Cause{Scope: restriction.ScopeCLASS, AccountID: a.AccountID, TargetID: "METERED", Code: "RESTRICTED", Clause: "3.8", ID: "test"})
			e := w.Must(plane, entitled, input{"a": app, "m": "push.messages"})["entitlement"].(input)
			if e["allowed"] != false || e["clause"] != "3.8" || e["remedy"] == nil {
				t.Errorf("entitlement: %v", e)
			}
			if got := counts(send(w, plane, event(app, "stopped", "push.messages", "1", at(w)))); got != "1+0" {
				t.Error(got)
			}
			d := w.Must(a, `query($id: ID!) { account(id: $id) { services { nodes { status } } applications { nodes { status } } } }`, input{"id": a.AccountID})
			if portaltest.String(d, "account", "services", "nodes", 0, "status") != "SUSPENDED" || portaltest.String(d, "account", "applications", "nodes", 0, "status") != "ACTIVE" {
				t.Errorf("3.8: the class stops the service, not the application: %v", d)
			}
		})
		restrict(standing.Cause{Scope: restriction.ScopeAPPLICATION, AccountID: a.AccountID, TargetID: app, Code: "RESTRICTED", Clause: "5.3", ID: "test-2"})
		d := w.Must(a, `query($id: ID!) { account(id: $id) { applications { nodes { status } } } }`, input{"id": a.AccountID})
		if portaltest.String(d, "account", "applications", "nodes", 0, "status") != "SUSPENDED" {
			t.Errorf("5.3: %v", d)
		}
	})
}

func TestSignedAgreementOverridesTheLimit(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, plane := w.Verified("Signed"), w.DataPlane()
		app := w.Application(a, "MAINLAND")
		open(w, a, app, "im-developer", "0.00", nil)
		overridden(t, w, a)
		t.Run("13.3: a signed agreement allows the 101st to this account alone", func(t *testing.T) {
			for _, c := range []struct{ level, answer, allowed string }{{"101", "1+0", "true"}, {"120", "1+0", "false"}, {"121", "1+0 over:0:USAGE_LIMIT_REACHED/2.3", "false"}} {
				if got := counts(send(w, plane, event(app, c.level, metric, c.level, at(w)))); got != c.answer {
					t.Errorf("at %s: %s", c.level, got)
				}
				e := w.Must(plane, entitled, input{"a": app, "m": metric})["entitlement"].(input)
				if e["limit"] != "120" || e["used"] != c.level || fmt.Sprint(e["allowed"]) != c.allowed {
					t.Errorf("at %s: %v", c.level, e)
				}
			}
			b := w.Verified("Unsigned")
			other := w.Application(b, "MAINLAND")
			open(w, b, other, "im-developer", "0.00", nil)
			if got := counts(send(w, plane, event(other, "o-101", metric, "101", at(w)))); got != "1+0 over:0:USAGE_LIMIT_REACHED/2.3" {
				t.Error(got)
			}
		})
	})
}

// overridden records an agreement with the account that allows 120 users.
func overridden(t *testing.T, w *portaltest.World, a *portaltest.Actor) {
	t.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		return tx.Override.Create().SetAccountID(a.AccountID).SetFigure(clause.DeveloperUsers).SetValue("120").SetAgreement("A-1").
			SetFromAt(tx.Now).SetRecordedBy("prsn_x").SetRecordedAt(tx.Now).Exec(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRollupEqualsEnt(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("One"), w.Verified("Two")
		hour := w.Portal.Store.Now().Truncate(time.Hour)
		sums := []statement.UsageSum{}
		for i := range 1500 {
			sums = append(sums, statement.UsageSum{AccountID: a.AccountID, ApplicationID: fmt.Sprint("appl_", i%700), ServiceID: "serv_x", Metric: "m.x", Hour: hour, Micros: int64(i)})
		}
		err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
			return errors.Join(statement.AddUsage(tx, sums[:700]), statement.AddUsage(tx, sums[700:1400]), statement.AddUsage(tx, sums[1400:]))
		})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int64{}
		for _, s := range sums {
			want[s.ApplicationID] += s.Micros
		}
		rows, err := w.Portal.Store.Read().UsageTotal.Query().Where(usagetotal.AccountID(a.AccountID)).All(w.System())
		if err != nil || len(rows) != len(want) {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for _, row := range rows {
			if row.QuantityMicros != want[row.ApplicationID] || !row.Hour.Equal(hour) {
				t.Errorf("%s: %d", row.ApplicationID, row.QuantityMicros)
			}
		}
		err = w.Portal.Store.Write(authz.Narrow(w.System(), b.AccountID), func(tx *ent.Tx) error { return statement.AddUsage(tx, sums[:1]) })
		if !errors.Is(err, clause.NotFound) {
			t.Errorf("a foreign account's total: %v", err)
		}
	})
}
