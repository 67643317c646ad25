package closing_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/authz"
	"portico/ent/db/acceptance"
	"portico/ent/db/closing"
	"portico/ent/db/service"
	"portico/portal"
	"portico/portal/customer/agreement"
	"portico/portal/customer/agreement/demo"
	"portico/portal/kernel/standing"
	closingunit "portico/portal/lifecycle/closing"
	"portico/portaltest"
)

type input = map[string]any

const (
	userErrors   = `userErrors { code message field clause remedy { description operation input } }`
	declineOne   = `mutation($i: DeclineTermsInput!) { declineTerms(input: $i) { closing { id reason state terms { version } startedAt settledAt owed { amount } refundable { amount } } ` + userErrors + ` } }`
	placeOne     = `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { service { id } } ` + userErrors + ` } }`
	reportOne    = `mutation($i: ReportUsageInput!) { reportUsage(input: $i) { accepted rejected { code } userErrors { code } } }`
	previewOne   = `query($id: ID!) { closingPreview(accountId: $id) { lost { amount } services { service { plan { code } } paidUntil lost { amount } } owed { amount } refundable { amount } bonusLost { amount } } }`
	accountQuery = `query($id: ID!) { account(id: $id) { status closing { id state owed { amount } refundable { amount } } standing { restrictions { code } }
		services { nodes { status } } bills { nodes { status total { amount } } } balance { cash { amount } } notices { nodes { kind } } } }`
)

// publish publishes a later version of the service terms that takes effect in
// an hour.
func publish(t *testing.T, w *portaltest.World, version string) string {
	t.Helper()
	d := demo.Documents()[0]
	d.Version, d.EffectiveAt = version, w.Portal.Store.Now().Add(time.Hour)
	d.Bodies.ZH, d.Bodies.EN = d.Bodies.ZH+version, d.Bodies.EN+version
	if _, err := agreement.Load(w.System(), w.Portal.Store, []agreement.Document{d}); err != nil {
		t.Fatal(err)
	}
	return portaltest.String(w.Must(nil, `{ comingTerms(kind: SERVICE_TERMS) { id } }`, nil), "comingTerms", "id")
}

func declining(a *portaltest.Actor, termsID string, confirm bool) input {
	return input{"i": input{"accountId": a.AccountID, "termsId": termsID, "confirm": confirm}}
}

func order(w *portaltest.World, a *portaltest.Actor, plan, app, total string, term any) input {
	in := input{"accountId": a.AccountID, "applicationId": app, "planId": w.PlanID(plan), "expectedTotal": input{"amount": total, "currency": "CNY"}}
	if term != nil {
		in["term"] = term
	}
	return input{"i": in}
}

func look(w *portaltest.World, a *portaltest.Actor) any {
	return w.Must(a, accountQuery, input{"id": a.AccountID})["account"]
}

