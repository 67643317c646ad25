package invoice_test

import (
	"strings"
	"testing"

	"portico/ent/db/auditevent"
	"portico/portaltest"
)

func TestRequestsThatAreRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		c := mainland(w, "Refused", 1, 10000)
		person := verified(w, "Person", "王小明", "NATURAL_PERSON", "CN", "11010519491231002X")
		foreign := verified(w, "Foreign", "Fern GmbH", "FOREIGN_ENTITY", "DE", "HRB 12345")
		pay(w, person, 500)
		pay(w, foreign, 500)
		digit := []byte(c.number)
		digit[16] = '0' + (digit[16]-'0'+1)%10
		for _, x := range []struct {
			what, code, clause, field string
			by                        company
			spoil                     []any
		}{
			{"another title", "INVOICE_TITLE_MISMATCH", "3.9", "input.title", c, []any{"title", "Somebody Ltd"}},
			{"no title", "INVOICE_TITLE_MISMATCH", "3.9", "input.title", c, []any{"title", ""}},
			{"a wrong check digit", "INVOICE_TAX_NUMBER_INVALID", "3.9", "input.taxNumber", c, []any{"taxNumber", string(digit)}},
			{"a short number", "INVOICE_TAX_NUMBER_INVALID", "3.9", "input.taxNumber", c, []any{"taxNumber", "123"}},
			{"a character out of place", "INVOICE_TAX_NUMBER_INVALID", "3.9", "input.taxNumber", c, []any{"taxNumber", "9111010800000I000X"}},
			{"another company's number", "INVOICE_TAX_NUMBER_MISMATCH", "3.9", "input.taxNumber", c, []any{"taxNumber", portaltest.CreditCode(99)}},
			{"another person's number", "INVOICE_TAX_NUMBER_MISMATCH", "3.9", "input.taxNumber", person, []any{"taxNumber", "110105194912310038"}},
			{"another register's number", "INVOICE_TAX_NUMBER_MISMATCH", "3.9", "input.taxNumber", foreign, []any{"taxNumber", "HRB 12346"}},
			{"a special invoice for a person", "SPECIAL_VAT_NOT_AVAILABLE", "3.9", "input.kind", person, []any{"kind", "SPECIAL_VAT"}},
			{"a special invoice for a foreign entity", "SPECIAL_VAT_NOT_AVAILABLE", "3.9", "input.kind", foreign, []any{"kind", "SPECIAL_VAT"}},
			{"nothing", "INVALID_INPUT", "", "input.amount.amount", c, []any{"amount", in{"amount": "0.00", "currency": "CNY"}}},
			{"less than nothing", "INVALID_INPUT", "", "input.amount.amount", c, []any{"amount", in{"amount": "-1", "currency": "CNY"}}},
			{"a tenth of a fen", "INVALID_INPUT", "", "input.amount.amount", c, []any{"amount", in{"amount": "1.001", "currency": "CNY"}}},
			{"another currency", "INVALID_INPUT", "", "input.amount.currency", c, []any{"amount", in{"amount": "1.00", "currency": "USD"}}},
			{"no address", "INVALID_INPUT", "", "input.deliveryEmail", c, []any{"deliveryEmail", "finance"}},
			{"a foreign account", "NOT_FOUND", "", "input.accountId", c, []any{"accountId", foreign.AccountID}},
		} {
			got := w.Refused(x.by.Actor, requestDoc, x.by.asks("1.00", x.spoil...))
			if got.Code != x.code || got.Clause != x.clause || strings.Join(got.Field, ".") != x.field || x.clause != "" && got.Remedy == nil {
				t.Errorf("%s: %+v", x.what, got)
			}
		}
		if got := w.Refused(c.Actor, requestDoc, c.asks("1.00", "title", "Ltd")); got.Remedy.Operation != "requestInvoice" || got.Remedy.Input["title"] != c.title {
			t.Errorf("the remedy of a wrong title is %+v", got.Remedy)
		}
		if invoiceable(w, c) != "100.00" {
			t.Error("a refusal claimed something")
		}
		// The same in another notation.
		p := w.Done(c.Actor, requestDoc, c.asks("1.00", "title", " ＲＥＦＵＳＥＤ  ltd", "taxNumber", c.number[:8]+" - "+strings.ToLower(c.number[8:])))
		if portaltest.String(p, "invoice", "title") != c.title || portaltest.String(p, "invoice", "taxNumber") != c.number {
			t.Errorf("%v", p)
		}
		w.Done(person.Actor, requestDoc, person.asks("1.00"))
		w.Done(foreign.Actor, requestDoc, foreign.asks("1.00", "taxNumber", "hrb12345"))
	})
}

