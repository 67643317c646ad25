package invoice_test

import (
	"testing"

	"portico/ent"
	"portico/ent/db/balance"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portaltest"
)

const (
	fields      = `{ id number status kind medium title taxNumber amount { amount currency } approveBy approvedAt issueFrom issueBy issuedAt reason deliveryEmail downloadUrl items { id amount { amount } subject { id } } account { id } }`
	refusals    = ` userErrors { code message clause field remedy { description operation input } } `
	requestDoc  = `mutation($i: RequestInvoiceInput!) { requestInvoice(input: $i) { invoice ` + fields + refusals + `} }`
	keyedDoc    = `mutation($i: RequestInvoiceInput!, $k: String!) { requestInvoice(input: $i) @idempotent(key: $k) { invoice ` + fields + refusals + `} }`
	withdrawDoc = `mutation($i: WithdrawInvoiceInput!) { withdrawInvoice(input: $i) { invoice ` + fields + refusals + `} }`
	approveDoc  = `mutation($i: ApproveInvoiceInput!) { approveInvoice(input: $i) { invoice ` + fields + refusals + `} }`
	rejectDoc   = `mutation($i: RejectInvoiceInput!) { rejectInvoice(input: $i) { invoice ` + fields + refusals + `} }`
	issueDoc    = `mutation($i: IssueInvoiceInput!) { issueInvoice(input: $i) { invoice ` + fields + refusals + `} }`
	accountDoc  = `query($id: ID!) { account(id: $id) { invoiceable { amount } invoices(first: 50) { totalCount nodes ` + fields + ` } } }`
)

type in = map[string]any

func cny(minor int64) money.Amount { return money.New(minor, money.CNY) }

// vars are the variables of a mutation.
func vars(i in) map[string]any { return map[string]any{"i": i} }

func one(id string) map[string]any { return vars(in{"invoiceId": id}) }

// company is a verified owner with its title and tax number.
type company struct {
	*portaltest.Actor
	title, number string
}

// verified returns a company whose title isn't derived from its name.
func verified(w *portaltest.World, name, title, kind, country, number string) company {
	w.T.Helper()
	c := company{w.Owner(name), title, number}
	w.Verify(c.Actor, in{"kind": kind, "legalName": title, "country": country, "registrationNumber": number})
	return c
}

// serials is the first of these companies' serial numbers.
const serials = 7000

// mainland returns a mainland company that has paid these amounts in fen in
// cash.
func mainland(w *portaltest.World, name string, serial int, paid ...int64) company {
	w.T.Helper()
	c := verified(w, name, name+" Ltd", "MAINLAND_COMPANY", "CN", portaltest.CreditCode(serials+serial))
	pay(w, c, paid...)
	return c
}

// pay makes a company pay orders, each in cash that is credited before.
func pay(w *portaltest.World, c company, paid ...int64) {
	w.T.Helper()
	for _, minor := range paid {
		err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
			if err := ledger.Credit(tx, ledger.Incoming{AccountID: c.AccountID, Channel: "SANDBOX", TopUpID: ent.NewID("topu"), PaymentID: ent.NewID("paym"), Amount: cny(minor)}); err != nil {
				return err
			}
			_, err := ledger.Pay(tx, ledger.Payment{AccountID: c.AccountID, Kind: ledger.KindOrder, SubjectID: ent.NewID("ordr"), Amount: cny(minor)})
			return err
		})
		if err != nil {
			w.T.Fatal(err)
		}
	}
}

// ordered makes a company place a number of orders of the flagship plan, each
// for one month at 1,500.00.
func ordered(w *portaltest.World, c company, times int) {
	w.T.Helper()
	for range times {
		w.Done(c.Actor, `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } userErrors { code field } } }`, vars(in{
			"accountId": c.AccountID, "applicationId": w.Application(c.Actor, "MAINLAND"), "planId": w.PlanID("im-flagship"),
			"term": in{"unit": "MONTH", "count": 1}, "expectedTotal": in{"amount": "1500.00", "currency": "CNY"}}))
	}
}

// asks returns a valid input of requestInvoice.
func (c company) asks(amount string, spoil ...any) map[string]any {
	i := in{"accountId": c.AccountID, "kind": "GENERAL_VAT", "medium": "ELECTRONIC", "title": c.title, "taxNumber": c.number,
		"amount": in{"amount": amount, "currency": "CNY"}, "deliveryEmail": "Finance@Example.com "}
	for n := 0; n < len(spoil); n += 2 {
		i[spoil[n].(string)] = spoil[n+1]
	}
	return vars(i)
}

// requested requests an invoice and returns its ID.
func requested(w *portaltest.World, c company, amount string) string {
	w.T.Helper()
	return portaltest.String(w.Done(c.Actor, requestDoc, c.asks(amount)), "invoice", "id")
}

// invoiceable returns what can be invoiced, as the company reads it.
func invoiceable(w *portaltest.World, c company) string {
	w.T.Helper()
	return portaltest.String(w.Must(c.Actor, accountDoc, map[string]any{"id": c.AccountID}), "account", "invoiceable", "amount")
}

// clean runs the ledger's check; only these tests write payments and orders.
func clean(t testing.TB, w *portaltest.World) {
	t.Helper()
	found, err := ledger.Check(w.System(), w.Portal.Store)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Rule != "CLEARING" && f.Rule != "SUSPENSE" && f.Rule != "ORDER" && f.Rule != "PRINTED" && f.Rule != "BOOKED" {
			t.Errorf("check: %s", f)
		}
	}
	if n := w.Portal.Store.Read().Balance.Query().Where(balance.CashMinorLT(0)).CountX(w.System()); n != 0 {
		t.Errorf("%d balances below zero", n)
	}
}