func TestDecliningTheTermsClosesTheAccount(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, plane := w.Funded("Leaver", "2000.00"), w.DataPlane()
		app := w.Application(a, "MAINLAND")
		w.Done(a, placeOne, order(w, a, "im-flagship", app, "1500.00", input{"unit": "MONTH", "count": 1}))
		w.Done(a, placeOne, order(w, a, "rtc-payg", app, "0.00", nil))
		used := w.Portal.Store.Now()
		w.Done(plane, reportOne, input{"i": input{"events": []any{input{"source": "rtc", "eventId": "1", "applicationId": app, "metric": "rtc.minutes", "quantity": "1000", "at": used.Format(time.RFC3339Nano)}}}})
		coming := publish(t, w, "two")
		w.AdvanceTo(used.Add(time.Minute))

		t.Run("0: what it ends and leaves is shown beforehand", func(t *testing.T) {
			p := w.Must(a, previewOne, input{"id": a.AccountID})["closingPreview"]
			if portaltest.String(p, "services", 0, "service", "plan", "code") != "im-flagship" || portaltest.String(p, "services", 0, "paidUntil") == "" ||
				portaltest.At(p, "services", 1, "paidUntil") != nil || portaltest.String(p, "refundable", "amount") != "500.00" || portaltest.String(p, "owed", "amount") != "0.00" ||
				portaltest.String(p, "lost", "amount") != "1499.97" || portaltest.String(p, "services", 0, "lost", "amount") != "1499.97" || portaltest.String(p, "services", 1, "lost", "amount") != "0.00" { // a minute of 44,640 is used
				t.Fatalf("%v", p)
			}
		})
		t.Run("0: it is confirmed first, and the refusal's remedy confirms it", func(t *testing.T) {
			r := w.Refused(a, declineOne, declining(a, coming, false))
			if r.Code != "CLOSING_NOT_CONFIRMED" || r.Clause != "0" || r.Remedy == nil || r.Remedy.Operation != "declineTerms" || portaltest.String(look(w, a), "status") != "ACTIVE" {
				t.Fatalf("%+v", r)
			}
			p := w.Done(a, declineOne, input{"i": r.Remedy.Input})
			if portaltest.String(p, "closing", "state") != "SETTLING" || portaltest.String(p, "closing", "terms", "version") != "two" || portaltest.String(p, "closing", "reason") != "TERMS_DECLINED" {
				t.Fatalf("%v", p)
			}
		})
		goesOn(t, w, a, app, coming)
		t.Run("0: before the effective date already, services stop at once, prepaid and metered", func(t *testing.T) {
			got := look(w, a)
			if portaltest.String(got, "status") != "TERMINATING" || portaltest.String(got, "services", "nodes", 0, "status") != "CLOSED" || portaltest.String(got, "services", "nodes", 1, "status") != "CLOSED" {
				t.Fatalf("%v", got)
			}
			if portaltest.String(got, "standing", "restrictions", 0, "code") != "ACCOUNT_CLOSING" || portaltest.String(got, "notices", "nodes", 0, "kind") != "ACCOUNT" {
				t.Fatalf("%v", got)
			}
		})
		t.Run("0, 3.4: the last bill is made when its period can be closed, not at the month's end, and then retention begins", func(t *testing.T) {
			began := w.Portal.Store.Now()
			w.AdvanceTo(began.Add(10*time.Minute - time.Microsecond))
			if got := look(w, a); len(portaltest.At(got, "bills", "nodes").([]any)) != 0 || portaltest.String(got, "closing", "state") != "SETTLING" {
				t.Fatalf("%v", got)
			}
			w.AdvanceTo(began.Add(12 * time.Minute))
			got := look(w, a)
			if portaltest.String(got, "bills", "nodes", 0, "total", "amount") != "28.00" || portaltest.String(got, "closing", "state") != "RETENTION" ||
				portaltest.String(got, "closing", "refundable", "amount") != "473.00" {
				t.Fatalf("%v", got)
			}
		})
		t.Run("0: what is kept of standing is what is derived", func(t *testing.T) {
			if found, err := standing.Check(w.System(), w.Portal.Store, portal.Standing()); err != nil || len(found) > 0 {
				t.Fatal(found, err)
			}
		})
	})
}

// goesOn checks what an account that is being closed can and can't do.
func goesOn(t *testing.T, w *portaltest.World, a *portaltest.Actor, app, coming string) {
	t.Helper()
	t.Run("0: it can be read and settled, and nothing is ordered", func(t *testing.T) {
		for _, r := range []portaltest.Refusal{
			w.Refused(a, placeOne, order(w, a, "im-developer", app, "0.00", nil)),
			w.Refused(a, `mutation($i: CreateApplicationInput!) { createApplication(input: $i) { `+userErrors+` } }`, input{"i": input{"accountId": a.AccountID, "name": "x", "kind": "SOCIAL", "region": "MAINLAND"}}),
			w.Refused(a, `mutation($i: AcceptTermsInput!) { acceptTerms(input: $i) { `+userErrors+` } }`, input{"i": input{"accountId": a.AccountID, "termsId": coming}}),
		} {
			if r.Code != "ACCOUNT_CLOSING" || r.Clause != "0" || r.Remedy == nil {
				t.Fatalf("%+v", r)
			}
		}
		w.TopUp(a, "1.00")
	})
	t.Run("0: declining again gives the closing that has begun", func(t *testing.T) {
		first := portaltest.String(look(w, a), "closing", "id")
		if p := w.Done(a, declineOne, declining(a, coming, true)); portaltest.String(p, "closing", "id") != first {
			t.Fatalf("%v", p)
		}
	})
}

