package ledger

import (
	"fmt"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/fee"
	"portico/money"
)

// Payment is what an account pays from its balance.
type Payment struct {
	AccountID string
	// Kind is what is paid: KindOrder.
	Kind string
	// SubjectID is the order. It is paid once.
	SubjectID string
	// Amount is never negative; nothing is booked for zero.
	Amount money.Amount
	// Balance is the one that pays, if the same transaction has locked it already.
	Balance *LockedBalance
}

// Split tells which part of a payment was bonus and which cash.
type Split struct{ Bonus, Cash money.Amount }

// Pay takes an amount from the available balance, bonus first, then cash
// (3.4), and keeps the cash part as a fee that can be invoiced (3.9). Refusals:
// [NoFunds] with the shortfall (3.3). The caller answers for the permission.
func Pay(tx *ent.Tx, p Payment) (Split, error) {
	c := p.Amount.Currency()
	if p.Amount.Sign() < 0 || p.Kind != KindOrder {
		return Split{}, fmt.Errorf("%w: %s of %s for %s", errFault, p.Kind, p.Amount, p.SubjectID)
	}
	if p.Amount.IsZero() {
		return Split{Bonus: p.Amount, Cash: p.Amount}, nil
	}
	locked := p.Balance
	if locked == nil {
		var err error
		if locked, err = LockBalance(tx, p.AccountID, c); err != nil {
			return Split{}, err
		}
	}
	row := locked.row
	if row.AccountID != p.AccountID || row.Currency != c.String() {
		return Split{}, fmt.Errorf("%w: %s pays for %s", errFault, row.ID, p.SubjectID)
	}
	available := locked.Available()
	if available.Less(p.Amount) {
		return Split{}, Shortfall(tx, tx.Client(), p.AccountID, p.Amount.Sub(available), told(row).Arrears)
	}
	bonus := p.Amount.Min(money.New(row.BonusMinor, c))
	split := Split{Bonus: bonus, Cash: p.Amount.Sub(bonus)}
	_, err := book(tx, row, booking{kind: p.Kind, subject: p.SubjectID, cause: p.Kind + ":" + p.SubjectID, sides: moved(
		side{bookBonus, -split.Bonus.Minor()}, side{bookCash, -split.Cash.Minor()}, side{bookRevenue, p.Amount.Minor()})})
	if err != nil {
		return split, err
	}
	return split, newFee(tx, p.AccountID, p.SubjectID, split.Cash)
}

// unpaid takes a reversed payment's cash out of what can be invoiced. What is
// invoiced or refunded already stays (3.9), so such a payment isn't reversed.
func unpaid(tx *ent.Tx, subjectID string, cash int64) error {
	f, err := tx.Fee.Query().Where(fee.SubjectID(subjectID)).Only(tx)
	if err != nil {
		return err
	}
	if f.PaidMinor-f.InvoicedMinor-f.RefundedMinor < cash {
		return Claimed.With("subjectId", subjectID)
	}
	n, err := tx.Fee.Update().Where(fee.ID(f.ID), fee.PaidMinor(f.PaidMinor),
		fee.InvoicedMinor(f.InvoicedMinor), fee.RefundedMinor(f.RefundedMinor)).AddPaidMinor(-cash).Save(tx)
	if err == nil && n == 0 {
		return ent.ErrStale
	}
	return err
}

// feeOf is the cash that a booking took for its subject.
func feeOf(entries []*db.LedgerEntry) int64 {
	var cash int64
	for _, e := range entries {
		if e.Kind == KindOrder && e.Book == bookCash {
			cash -= e.AmountMinor
		}
	}
	return cash
}
