package ledger

import (
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/fee"
	"portico/ent/db/ledgerentry"
	"portico/ent/db/predicate"
	"portico/money"
)

// Part is the part of a fee that an invoice is over.
type Part struct {
	FeeID string
	// SubjectID is the order or bill that the fee paid.
	SubjectID string
	// Amount is more than zero.
	Amount money.Amount
}

// claimPage is how many fees are read at once.
const claimPage = 500

// Claim takes an amount out of what an account can have invoiced (3.9): the
// oldest fee first, the last of them in part if need be. Each fee is claimed by
// one conditional UPDATE, so that nothing is claimed twice, however many race.
// What it returns is in the order in which it was claimed, and sums to the
// amount, which is more than zero. Refusals: [NotInvoiceable], with what is
// invoiceable. For unit invoice, which answers for the permission.
func Claim(tx *ent.Tx, accountID string, amount money.Amount) ([]Part, error) {
	if amount.Sign() <= 0 {
		return nil, fmt.Errorf("%w: a claim of %s", errFault, amount)
	}
	var claimed []Part
	var last *db.Fee
	for rest := amount; ; {
		page, err := freeAfter(tx, accountID, amount.Currency(), last)
		if err != nil {
			return nil, err
		}
		for _, f := range page {
			tx.NoEarlier(f.PaidAt)
			part := rest.Min(money.New(f.PaidMinor-f.InvoicedMinor-f.RefundedMinor, amount.Currency()))
			n, err := tx.Fee.Update().Where(fee.ID(f.ID), free(part.Minor())).AddInvoicedMinor(part.Minor()).Save(tx)
			if err != nil {
				return nil, err
			}
			if n == 0 { // a twin was faster
				return nil, ent.ErrStale
			}
			claimed = append(claimed, Part{FeeID: f.ID, SubjectID: f.SubjectID, Amount: part})
			if rest = rest.Sub(part); rest.IsZero() {
				return claimed, nil
			}
		}
		if len(page) < claimPage {
			return nil, notInvoiceable(tx, accountID, amount, amount.Sub(rest))
		}
		last = page[len(page)-1]
	}
}

// Unclaim gives back what [Claim] claimed. For unit invoice, once for each
// claim: it holds the row that says so.
func Unclaim(tx *ent.Tx, claimed []Part) error {
	part := make(map[string]int64, len(claimed))
	ids := make([]string, len(claimed))
	for i, c := range claimed {
		ids[i], part[c.FeeID] = c.FeeID, part[c.FeeID]+c.Amount.Minor()
	}
	for chunk := range slices.Chunk(ids, claimPage) {
		fees, err := tx.Fee.Query().Where(fee.IDIn(chunk...)).Order(db.Asc(fee.FieldPaidAt, fee.FieldID)).All(tx)
		if err != nil {
			return err
		}
		if len(fees) != len(chunk) {
			return fmt.Errorf("%w: %d of %d claimed fees are there", errFault, len(fees), len(chunk))
		}
		for _, f := range fees { // in the order in which they were claimed
			n, err := tx.Fee.Update().Where(fee.ID(f.ID), fee.InvoicedMinorGTE(part[f.ID])).AddInvoicedMinor(-part[f.ID]).Save(tx)
			if err != nil {
				return err
			}
			if n == 0 {
				return fmt.Errorf("%w: less of %s is invoiced than is given back", errFault, f.ID)
			}
		}
	}
	return nil
}

// freeAfter reads fees of which something is neither invoiced nor refunded, the
// oldest first, after one of them.
func freeAfter(tx *ent.Tx, accountID string, c money.Currency, last *db.Fee) ([]*db.Fee, error) {
	q := tx.Fee.Query().Where(fee.AccountID(accountID), fee.Currency(c.String()), free(1))
	if last != nil {
		q = q.Where(fee.Or(fee.PaidAtGT(last.PaidAt), fee.And(fee.PaidAt(last.PaidAt), fee.IDGT(last.ID))))
	}
	return q.Order(db.Asc(fee.FieldPaidAt, fee.FieldID)).Limit(claimPage).All(tx)
}

// free is the condition that so much of a fee is neither invoiced nor refunded.
func free(minor int64) predicate.Fee {
	return func(s *sql.Selector) {
		s.Where(sql.P(func(b *sql.Builder) {
			b.Ident(s.C(fee.FieldPaidMinor)).WriteString(" - ").Ident(s.C(fee.FieldInvoicedMinor)).WriteString(" - ").
				Ident(s.C(fee.FieldRefundedMinor)).WriteString(" >= ").Arg(minor)
		}))
	}
}

// notInvoiceable refuses an amount with what is invoiceable. What was paid from
// bonus would have covered it: then the clause is 5.10.
func notInvoiceable(tx *ent.Tx, accountID string, amount, invoiceable money.Amount) error {
	c := amount.Currency().String()
	refusal := NotInvoiceable.With("accountId", accountID).WithFor(authz.BalanceRead, "invoiceable", invoiceable).With("currency", c)
	if invoiceable.Sign() > 0 {
		refusal = refusal.WithFor(authz.BalanceRead, "amount", invoiceable)
	}
	var sums []struct {
		AccountID string `json:"account_id"`
		Total     int64  `json:"total"`
	}
	err := tx.LedgerEntry.Query().Where(ledgerentry.AccountID(accountID), ledgerentry.Currency(c), ledgerentry.Book(bookBonus), ledgerentry.KindNEQ(KindBonus)).
		GroupBy("account_id").Aggregate(db.As(db.Sum("amount_minor"), "total")).Scan(tx, &sums)
	if err != nil {
		return err
	}
	for _, s := range sums {
		if !invoiceable.Add(money.New(-s.Total, amount.Currency())).Less(amount) {
			refusal = refusal.By("5.10")
		}
	}
	return refusal
}

// NotInvoiceable: only what was paid in cash and is neither invoiced nor
// refunded can be invoiced (3.9, 5.10). It carries invoiceable, how much that
// is, for who may read the balance, and its currency.
var NotInvoiceable = clause.Declare(clause.Refusal{Code: "NOT_INVOICEABLE", Clause: "3.9",
	Text: clause.Text{ZH: "可开票金额为 {invoiceable} {currency}：仅以现金支付且尚未开票、尚未退款的费用可以开票，赠送金额支付的部分不能开票。",
		EN: "Only {invoiceable} {currency} can be invoiced: fees that were paid in cash and are neither invoiced nor refunded. Fees paid from bonus can't be invoiced."},
	Plain: clause.Text{ZH: "申请金额超过可开票金额：仅以现金支付且尚未开票、尚未退款的费用可以开票，赠送金额支付的部分不能开票。",
		EN: "That is more than can be invoiced: fees that were paid in cash and are neither invoiced nor refunded; what was paid from bonus can't be."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "申请不超过可开票金额的发票。", EN: "Ask for no more than can be invoiced."},
		Operation: "requestInvoice", Input: map[string]any{"accountId": "{accountId}", "amount": "{amount}"}}})
