package invoice_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/calendar"
	"portico/ent"
	"portico/ent/db/invoice"
	"portico/ent/db/sequence"
	"portico/portal/finance/ledger"
	"portico/portaltest"
)

// at returns a time in Shanghai.
func at(month time.Month, day, hour, minute, second, micro int) time.Time {
	return time.Date(2026, month, day, hour, minute, second, micro*1000, calendar.Shanghai().Location())
}

func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func TestTheMonthInFigures(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		c, finance := mainland(w, "Figures", 1, 150000, 3457, 4321, 42222, 13778), w.Operator("operator-finance")
		t.Run("2,137.78 paid: invoice of 2,000.00 leaves 137.78", func(t *testing.T) {
			if got := invoiceable(w, c); got != "2137.78" {
				t.Fatalf("invoiceable %s", got)
			}
			p := w.Done(c.Actor, requestDoc, c.asks("2000.00"))
			for path, want := range map[string]string{"status": "REQUESTED", "title": "Figures Ltd", "taxNumber": c.number, "deliveryEmail": "finance@example.com",
				"approveBy": utc(at(3, 26, 0, 0, 0, 0)), "issueFrom": utc(at(3, 1, 0, 0, 0, 0)), "issueBy": utc(at(4, 1, 0, 0, 0, 0))} {
				if got := portaltest.String(p, "invoice", path); got != want {
					t.Errorf("%s is %q, want %q", path, got, want)
				}
			}
			if got := invoiceable(w, c); got != "137.78" {
				t.Errorf("%s is left", got)
			}
			items := portaltest.At(p, "invoice", "items").([]any)
			var parts []string
			for _, i := range items {
				parts = append(parts, portaltest.String(i, "amount", "amount"))
			}
			if got := strings.Join(parts, " "); got != "1500.00 34.57 43.21 422.22" {
				t.Errorf("the oldest fees first: %s", got)
			}
			id := portaltest.String(p, "invoice", "id")
			w.VerifyEmail(c.Actor)
			w.Done(finance, approveDoc, one(id))
			issued := w.Done(finance, issueDoc, one(id))
			if got := portaltest.String(issued, "invoice", "number"); got != "2026G00000001" {
				t.Errorf("number %s", got)
			}
			mail := w.Message(c.Email) // the other address isn't verified
			if !strings.Contains(mail.Body, "2026G00000001") || !strings.Contains(mail.Body, "2000.00 CNY") {
				t.Errorf("mailed %q", mail.Body)
			}
			if got := invoiceable(w, c); got != "137.78" {
				t.Errorf("%s stays", got)
			}
		})
		t.Run("3.9: one fen more than is left is refused with what is left", func(t *testing.T) {
			got := w.Refused(c.Actor, requestDoc, c.asks("137.79"))
			amount, _ := got.Remedy.Input["amount"].(map[string]any)
			if got.Code != "NOT_INVOICEABLE" || got.Clause != "3.9" || strings.Join(got.Field, ".") != "input.amount" || got.Remedy.Operation != "requestInvoice" || amount["amount"] != "137.78" {
				t.Errorf("%+v %+v", got, got.Remedy)
			}
			w.Done(c.Actor, requestDoc, c.asks("137.78"))
			if got := invoiceable(w, c); got != "0.00" {
				t.Errorf("%s is left", got)
			}
		})
		clean(t, w)
	})
}

