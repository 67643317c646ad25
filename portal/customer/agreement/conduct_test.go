package agreement_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"portico/clause"
	"portico/ent/db/acceptance"
	"portico/ent/db/notice"
	"portico/ent/db/noticereceipt"
	"portico/portal/customer/agreement"
	"portico/portaltest"
)

const (
	newApplication = `mutation($i: CreateApplicationInput!) { createApplication(input: $i) { application { id } ` + userErrors + ` } }`
	placeOne       = `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { service { id } } ` + userErrors + ` } }`
	closeOne       = `mutation($i: CloseServiceInput!) { closeService(input: $i) { service { id } ` + userErrors + ` } }`
	deleteOne      = `mutation($i: DeleteApplicationInput!) { deleteApplication(input: $i) { application { id } ` + userErrors + ` } }`
	reportOne      = `mutation($i: ReportUsageInput!) { reportUsage(input: $i) { accepted rejected { code } userErrors { code } } }`
	markRead       = `mutation($i: MarkNoticesReadInput!) { markNoticesRead(input: $i) { ` + userErrors + ` } }`
)

// conduct is an amendment that is accepted by continued use.
type conduct struct {
	*testing.T
	w         *portaltest.World
	effective time.Time
	id        string
	events    int
}

// amended publishes such an amendment one day ahead.
func amended(t *testing.T, w *portaltest.World) *conduct {
	t.Helper()
	effective := portaltest.Start.Add(24 * time.Hour)
	publish(t, w, amendment(agreement.ServiceTerms, "two", effective))
	return &conduct{T: t, w: w, effective: effective, id: termsID(t, w, "two")}
}

// accepted returns the number of an account's acceptances by conduct.
func (c *conduct) accepted(a *portaltest.Actor) int {
	c.Helper()
	n, err := c.w.Portal.Store.Read().Acceptance.Query().Where(acceptance.AccountID(a.AccountID), acceptance.TermsID(c.id),
		acceptance.HowEQ(acceptance.HowBY_CONDUCT)).Count(c.w.System())
	if err != nil {
		c.Fatal(err)
	}
	return n
}

func (c *conduct) want(a *portaltest.Actor, n int) {
	c.Helper()
	if got := c.accepted(a); got != n {
		c.Fatalf("%d acceptances by conduct, want %d", got, n)
	}
}

func app(a *portaltest.Actor) map[string]any {
	return map[string]any{"i": map[string]any{"accountId": a.AccountID, "name": "App", "kind": "SOCIAL", "region": "MAINLAND"}}
}

// orderOf returns an order of the free plan at a price.
func (c *conduct) orderOf(a *portaltest.Actor, application, price string) map[string]any {
	return map[string]any{"i": map[string]any{"accountId": a.AccountID, "applicationId": application, "planId": c.w.PlanID("im-developer"),
		"expectedTotal": map[string]any{"amount": price, "currency": "CNY"}}}
}

// users reports a level of an application at a time, and returns the outcome.
func (c *conduct) users(plane *portaltest.Actor, application string, at time.Time) string {
	c.Helper()
	c.events++
	p := c.w.Done(plane, reportOne, map[string]any{"i": map[string]any{"events": []any{map[string]any{"source": "im", "eventId": fmt.Sprint("e", c.events),
		"applicationId": application, "metric": "im.registered_users", "quantity": "7", "at": at.Format(time.RFC3339Nano)}}}})
	return fmt.Sprint(p["accepted"])
}

