package ledger

import (
	"fmt"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/ledgerentry"
	"portico/money"
	"portico/portal/kernel/command"
)

// Incoming is money that was paid according to a channel.
type Incoming struct {
	AccountID string
	// Channel is the channel that the money came by; its clearing book takes
	// the other side.
	Channel string
	// TopUpID is the top-up that is paid, PaymentID the payment. A payment is
	// booked once.
	TopUpID, PaymentID string
	// Amount is the signed amount, more than zero.
	Amount money.Amount
}

// Credit books a payment to cash (3.5). For unit payment.
func Credit(tx *ent.Tx, in Incoming) error {
	return arrive(tx, in, KindTopUp, bookCash)
}

// ToSuspense books a payment that waits for an operator (3.5): the customer can
// see it, but not spend it. For unit payment.
func ToSuspense(tx *ent.Tx, in Incoming) error {
	return arrive(tx, in, KindTopUpSuspense, bookSuspense)
}

// ReleaseSuspense moves a waiting payment to cash (3.5). Either it or
// [ReturnSuspense] can happen. For unit payment.
func ReleaseSuspense(tx *ent.Tx, in Incoming) error {
	return leave(tx, in, KindSuspenseRelease, bookCash)
}

// ReturnSuspense books a waiting payment as sent back by its channel (3.5).
// For unit payment.
func ReturnSuspense(tx *ent.Tx, in Incoming) error {
	return leave(tx, in, KindSuspenseReturn, bookClearing+in.Channel)
}

func arrive(tx *ent.Tx, in Incoming, kind, to string) error {
	return move(tx, in, booking{kind: kind, subject: in.TopUpID, cause: "PAYMENT:" + in.PaymentID,
		sides: []side{{to, in.Amount.Minor()}, {bookClearing + in.Channel, -in.Amount.Minor()}}})
}

func leave(tx *ent.Tx, in Incoming, kind, to string) error {
	return move(tx, in, booking{kind: kind, subject: in.TopUpID, cause: "SUSPENSE:" + in.PaymentID,
		sides: []side{{bookSuspense, -in.Amount.Minor()}, {to, in.Amount.Minor()}}})
}

func move(tx *ent.Tx, in Incoming, b booking) error {
	if in.Amount.Sign() <= 0 || in.Channel == "" {
		return fmt.Errorf("%w: %s of %s by %q", errFault, b.kind, in.Amount, in.Channel)
	}
	row, err := lockRow(tx, in.AccountID, in.Amount.Currency())
	if err != nil {
		return err
	}
	_, err = book(tx, row, b)
	return err
}

// Grant gives bonus, which can be spent, but never invoiced or refunded (5.10).
// It is given once for a subject. For the units that grant bonus (3.2).
func Grant(tx *ent.Tx, accountID, subjectID string, amount money.Amount) error {
	if amount.Sign() <= 0 {
		return fmt.Errorf("%w: a bonus of %s", errFault, amount)
	}
	row, err := lockRow(tx, accountID, amount.Currency())
	if err != nil {
		return err
	}
	_, err = book(tx, row, booking{kind: KindBonus, subject: subjectID, cause: KindBonus + ":" + subjectID,
		sides: []side{{bookBonus, amount.Minor()}, {bookPromotion, -amount.Minor()}}})
	return err
}

// Reverse undoes a booking by its opposite, once. Neither a reversal nor a bill
// can be reversed; a bill is adjusted by lines (3.4). The reason goes into the
// audit. Refusals: [NoFunds] if the money to take back is spent; [Claimed] if
// its fee is invoiced (3.9). The caller checks the permission.
func Reverse(tx *command.Tx, transactionID, reason string) (*db.LedgerTransaction, error) {
	t, err := tx.LedgerTransaction.Get(tx, transactionID)
	if err != nil {
		return nil, err
	}
	if t.Kind == KindReversal || t.Kind == KindBill || t.Kind == KindArrears || reason == "" {
		return nil, fmt.Errorf("%w: a reversal of %s %s for %q", errFault, t.Kind, t.ID, reason)
	}
	entries, err := tx.LedgerEntry.Query().Where(ledgerentry.TransactionID(t.ID)).
		Order(db.Asc(ledgerentry.FieldPosition)).All(tx)
	if err != nil {
		return nil, err
	}
	c := money.Currency(entries[0].Currency)
	row, err := lockRow(tx.Tx, t.AccountID, c)
	if err != nil {
		return nil, err
	}
	b := booking{kind: KindReversal, subject: t.SubjectID, cause: KindReversal + ":" + t.ID, reverses: t.ID}
	for _, e := range entries {
		if figure, sign := customerBook(row, e.Book); figure != nil && *figure < sign*e.AmountMinor {
			return nil, Shortfall(tx, tx.Client(), t.AccountID, money.New(sign*e.AmountMinor-*figure, c), balanceOf(row).Arrears)
		}
		b.sides = append(b.sides, side{e.Book, -e.AmountMinor})
	}
	undone, err := book(tx.Tx, row, b)
	if err != nil {
		return nil, err
	}
	tx.AuditDetail("reverses", t.ID)
	tx.AuditDetail("reason", reason)
	if cash := feeOf(entries); cash > 0 {
		err = unpaid(tx.Tx, t.SubjectID, cash)
	}
	return undone, err
}