func TestWhatIsOwedIsSettledBeforeRetention(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, plane := w.Funded("Debtor", "100.00"), w.DataPlane()
		app := w.Application(a, "MAINLAND")
		w.Done(a, placeOne, order(w, a, "rtc-payg", app, "0.00", nil))
		used := w.Portal.Store.Now()
		w.Done(plane, reportOne, input{"i": input{"events": []any{input{"source": "rtc", "eventId": "1", "applicationId": app, "metric": "rtc.minutes", "quantity": "5000", "at": used.Format(time.RFC3339Nano)}}}})
		id := publish(t, w, "two")
		w.AdvanceTo(used.Add(2 * time.Hour))
		w.Done(a, declineOne, declining(a, id, true)) // after the effective date
		w.AdvanceTo(used.Add(3 * time.Hour))
		t.Run("0, 5.10: the balance pays what it can, and what is owed is shown", func(t *testing.T) {
			if c := portaltest.At(look(w, a), "closing"); portaltest.String(c, "owed", "amount") != "40.00" || portaltest.String(c, "refundable", "amount") != "0.00" || portaltest.String(c, "state") != "SETTLING" {
				t.Fatalf("%v", c)
			}
		})
		t.Run("0: once it is paid retention begins", func(t *testing.T) {
			w.TopUp(a, "41.00")
			w.AdvanceTo(w.Portal.Store.Now().Add(25 * time.Hour))
			if c := portaltest.At(look(w, a), "closing"); portaltest.String(c, "owed", "amount") != "0.00" || portaltest.String(c, "refundable", "amount") != "1.00" || portaltest.String(c, "state") != "RETENTION" {
				t.Fatalf("%v", c)
			}
		})
	})
}

func TestWhatCantBeDeclined(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, c := w.Verified("Asker"), w.Verified("Other"), w.Verified("Racer")
		accepted := w.TermsIDs()[0]
		refused := func(t *testing.T, r portaltest.Refusal, code, field string) {
			t.Helper()
			if r.Code != code || strings.Join(r.Field, ".") != field {
				t.Fatalf("%+v", r)
			}
		}
		t.Run("0: a version that was accepted", func(t *testing.T) {
			refused(t, w.Refused(a, declineOne, declining(a, accepted, true)), "TERMS_ACCEPTED", "input.termsId")
		})
		t.Run("0: a version that was never published", func(t *testing.T) {
			refused(t, w.Refused(a, declineOne, declining(a, "term_none", true)), "NOT_FOUND", "input.termsId")
		})
		two := publish(t, w, "two")
		t.Run("0: another's account", func(t *testing.T) {
			refused(t, w.Refused(a, declineOne, declining(b, two, true)), "NOT_FOUND", "input.accountId")
		})
		t.Run("0: racing for it closes the account once", func(t *testing.T) {
			var wg sync.WaitGroup
			for range 6 {
				wg.Go(func() { w.Send(c, declineOne, declining(c, two, true)) })
			}
			wg.Wait()
			if n, err := w.Portal.Store.Read().Closing.Query().Where(closing.AccountID(c.AccountID)).Count(w.System()); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		})
		w.AdvanceTo(w.Portal.Store.Now().Add(2 * time.Hour))
		publish(t, w, "three")
		w.AdvanceTo(w.Portal.Store.Now().Add(2 * time.Hour))
		t.Run("0: a version that a later one has replaced", func(t *testing.T) {
			refused(t, w.Refused(a, declineOne, declining(a, two, true)), "TERMS_SUPERSEDED", "input.termsId")
		})
	})
}