func TestOnlySuccessfulUseIsConduct(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Acme"), w.Verified("Other")
		application, spare := w.Application(a, "MAINLAND"), w.Application(a, "MAINLAND")
		c := amended(t, w)
		service := portaltest.String(w.Done(a, placeOne, c.orderOf(a, application, "0.00")), "order", "service", "id")
		w.AdvanceTo(c.effective.Add(-time.Microsecond))
		t.Run("0: before the effective date going on accepts nothing", func(t *testing.T) {
			w.Done(a, newApplication, app(a))
			c.want(a, 0)
		})
		w.AdvanceTo(c.effective)
		t.Run("0: reading, signing in, stopping and settling are no conduct", func(t *testing.T) {
			w.Wall.Advance(24 * time.Hour) // so that it signs in again
			w.Must(a, duty, map[string]any{"id": a.AccountID})
			w.Done(a, deleteOne, map[string]any{"i": map[string]any{"applicationId": spare}})
			w.TopUp(a, "10.00")
			c.want(a, 0)
		})
		t.Run("0: what is refused is no conduct", func(t *testing.T) {
			if r := w.Send(a, placeOne, c.orderOf(a, application, "1.00")); len(r.Refusals(t)) == 0 {
				t.Fatalf("%s", r.Raw)
			}
			w.Refused(a, newApplication, map[string]any{"i": map[string]any{"accountId": a.AccountID, "name": " ", "kind": "SOCIAL", "region": "MAINLAND"}})
			w.Refused(a, closeOne, map[string]any{"i": map[string]any{"serviceId": "serv_none"}})
			c.want(a, 0)
		})
		t.Run("0: an amendment accepted by conduct restricts nobody", func(t *testing.T) {
			if got := restrictions(w, a); len(got) != 0 {
				t.Fatal(got)
			}
		})
		t.Run("0: the first successful use after it is acceptance, for that account alone, once", func(t *testing.T) {
			w.Done(a, newApplication, app(a))
			w.Done(a, newApplication, app(a))
			c.want(a, 1)
			c.want(b, 0)
			row, err := w.Portal.Store.Read().Acceptance.Query().Where(acceptance.AccountID(a.AccountID), acceptance.TermsID(c.id)).Only(w.System())
			if err != nil || row.PersonID != a.PersonID || row.Address == "" || !row.AcceptedAt.Equal(w.Portal.Store.Now()) {
				t.Fatal(row, err)
			}
		})
		t.Run("0: closing a service is no conduct, also where it succeeds", func(t *testing.T) {
			publish(t, w, amendment(agreement.ServiceTerms, "three", w.Portal.Store.Now().Add(time.Hour)))
			w.AdvanceTo(w.Portal.Store.Now().Add(time.Hour))
			w.Done(a, closeOne, map[string]any{"i": map[string]any{"serviceId": service}})
			three := &conduct{T: t, w: w, id: termsID(t, w, "three")}
			three.want(a, 0)
		})
		t.Run("0: an amendment that asks for a click is never accepted by conduct", func(t *testing.T) {
			publish(t, w, amendment(agreement.PrivacyPolicy, "strict", w.Portal.Store.Now().Add(time.Hour)))
			w.AdvanceTo(w.Portal.Store.Now().Add(time.Hour))
			holds(t, w.Refused(b, newApplication, app(b)), "TERMS_ACCEPTANCE_REQUIRED", "0", "")
			strict := &conduct{T: t, w: w, id: termsID(t, w, "strict")}
			strict.want(b, 0)
			c.want(b, 0)
		})
	})
}

func TestConductIsOfOneAccountAndCountsOnce(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Acme"), w.Verified("Other")
		second := a.At(portaltest.String(w.Done(a, openOne, map[string]any{"i": opening(w)}), "account", "id"))
		c := amended(t, w)
		w.AdvanceTo(c.effective)
		t.Run("0: use on one account accepts nothing for another account of the same owner", func(t *testing.T) {
			w.Done(second, newApplication, app(second))
			c.want(second, 1)
			c.want(a, 0)
		})
		t.Run("0: going on accepts once, however often and at once", func(t *testing.T) {
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() { w.Send(a, newApplication, app(a)) })
			}
			wg.Wait()
			c.want(a, 1)
		})
		t.Run("0: a click accepts such a version too", func(t *testing.T) {
			if p := w.Done(b, acceptOne, input(b, c.id)); portaltest.String(p, "acceptance", "how") != "EXPLICIT" {
				t.Fatal(p)
			}
			w.Done(b, newApplication, app(b))
			c.want(b, 0)
		})
	})
}

