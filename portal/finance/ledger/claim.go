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

// Part is the part of a fee that an invoice covers.
type Part struct {
	FeeID string
	// SubjectID is the order or bill for which the fee was paid.
	SubjectID string
	// Amount is more than zero.
	Amount money.Amount
}

// claimPage is the number of fees that are read at once.
const claimPage = 500

// Claim marks an amount of an account's fees as invoiced (3.9): the oldest fee
// first, the last one in part if necessary. Each fee is claimed by one
// conditional UPDATE, so nothing is claimed twice by concurrent requests. The
// amount must be more than zero. The parts are in the order in which they were
// claimed, and their sum is the amount. Refusals: [NotInvoiceable], with the
// amount that can be invoiced. For unit invoice, which checks the permission.
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
			if n == 0 { // a concurrent claim came first
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

// Unclaim releases what [Claim] claimed. For unit invoice, which calls it once
// for each claim.
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
			return fmt.Errorf("%w: %d of %d claimed fees exist", errFault, len(fees), len(chunk))
		}
		for _, f := range fees { // in the order in which they were claimed
			n, err := tx.Fee.Update().Where(fee.ID(f.ID), fee.InvoicedMinorGTE(part[f.ID])).AddInvoicedMinor(-part[f.ID]).Save(tx)
			if err != nil {
				return err
			}
			if n == 0 {
				return fmt.Errorf("%w: less of %s is invoiced than is released", errFault, f.ID)
			}
		}
	}
	return nil
}

// freeAfter reads the fees after the given one that are not wholly invoiced or
// refunded, the oldest first.
func freeAfter(tx *ent.Tx, accountID string, c money.Currency, last *db.Fee) ([]*db.Fee, error) {
	q := tx.Fee.Query().Where(fee.AccountID(accountID), fee.Currency(c.String()), free(1))
	if last != nil {
		q = q.Where(fee.Or(fee.PaidAtGT(last.PaidAt), fee.And(fee.PaidAt(last.PaidAt), fee.IDGT(last.ID))))
	}
	return q.Order(db.Asc(fee.FieldPaidAt, fee.FieldID)).Limit(claimPage).All(tx)
}

// free is the condition that at least this amount of a fee is neither invoiced
// nor refunded.
func free(minor int64) predicate.Fee {
	return func(s *sql.Selector) {
		s.Where(sql.P(func(b *sql.Builder) {
			b.Ident(s.C(fee.FieldPaidMinor)).WriteString(" - ").Ident(s.C(fee.FieldInvoicedMinor)).WriteString(" - ").
				Ident(s.C(fee.FieldRefundedMinor)).WriteString(" >= ").Arg(minor)
		}))
	}
}

// notInvoiceable refuses an amount, with the amount that can be invoiced. If
// fees paid from bonus would have covered it, the clause is 5.10.
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
// refunded can be invoiced (3.9, 5.10). It carries "invoiceable", that amount,
// for readers of the balance, and its "currency".
var NotInvoiceable = clause.Declare(clause.Refusal{Code: "NOT_INVOICEABLE", Clause: "3.9",
	Text: clause.Text{ZH: "可开票金额为 {invoiceable} {currency}：仅限以现金支付且尚未开票、尚未退款的费用，赠送金额支付的部分不能开票。",
		EN: "Only {invoiceable} {currency} can be invoiced: fees that were paid in cash and are neither invoiced nor refunded. Fees paid from bonus can't be invoiced."},
	Plain: clause.Text{ZH: "申请金额超过可开票金额：仅限以现金支付且尚未开票、尚未退款的费用，赠送金额支付的部分不能开票。",
		EN: "The amount is more than can be invoiced. Only fees that were paid in cash and are neither invoiced nor refunded count; amounts paid from bonus don't."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请申请不超过可开票金额的发票。", EN: "Request no more than can be invoiced."},
		Operation: "requestInvoice", Input: map[string]any{"accountId": "{accountId}", "amount": "{amount}"}}})