func TestAnAccountThatIsNotVerifiedGetsNoInvoice(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("5.2: an invoice needs a verified account", func(t *testing.T) {
			c := company{w.Owner("Unverified"), "Unverified Ltd", portaltest.CreditCode(1)}
			got := w.Refused(c.Actor, requestDoc, c.asks("1.00"))
			if got.Code != "VERIFICATION_REQUIRED" || got.Clause != "5.2" || got.Remedy.Operation != "submitVerification" || got.Remedy.Input["accountId"] != c.AccountID {
				t.Errorf("%+v %+v", got, got.Remedy)
			}
			w.Verify(c.Actor, in{"kind": "MAINLAND_COMPANY", "legalName": c.title, "country": "CN", "registrationNumber": c.number})
			pay(w, c, 100)
			w.Done(c.Actor, requestDoc, c.asks("1.00"))
		})
	})
}

func TestInvoicesOfAnotherAccount(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, finance := mainland(w, "Anna", 2, 1000), mainland(w, "Berta", 3, 1000), w.Operator("operator-finance")
		id := requested(w, a, "10.00")
		for _, x := range []string{id, strings.Replace(id, id[len(id)-4:], "0000", 1)} { // foreign and nonexistent IDs get the same answer
			if got := w.Refused(b.Actor, withdrawDoc, one(x)); got.Code != "NOT_FOUND" || strings.Join(got.Field, ".") != "input.invoiceId" {
				t.Errorf("%+v", got)
			}
			if got := w.Must(b.Actor, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": x})["node"]; got != nil {
				t.Errorf("%v", got)
			}
		}
		item := portaltest.String(w.Must(a.Actor, accountDoc, map[string]any{"id": a.AccountID}), "account", "invoices", "nodes", 0, "items", 0, "id")
		if got := w.Must(b.Actor, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": item})["node"]; got != nil || item == "" {
			t.Errorf("%v of %q", got, item)
		}
		if n := portaltest.At(w.Must(b.Actor, accountDoc, map[string]any{"id": b.AccountID}), "account", "invoices", "totalCount"); n != float64(0) {
			t.Errorf("%v invoices of another", n)
		}
		for _, doc := range []string{approveDoc, issueDoc} { // a customer may not decide
			if r := w.Send(a.Actor, doc, one(id)); len(r.Errors) != 1 || r.Errors[0].Code() != "FORBIDDEN" {
				t.Errorf("%s", r.Raw)
			}
		}
		if r := w.Send(finance, withdrawDoc, one(id)); len(r.Errors) != 1 || r.Errors[0].Code() != "FORBIDDEN" {
			t.Errorf("%s", r.Raw)
		}
	})
}

func TestTheQueueOfInvoices(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, finance := mainland(w, "Queue", 4, 1000), mainland(w, "Behind", 5, 1000), w.Operator("operator-finance")
		first, second := requested(w, a, "1.00"), requested(w, b, "2.00")
		w.Done(finance, approveDoc, one(first))
		queue := `query($s: InvoiceStatus, $n: Int, $a: String) { invoices(first: $n, status: $s, after: $a) { totalCount nodes { id account { id number } } pageInfo { endCursor hasNextPage } } }`
		all := w.Must(finance, queue, map[string]any{"n": 1})
		if portaltest.String(all, "invoices", "nodes", 0, "id") != first || portaltest.At(all, "invoices", "totalCount") != float64(2) {
			t.Errorf("%v", all)
		}
		next := w.Must(finance, queue, map[string]any{"n": 1, "a": portaltest.String(all, "invoices", "pageInfo", "endCursor")})
		if portaltest.String(next, "invoices", "nodes", 0, "account", "id") != b.AccountID {
			t.Errorf("%v", next)
		}
		waiting := w.Must(finance, queue, map[string]any{"n": 9, "s": "REQUESTED"})
		if portaltest.At(waiting, "invoices", "totalCount") != float64(1) || portaltest.String(waiting, "invoices", "nodes", 0, "id") != second {
			t.Errorf("%v", waiting)
		}
		if r := w.Send(a.Actor, queue, map[string]any{"n": 9}); len(r.Errors) != 1 || r.Errors[0].Code() != "FORBIDDEN" {
			t.Errorf("%s", r.Raw)
		}
		t.Run("6.2: an operator who opens an invoice is shown to the customer", func(t *testing.T) {
			opened := func() int {
				return w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action("openInvoice"), auditevent.AccountID(b.AccountID)).CountX(w.System())
			}
			if opened() != 0 {
				t.Errorf("%d openings by looking at the queue alone", opened())
			}
			got := w.Must(finance, `{ invoices(status: REQUESTED) { nodes { id title taxNumber deliveryEmail } } }`, nil)
			if portaltest.String(got, "invoices", "nodes", 0, "taxNumber") != b.number || opened() != 1 {
				t.Errorf("%v, %d openings", got, opened())
			}
			accesses := w.Must(b.Actor, `query($id: ID!) { account(id: $id) { accesses { nodes { subject { id } } } } }`, map[string]any{"id": b.AccountID})
			if !strings.Contains(strings.Join(subjects(accesses), " "), second) {
				t.Errorf("the customer sees %v", accesses)
			}
		})
	})
}

func subjects(answer any) []string {
	var ids []string
	list, _ := portaltest.At(answer, "account", "accesses", "nodes").([]any)
	for _, n := range list {
		ids = append(ids, portaltest.String(n, "subject", "id"))
	}
	return ids
}
