package proof_test

import (
	"context"
	"fmt"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/holding"
	"portico/ent/db/invoice"
	"portico/portal/customer/account"
	invoices "portico/portal/finance/invoice"
	"portico/portal/sandbox"
	"portico/portal/trade/order"
	"portico/portaltest"
)

// entity returns the legal entity of the account, nil before it is verified.
func (x *side) entity() *db.LegalEntity {
	x.T.Helper()
	open, err := x.Portal.Store.Read().Holding.Query().Where(holding.OpenKey(x.account)).Only(x.System())
	if db.IsNotFound(err) {
		return nil
	}
	if err != nil {
		x.T.Fatal(err)
	}
	return x.Portal.Store.Read().LegalEntity.GetX(x.System(), open.LegalEntityID)
}

// fee tops up the account and pays an order with that cash; it returns the fee.
func (x *side) fee() string {
	return x.keep("fee", func() string {
		if x.entity() == nil {
			return ""
		}
		top := x.start("1500.00")
		do(x, sandbox.CompleteSandboxPayment, input{"topUpId": top, "payerName": x.name + " Ltd"})
		in := x.ordered()
		x.used("application")
		in["planId"], in["term"], in["expectedTotal"] = x.plan("im-flagship"), input{"unit": "MONTH", "count": 1}, yuan("1500.00")
		return do(x, order.PlaceOrder, in).Order.ID
	})
}

// claim returns a valid input of requestInvoice for one fen.
func (x *side) claim() input {
	x.fee()
	number := portaltest.CreditCode(1)
	if e := x.entity(); e != nil {
		var err error
		if number, err = account.EntityNumber(x.Portal.Store, e); err != nil {
			x.T.Fatal(err)
		}
	}
	return input{"accountId": x.account, "kind": "GENERAL_VAT", "medium": "ELECTRONIC", "title": x.name + " Ltd", "taxNumber": number,
		"amount": yuan("0.01"), "deliveryEmail": fmt.Sprintf("finance.%d@example.com", x.serial())}
}

// invoice returns an invoice that waits for an operator.
func (x *side) invoice() string {
	return x.keep("invoice", func() string {
		if x.entity() == nil {
			return x.bareInvoice()
		}
		ask := func(ctx context.Context, s *ent.Store, in invoices.RequestInvoiceInput) (*invoices.RequestInvoicePayload, error) {
			return invoices.RequestInvoice(ctx, s, x.Portal.Printer, in)
		}
		return do(x, ask, x.claim()).Invoice.ID
	})
}

// bareInvoice stores an invoice for an account that can't get one, so that
// permissions can be tried.
func (x *side) bareInvoice() string {
	var id string
	err := x.Portal.Store.Write(x.System(), func(tx *ent.Tx) error {
		email, err := tx.Store().Seal("invoice.delivery_email", "finance@example.com")
		if err != nil {
			return err
		}
		number, err := tx.Store().Seal("invoice.tax_number", portaltest.CreditCode(1))
		if err != nil {
			return err
		}
		row, err := tx.Invoice.Create().SetAccountID(x.account).SetKind(invoice.KindGENERAL_VAT).SetMedium(invoice.MediumELECTRONIC).
			SetTitle(x.name + " Ltd").SetTaxNumber(number).SetAmountMinor(1).SetCurrency("CNY").SetDeliveryEmail(email).
			SetStatus(invoice.StatusREQUESTED).SetRequestedBy(x.owner.PersonID).SetRequestedAt(tx.Now).
			SetApproveBy(tx.Now).SetIssueFrom(tx.Now).SetIssueBy(tx.Now).Save(tx)
		if err == nil {
			id = row.ID
		}
		return err
	})
	if err != nil {
		x.T.Fatal(err)
	}
	return id
}

// approved returns an invoice that can be issued.
func (x *side) approved() string {
	return x.keep("approved invoice", func() string {
		id := x.invoice()
		x.used("invoice")
		do(x, invoices.ApproveInvoice, input{"invoiceId": id})
		return id
	})
}
