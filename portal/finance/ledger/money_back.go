package ledger

import (
	"fmt"

	"portico/ent"
	"portico/money"
)

// Money that a channel sends back (3.5). What of it the customer has spent is
// claimed on a book of the provider's, and taken from cash that comes in.
const (
	bookRecoverable = "RECOVERABLE"
	bookLoss        = "LOSS"
)

// The kinds of booking of money that goes back, as the API names them.
const (
	KindRefunded  = "PAYMENT_REFUNDED"
	KindRecovered = "REFUND_RECOVERED"
	KindWaived    = "REFUND_WAIVED"
)

// RefundWaiting books that a channel sent back money that waits (3.5). The cause
// is one for each time. For unit payment.
func RefundWaiting(tx *ent.Tx, in Incoming, cause string) error {
	return move(tx, in, booking{kind: KindRefunded, subject: in.TopUpID, cause: "REFUND:" + cause,
		sides: []side{{bookSuspense, -in.Amount.Minor()}, {bookClearing + in.Channel, in.Amount.Minor()}}})
}

// RefundCredited books that a channel sent back money that was credited (3.5). It
// takes it from the cash that is free, and returns what is not there any more:
// that is owed, until [Recover] or [Waive]. For unit payment.
func RefundCredited(tx *ent.Tx, in Incoming, cause string) (missing money.Amount, err error) {
	if in.Amount.Sign() <= 0 || in.Channel == "" {
		return missing, fmt.Errorf("%w: a refund of %s by %q", errFault, in.Amount, in.Channel)
	}
	row, err := lockRow(tx, in.AccountID, in.Amount.Currency())
	if err != nil {
		return missing, err
	}
	free := in.Amount.Min(money.New(row.CashMinor, in.Amount.Currency())).Min(told(row).Available())
	missing = in.Amount.Sub(free)
	_, err = book(tx, row, booking{kind: KindRefunded, subject: in.TopUpID, cause: "REFUND:" + cause, sides: moved(
		side{bookCash, -free.Minor()}, side{bookRecoverable, -missing.Minor()}, side{bookClearing + in.Channel, in.Amount.Minor()})})
	return missing, err
}

// Recover takes what a refund left owing from the cash that is free, as far as
// that goes, and returns what it took. For unit payment.
func Recover(tx *ent.Tx, in Incoming, cause string) (taken money.Amount, err error) {
	row, err := lockRow(tx, in.AccountID, in.Amount.Currency())
	if err != nil {
		return taken, err
	}
	taken = in.Amount.Min(money.New(row.CashMinor, in.Amount.Currency())).Min(told(row).Available())
	if taken.Sign() <= 0 {
		return money.Zero(in.Amount.Currency()), nil
	}
	_, err = book(tx, row, booking{kind: KindRecovered, subject: in.TopUpID, cause: "RECOVER:" + cause,
		sides: []side{{bookCash, -taken.Minor()}, {bookRecoverable, taken.Minor()}}})
	return taken, err
}

// Waive books that the provider bears what a refund left owing. For unit payment.
func Waive(tx *ent.Tx, in Incoming, cause string) error {
	return move(tx, in, booking{kind: KindWaived, subject: in.TopUpID, cause: "WAIVE:" + cause,
		sides: []side{{bookRecoverable, in.Amount.Minor()}, {bookLoss, -in.Amount.Minor()}}})
}