func TestAClosingThatIsCutOffIsFinishedByTheJob(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Cut")
		app := w.Application(a, "MAINLAND")
		w.Done(a, placeOne, order(w, a, "im-developer", app, "0.00", nil))
		two := publish(t, w, "two")
		t.Run("0: what is cut off before its end changes nothing", func(t *testing.T) {
			ctx, cut := context.WithCancel(w.As(a))
			cut()
			confirm := true
			if _, err := closingunit.DeclineTerms(ctx, w.Portal.Store, closingunit.DeclineTermsInput{AccountID: a.AccountID, TermsID: two, Confirm: &confirm}); err == nil {
				t.Fatal("it went through")
			}
			n, err := w.Portal.Store.Read().Service.Query().Where(service.AccountID(a.AccountID), service.StatusEQ(service.StatusRUNNING)).Count(w.System())
			if n != 1 || err != nil {
				t.Fatal(n, err)
			}
		})
		t.Run("0: after it has begun, the job settles it in another process", func(t *testing.T) {
			w.Done(a, declineOne, declining(a, two, true))
			again := portaltest.Open(t, w.Engine, w.Database)
			for _, j := range again.Portal.Jobs {
				if j.Name == "closing.run" {
					if _, err := j.Run(authz.With(context.Background(), authz.AsSystem(j.Name)), again.Portal.Store); err != nil {
						t.Fatal(err)
					}
				}
			}
			if c := portaltest.At(look(w, a), "closing"); portaltest.String(c, "state") != "RETENTION" {
				t.Fatalf("%v", c)
			}
		})
	})
}

func TestUsageThatIsReportedLateIsBilledAfterTheClosing(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, plane := w.Funded("Late", "100.00"), w.DataPlane()
		app := w.Application(a, "MAINLAND")
		w.Done(a, placeOne, order(w, a, "rtc-payg", app, "0.00", nil))
		used := w.Portal.Store.Now()
		reported := func(id, quantity string, at time.Time) string {
			p := w.Done(plane, reportOne, input{"i": input{"events": []any{input{"source": "rtc", "eventId": id, "applicationId": app, "metric": "rtc.minutes", "quantity": quantity, "at": at.Format(time.RFC3339Nano)}}}})
			if len(portaltest.At(p, "rejected").([]any)) > 0 {
				return portaltest.String(p, "rejected", 0, "code")
			}
			return "accepted"
		}
		w.AdvanceTo(used.Add(time.Minute))
		w.Done(a, declineOne, declining(a, publish(t, w, "two"), true))
		declined := w.Portal.Store.Now()
		w.AdvanceTo(declined.Add(12 * time.Minute))
		state := func() string {
			c := portaltest.At(look(w, a), "closing")
			return portaltest.String(c, "state") + " owed " + portaltest.String(c, "owed", "amount") + " refundable " + portaltest.String(c, "refundable", "amount")
		}
		if got := state(); got != "RETENTION owed 0.00 refundable 100.00" {
			t.Fatal(got)
		}
		t.Run("0, 3.4: what was used before is owed all the same, and comes off what is refundable", func(t *testing.T) {
			if got := reported("1", "1000", used) + " " + reported("2", "1", declined); got != "accepted USAGE_NO_SERVICE" {
				t.Error(got)
			}
			w.AdvanceTo(w.Portal.Store.Now().Add(3 * time.Hour))
			if got := state(); got != "RETENTION owed 0.00 refundable 72.00" {
				t.Error(got)
			}
			w.Clean()
		})
		t.Run("0, 3.8: what it exceeds the cash by is owed, and settled by a top-up", func(t *testing.T) {
			if got := reported("3", "3000", used); got != "accepted" {
				t.Error(got)
			}
			w.AdvanceTo(w.Portal.Store.Now().Add(3 * time.Hour))
			if got := state(); got != "RETENTION owed 12.00 refundable 0.00" {
				t.Error(got)
			}
			w.Clean()
			w.TopUp(a, "12.00")
			if got := state(); got != "RETENTION owed 0.00 refundable 0.00" {
				t.Error(got)
			}
			w.Clean()
		})
		t.Run("0: accepts nothing by conduct", func(t *testing.T) {
			w.AdvanceTo(w.Portal.Store.Now().Add(24 * time.Hour))
			reported("4", "1", used)
			n, err := w.Portal.Store.Read().Acceptance.Query().Where(acceptance.AccountID(a.AccountID), acceptance.HowEQ(acceptance.HowBY_CONDUCT)).Count(w.System())
			if n != 0 || err != nil {
				t.Error(n, err)
			}
		})
	})
}