func TestTheCutOff(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		c, finance := mainland(w, "Cutoff", 2, 1000, 1000, 1000), w.Operator("operator-finance")
		early, late := requested(w, c, "10.00"), requested(w, c, "10.00")
		t.Run("3.9: approved at the end of the 25th it is issued this month", func(t *testing.T) {
			w.AdvanceTo(at(3, 25, 23, 59, 59, 999999))
			p := w.Done(finance, approveDoc, one(early))
			if from, by := portaltest.String(p, "invoice", "issueFrom"), portaltest.String(p, "invoice", "issueBy"); from != utc(at(3, 1, 0, 0, 0, 0)) || by != utc(at(4, 1, 0, 0, 0, 0)) {
				t.Errorf("from %s to %s", from, by)
			}
			if got := portaltest.String(w.Done(finance, issueDoc, one(early)), "invoice", "status"); got != "ISSUED" {
				t.Error(got)
			}
		})
		t.Run("3.9: approved on the 26th it is issued the next", func(t *testing.T) {
			w.AdvanceTo(at(3, 26, 0, 0, 0, 0))
			p := w.Done(finance, approveDoc, one(late))
			if from, by := portaltest.String(p, "invoice", "issueFrom"), portaltest.String(p, "invoice", "issueBy"); from != utc(at(4, 1, 0, 0, 0, 0)) || by != utc(at(5, 1, 0, 0, 0, 0)) {
				t.Errorf("from %s to %s", from, by)
			}
			w.AdvanceTo(at(3, 31, 23, 59, 59, 999999))
			got := w.Refused(finance, issueDoc, one(late))
			if got.Code != "INVOICE_NOT_DUE" || got.Clause != "3.9" || got.Remedy.Input["invoiceId"] != late {
				t.Errorf("%+v %+v", got, got.Remedy)
			}
			next := w.Done(c.Actor, requestDoc, c.asks("10.00"))
			if by := portaltest.String(next, "invoice", "approveBy"); by != utc(at(4, 26, 0, 0, 0, 0)) {
				t.Errorf("what is asked for after the cut-off is approved by %s", by)
			}
			w.AdvanceTo(at(4, 1, 0, 0, 0, 0))
			w.Done(finance, issueDoc, one(late))
			third := portaltest.String(next, "invoice", "id")
			w.Done(finance, approveDoc, one(third))
			w.AdvanceTo(at(6, 5, 0, 0, 0, 0)) // late
			if got := portaltest.String(w.Done(finance, issueDoc, one(third)), "invoice", "number"); got != "2026G00000003" {
				t.Errorf("number %s", got)
			}
		})
	})
}

func TestASignedAgreementMovesTheCutOff(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		c, other, finance := mainland(w, "Signed", 3, 2000), mainland(w, "Standard", 4, 1000), w.Operator("operator-finance")
		for figure, value := range map[string]string{"invoice.cutoff_day": "10", "invoice.cutoff_included": "false", "agreement.zone": "UTC"} {
			w.Done(w.Platform(), `mutation($i: OverrideFigureInput!) { overrideFigure(input: $i) { userErrors { code message } } }`,
				vars(in{"accountId": c.AccountID, "figure": figure, "value": value, "agreementNumber": "C-1", "from": utc(w.Portal.Store.Now())}))
		}
		w.AdvanceTo(time.Date(2026, 3, 9, 23, 59, 59, 0, time.UTC))
		first := w.Done(c.Actor, requestDoc, c.asks("10.00"))
		if by := portaltest.String(first, "invoice", "approveBy"); by != "2026-03-10T00:00:00Z" {
			t.Errorf("13.3: approved by %s", by)
		}
		w.AdvanceTo(time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC))
		p := w.Done(finance, approveDoc, one(portaltest.String(first, "invoice", "id")))
		if from := portaltest.String(p, "invoice", "issueFrom"); from != "2026-04-01T00:00:00Z" {
			t.Errorf("13.3: issued from %s", from)
		}
		if by := portaltest.String(w.Done(other.Actor, requestDoc, other.asks("10.00")), "invoice", "approveBy"); by != utc(at(3, 26, 0, 0, 0, 0)) {
			t.Errorf("the override is of one account: %s", by)
		}
	})
}

