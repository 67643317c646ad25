package ledger

import (
	"fmt"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/fee"
	"portico/money"
)

// Charge books a bill. It takes what the balance has, bonus first, then cash
// (3.4); the rest is owed from then on (3.8). The cash part becomes a fee
// (3.9). A bill is booked once, and nothing is booked for zero. For unit
// billing.
func Charge(tx *ent.Tx, accountID, billID string, total money.Amount) (paid Split, owed money.Amount, err error) {
	c := total.Currency()
	zero := money.Zero(c)
	if total.Sign() < 0 {
		return Split{}, zero, fmt.Errorf("%w: a bill of %s", errFault, total)
	}
	if total.IsZero() {
		return Split{Bonus: zero, Cash: zero}, zero, nil
	}
	row, err := lockRow(tx, accountID, c)
	if err != nil {
		return Split{}, zero, err
	}
	taken := total.Min(balanceOf(row).Available())
	paid.Bonus = taken.Min(money.New(row.BonusMinor, c))
	paid.Cash = taken.Sub(paid.Bonus)
	owed = total.Sub(taken)
	b := booking{kind: KindBill, subject: billID, cause: KindBill + ":" + billID, sides: moved(
		side{bookBonus, -paid.Bonus.Minor()}, side{bookCash, -paid.Cash.Minor()},
		side{bookReceivable, -owed.Minor()}, side{bookRevenue, total.Minor()})}
	if _, err := book(tx, row, b); err != nil {
		return Split{}, zero, err
	}
	return paid, owed, newFee(tx, accountID, billID, paid.Cash)
}

// PayBill pays the owed part of a bill from cash, as much as there is: bonus
// pays no arrears (5.10). It returns the amount that it paid. For unit billing,
// which gives the owed amount.
func PayBill(tx *ent.Tx, accountID, billID string, owed money.Amount) (money.Amount, error) {
	c := owed.Currency()
	row, err := lockRow(tx, accountID, c)
	if err != nil {
		return money.Zero(c), err
	}
	pays := owed.Min(money.New(row.CashMinor, c)).Min(balanceOf(row).Available())
	if pays.Sign() <= 0 {
		return money.Zero(c), nil
	}
	_, err = book(tx, row, booking{kind: KindArrears, subject: billID,
		cause: fmt.Sprintf("%s:%s:%d", KindArrears, billID, row.Version),
		sides: []side{{bookCash, -pays.Minor()}, {bookReceivable, pays.Minor()}}})
	if err != nil {
		return money.Zero(c), err
	}
	return pays, addFee(tx, accountID, billID, pays)
}

// addFee adds to the cash that was paid for a subject, which can be invoiced
// (3.9).
func addFee(tx *ent.Tx, accountID, subjectID string, cash money.Amount) error {
	n, err := tx.Fee.Update().Where(fee.SubjectID(subjectID)).AddPaidMinor(cash.Minor()).Save(tx)
	if err != nil || n > 0 {
		return err
	}
	err = newFee(tx, accountID, subjectID, cash)
	if ent.IsDuplicate(err) {
		return ent.ErrStale
	}
	return err
}

// newFee records the cash that was paid for a subject for the first time. It
// records nothing for zero.
func newFee(tx *ent.Tx, accountID, subjectID string, cash money.Amount) error {
	if cash.IsZero() {
		return nil
	}
	return ent.Insert(tx, &db.Fee{AccountID: accountID, SubjectID: subjectID, PaidMinor: cash.Minor(), Currency: cash.Currency().String(), PaidAt: tx.Now})
}