func TestReportedUsageIsConduct(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, plane := w.Verified("Acme"), w.Verified("Idle"), w.DataPlane()
		application := w.Application(a, "MAINLAND")
		c := amended(t, w)
		service := portaltest.String(w.Done(a, placeOne, c.orderOf(a, application, "0.00")), "order", "service", "id")
		w.AdvanceTo(c.effective.Add(time.Hour))
		t.Run("0: what was used before the effective date and is reported after it accepts nothing", func(t *testing.T) {
			if got := c.users(plane, application, c.effective.Add(-time.Microsecond)); got != "1" {
				t.Fatal(got)
			}
			c.want(a, 0)
		})
		t.Run("0: usage that is rejected accepts nothing", func(t *testing.T) {
			if got := c.users(plane, application, c.effective.Add(24*time.Hour)); got != "0" {
				t.Fatal(got)
			}
			c.want(a, 0)
		})
		t.Run("0: usage of a running service from the effective date on accepts, for its account alone, in its owner's name", func(t *testing.T) {
			if got := c.users(plane, application, c.effective); got != "1" {
				t.Fatal(got)
			}
			c.want(a, 1)
			c.want(b, 0)
			row, err := w.Portal.Store.Read().Acceptance.Query().Where(acceptance.AccountID(a.AccountID), acceptance.TermsID(c.id)).Only(w.System())
			if err != nil || row.PersonID != a.PersonID {
				t.Fatal(row, err)
			}
		})
		t.Run("0: late usage of a service that was closed accepts nothing", func(t *testing.T) {
			publish(t, w, amendment(agreement.ServiceTerms, "three", w.Portal.Store.Now().Add(time.Hour)))
			w.AdvanceTo(w.Portal.Store.Now().Add(2 * time.Hour))
			used := w.Portal.Store.Now().Add(-time.Minute)
			w.Done(a, closeOne, map[string]any{"i": map[string]any{"serviceId": service}})
			if got := c.users(plane, application, used); got != "1" {
				t.Fatal(got)
			}
			three := &conduct{T: t, w: w, id: termsID(t, w, "three")}
			three.want(a, 0)
		})
	})
}

func TestConductWaitsForTheNotice(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, platform := w.Verified("Late"), w.Verified("Shown"), w.Platform()
		for _, who := range []*portaltest.Actor{a, b} {
			set := signed(who, portaltest.Start, portaltest.Start.Add(365*24*time.Hour))
			w.Done(platform, overrideOne, set("figure", clause.ServedElectronicDelay, "value", "48h"))
		}
		c := amended(t, w)
		sent := w.Portal.Store.Now()
		w.AdvanceTo(sent.Add(48*time.Hour - time.Microsecond))
		t.Run("0, 12.4: before the notice counts as served use accepts nothing", func(t *testing.T) {
			w.Done(a, newApplication, app(a))
			w.Done(b, newApplication, app(b))
			c.want(a, 0)
			c.want(b, 0)
		})
		t.Run("0: once the notice was shown use accepts", func(t *testing.T) {
			id, err := w.Portal.Store.Read().Notice.Query().Where(notice.SubjectID(c.id)).OnlyID(w.System())
			if err != nil {
				t.Fatal(err)
			}
			w.Done(b, markRead, map[string]any{"i": map[string]any{"accountId": b.AccountID, "noticeIds": []any{id}}})
			if n, err := w.Portal.Store.Read().NoticeReceipt.Query().Where(noticereceipt.AccountID(b.AccountID)).Count(w.System()); n != 1 || err != nil {
				t.Fatal(n, err)
			}
			w.Done(b, newApplication, app(b))
			c.want(b, 1)
			c.want(a, 0)
		})
		t.Run("0, 12.4: from the instant on at which it counts as served use accepts", func(t *testing.T) {
			w.AdvanceTo(sent.Add(48 * time.Hour))
			w.Done(a, newApplication, app(a))
			c.want(a, 1)
		})
	})
}