func TestBonusIsNotInvoiced(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		c := mainland(w, "Bonus", 5)
		t.Run("5.10: bonus can't be invoiced", func(t *testing.T) {
			if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				return ledger.Grant(tx, c.AccountID, "promo_1", cny(300))
			}); err != nil {
				t.Fatal(err)
			}
			pay(w, c, 1000) // 3.00 of it from bonus
			got := w.Refused(c.Actor, requestDoc, c.asks("7.01"))
			if got.Code != "NOT_INVOICEABLE" || got.Clause != "5.10" || !strings.Contains(got.Message, "7.00") {
				t.Errorf("%+v", got)
			}
			if got := w.Refused(c.Actor, requestDoc, c.asks("10.01")); got.Clause != "3.9" {
				t.Errorf("more than was paid at all: %+v", got)
			}
			w.Done(c.Actor, requestDoc, c.asks("7.00"))
			if got := w.Refused(c.Actor, requestDoc, c.asks("0.01")); got.Remedy.Input["amount"] != nil {
				t.Errorf("nothing is left, and the remedy is %v", got.Remedy.Input)
			}
		})
	})
}

func TestConcurrentDuplicateRequests(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("3.9: twin requests for the last fee: one wins", func(t *testing.T) {
			c := mainland(w, "Twins", 6, 5000, 1000)
			answers := race(8, func(int) portaltest.Response { return w.Send(c.Actor, requestDoc, c.asks("60.00")) })
			won := 0
			for _, r := range answers {
				switch list := r.Refusals(t); {
				case len(r.Errors) > 0:
					t.Errorf("%s", r.Raw)
				case len(list) == 0:
					won++
				case list[0].Code != "NOT_INVOICEABLE" || !strings.Contains(list[0].Message, "0.00"):
					t.Errorf("%+v", list[0])
				}
			}
			if won != 1 || invoiceable(w, c) != "0.00" {
				t.Errorf("%d of 8 won, %s is left", won, invoiceable(w, c))
			}
			clean(t, w)
		})
		t.Run("the same request sent 8 times at once under one key is one invoice", func(t *testing.T) {
			c := mainland(w, "Keyed", 7, 9000)
			v := c.asks("10.00")
			v["k"] = "invoice-1"
			ids := map[string]bool{}
			for _, r := range race(8, func(int) portaltest.Response { return w.Send(c.Actor, keyedDoc, v) }) {
				ids[portaltest.String(r.Data, "requestInvoice", "invoice", "id")] = true
			}
			if len(ids) != 1 || invoiceable(w, c) != "80.00" {
				t.Errorf("%v, %s is left", ids, invoiceable(w, c))
			}
			other := c.asks("11.00")
			other["k"] = "invoice-1"
			if r := w.Send(c.Actor, keyedDoc, other); !strings.Contains(string(r.Raw), "IDEMPOTENCY_CONFLICT") {
				t.Errorf("%s", r.Raw)
			}
		})
	})
}

// race sends n requests concurrently.
func race(n int, send func(i int) portaltest.Response) []portaltest.Response {
	answers := make([]portaltest.Response, n)
	var ready, done sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-gate
			answers[i] = send(i)
		})
	}
	ready.Wait()
	close(gate)
	done.Wait()
	return answers
}

func TestNumbersHaveNoGaps(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		const n = 20
		c, finance := mainland(w, "Numbers", 8, n*100+100), w.Operator("operator-finance")
		ids := make([]string, n)
		for i := range ids {
			ids[i] = requested(w, c, "1.00")
			w.Done(finance, approveDoc, one(ids[i]))
		}
		waiting := requested(w, c, "1.00")
		numbers := map[string]bool{}
		for _, r := range race(n, func(i int) portaltest.Response { return w.Send(finance, issueDoc, one(ids[i])) }) {
			numbers[portaltest.String(r.Data, "issueInvoice", "invoice", "number")] = true
		}
		for i := range n {
			if want := fmt.Sprintf("2026G%08d", i+1); !numbers[want] {
				t.Errorf("%s is missing of %v", want, numbers)
			}
		}
		// Issues that are refused or rolled back leave no gap either.
		for _, id := range []string{ids[0], waiting} {
			if got := w.Refused(finance, issueDoc, one(id)); got.Code != "INVOICE_STATUS_CONFLICT" {
				t.Errorf("%+v", got)
			}
		}
		if row := w.Portal.Store.Read().Sequence.Query().Where(sequence.Code("invoice.2026G")).OnlyX(w.System()); row.Last != n {
			t.Errorf("the series stands at %d", row.Last)
		}
		special := w.Done(c.Actor, withdrawDoc, one(waiting))
		if got := portaltest.String(special, "invoice", "status"); got != "WITHDRAWN" {
			t.Error(got)
		}
		p := w.Done(c.Actor, requestDoc, c.asks("1.00", "kind", "SPECIAL_VAT", "medium", "PAPER"))
		id := portaltest.String(p, "invoice", "id")
		w.Done(finance, approveDoc, one(id))
		if got := portaltest.String(w.Done(finance, issueDoc, one(id)), "invoice", "number"); got != "2026S00000001" {
			t.Errorf("a series of its own: %s", got)
		}
		clean(t, w)
	})
}

func TestWhatIsRejectedOrWithdrawnIsReleasedOnce(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		c, finance := mainland(w, "Released", 9, 700, 300), w.Operator("operator-finance")
		id := requested(w, c, "8.00")
		if got := w.Refused(finance, rejectDoc, vars(in{"invoiceId": id, "reason": " "})); got.Code != "REASON_REQUIRED" || got.Clause != "3.9" {
			t.Errorf("%+v", got)
		}
		p := w.Done(finance, rejectDoc, vars(in{"invoiceId": id, "reason": "The title is out of date."}))
		if portaltest.String(p, "invoice", "status") != "REJECTED" || portaltest.String(p, "invoice", "reason") == "" || invoiceable(w, c) != "10.00" {
			t.Errorf("%v, %s", p, invoiceable(w, c))
		}
		id = requested(w, c, "8.00")
		w.Done(finance, approveDoc, one(id))
		done := 0
		for i, r := range race(6, func(i int) portaltest.Response {
			if i%2 == 0 {
				return w.Send(c.Actor, withdrawDoc, one(id))
			}
			return w.Send(finance, rejectDoc, vars(in{"invoiceId": id, "reason": "No."}))
		}) {
			list := r.Refusals(t)
			if len(list) == 0 && i%2 == 0 {
				done++
			} else if len(list) != 1 || list[0].Code != "INVOICE_STATUS_CONFLICT" || list[0].Clause != "3.9" {
				t.Errorf("%s", r.Raw)
			}
		}
		if done != 1 || invoiceable(w, c) != "10.00" {
			t.Errorf("withdrawn %d times, %s", done, invoiceable(w, c))
		}
		for _, doc := range []string{approveDoc, issueDoc, withdrawDoc} {
			by := finance
			if doc == withdrawDoc {
				by = c.Actor
			}
			if got := w.Refused(by, doc, one(id)); got.Code != "INVOICE_STATUS_CONFLICT" || !strings.Contains(got.Message, "WITHDRAWN") {
				t.Errorf("%+v", got)
			}
		}
		id = requested(w, c, "10.00")
		w.Done(finance, approveDoc, one(id))
		w.Done(finance, issueDoc, one(id))
		if got := w.Refused(c.Actor, withdrawDoc, one(id)); got.Code != "INVOICE_STATUS_CONFLICT" || invoiceable(w, c) != "0.00" {
			t.Errorf("an issued invoice was withdrawn: %+v", got)
		}
		clean(t, w)
	})
}

func TestCheckSeesWhatIsInvoicedAndIsNot(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		c := mainland(w, "Checked", 10, 900)
		requested(w, c, "4.00")
		clean(t, w)
		if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
			return tx.Invoice.Update().Where(invoice.AccountID(c.AccountID)).SetStatus(invoice.StatusREJECTED).Exec(tx)
		}); err != nil {
			t.Fatal(err)
		}
		found, err := ledger.Check(w.System(), w.Portal.Store)
		if err != nil {
			t.Fatal(err)
		}
		reported := false
		for _, f := range found {
			reported = reported || f.Rule == "INVOICED" && f.AccountID == c.AccountID && f.Want == 0 && f.Have == 400
		}
		if !reported {
			t.Errorf("not in %v", found)
		}
	})
}
