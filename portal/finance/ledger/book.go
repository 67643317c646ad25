package ledger

import (
	"errors"
	"fmt"
	"slices"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/balance"
	"portico/ent/statement"
	"portico/money"
)

// The books. A customer's book states what belongs to the customer, so what it
// owes is negative on RECEIVABLE. A provider's book takes the other side of an
// entry and has no running balance.
const (
	bookCash       = "CASH"
	bookBonus      = "BONUS"
	bookSuspense   = "SUSPENSE"
	bookReceivable = "RECEIVABLE"
	bookRevenue    = "REVENUE"
	bookPromotion  = "PROMOTION"
	bookClearing   = "CLEARING:" // followed by the channel
)

// The kinds of booking, by their names in the API (LedgerEntryKind).
const (
	KindTopUp           = "TOP_UP"
	KindTopUpSuspense   = "TOP_UP_SUSPENSE"
	KindSuspenseRelease = "SUSPENSE_RELEASE"
	KindSuspenseReturn  = "SUSPENSE_RETURN"
	KindOrder           = "ORDER"
	KindBill            = "BILL"
	KindArrears         = "ARREARS"
	KindBonus           = "BONUS"
	KindReversal        = "REVERSAL"
)

// ErrBooked: the cause was booked before. It is a fault of the calling unit,
// which has a unique key of its own to prevent this.
var ErrBooked = errors.New("ledger: booked already")

// errFault is a booking that is not valid; nothing of it is written.
var errFault = errors.New("ledger: not a booking")

// maxEntries is how many entries a booking can have. An entry's position is the
// version that the booking gives the balance row, times this, plus its place in the
// booking.
const maxEntries = 16

// side is one entry of a booking, before it is written.
type side struct {
	book  string
	minor int64
}

// moved leaves out the sides with a zero amount.
func moved(sides ...side) []side {
	return slices.DeleteFunc(sides, func(s side) bool { return s.minor == 0 })
}

// booking is what is to be booked. The sum of its sides is zero.
type booking struct {
	kind, subject, cause, reverses string
	sides                          []side
}

// errChain is a chain that can't be continued: something that it needs is
// missing or changed.
var errChain = errors.New("ledger: broken chain")

// lockRow reads an account's balance row to change it, and opens it if necessary.
// On MySQL the row is locked, so that concurrent transactions queue instead of
// running again. The condition of the UPDATE in [book] is what keeps the
// balance right.
func lockRow(tx *ent.Tx, accountID string, c money.Currency) (*db.Balance, error) {
	row, _, err := lockRowBeside(tx, accountID, c, "")
	return row, err
}

// lockRowBeside is [lockRow] that may lock an application of the account too; see
// [statement.LockBalance].
func lockRowBeside(tx *ent.Tx, accountID string, c money.Currency, applicationID string) (row *db.Balance, active bool, err error) {
	if !c.Known() {
		return nil, false, fmt.Errorf("%w: currency %.8q", errFault, c)
	}
	row, active, err = statement.LockBalance(tx, accountID, c.String(), applicationID)
	if err == nil && row == nil {
		if err = OpenBalance(tx, accountID, c); err == nil {
			row, _, err = statement.LockBalance(tx, accountID, c.String(), "")
		}
	}
	if err == nil && row == nil {
		err = ent.ErrStale
	}
	return row, active, err
}

// lockRowByID reads a balance row to change it, like [lockRow].
func lockRowByID(tx *ent.Tx, id string) (*db.Balance, error) {
	return tx.Balance.Query().Where(balance.ID(id), statement.ForUpdate).Only(tx)
}

// customerBook returns a pointer to a book's amount in a balance row, and the
// amount's sign in the book; nil for a provider's book.
func customerBook(row *db.Balance, book string) (figure *int64, sign int64) {
	switch book {
	case bookCash:
		return &row.CashMinor, 1
	case bookBonus:
		return &row.BonusMinor, 1
	case bookSuspense:
		return &row.SuspenseMinor, 1
	case bookReceivable:
		return &row.ReceivableMinor, -1
	}
	return nil, 0
}

// book writes a booking and changes the balance row by one UPDATE, on condition
// that nobody changed the row in the meantime and that it has the amount to be
// taken.
func book(tx *ent.Tx, row *db.Balance, b booking) (*db.LedgerTransaction, error) {
	after := *row
	after.Version++
	entries := make([]*db.LedgerEntry, 0, len(b.sides))
	link := chained{account: row.AccountID, currency: row.Currency, id: ent.NewID("ltxn"), kind: b.kind, subject: b.subject,
		cause: b.cause, reverses: b.reverses, at: tx.Now, version: after.Version}
	var sum int64
	for i, s := range b.sides {
		sum += s.minor
		l := chainedEntry{id: ent.NewID("entr"), book: s.book, minor: s.minor, position: after.Version*maxEntries + int64(i)}
		if figure, sign := customerBook(&after, s.book); figure != nil {
			if *figure += sign * s.minor; *figure < 0 {
				return nil, fmt.Errorf("%w: %s of %s would be negative", errFault, s.book, row.AccountID)
			}
			if *figure > money.MaxBalance {
				return nil, fmt.Errorf("%w: %s of %s would be more than a balance holds", money.ErrRange, s.book, row.AccountID)
			}
			l.customer, l.after = true, sign**figure
		}
		link.entries = append(link.entries, l)
		entries = append(entries, &db.LedgerEntry{ID: l.id, AccountID: row.AccountID, TransactionID: link.id, Kind: b.kind,
			SubjectID: b.subject, Book: l.book, CustomerSide: l.customer, AmountMinor: l.minor, Currency: row.Currency,
			BalanceAfterMinor: l.after, Position: l.position, At: tx.Now})
	}
	if sum != 0 || len(b.sides) == 0 || len(b.sides) > maxEntries {
		return nil, fmt.Errorf("%w: %d sides that sum to %d", errFault, len(b.sides), sum)
	}
	t := &db.LedgerTransaction{ID: link.id, AccountID: row.AccountID, Kind: b.kind, SubjectID: b.subject, CauseKey: b.cause, At: tx.Now}
	if row.HeadVersion == row.Version { // otherwise it waits to be chained, after those before it
		after.Head, after.HeadVersion = link.over(row.Head), after.Version
		t.Currency, t.BalanceVersion, t.Hash = &after.Currency, &after.Version, &after.Head
	}
	if err := change(tx, row, &after); err != nil {
		return nil, err
	}
	if b.reverses != "" {
		t.ReversesID = &b.reverses
	}
	err := ent.Insert(tx, t)
	if ent.IsDuplicate(err) {
		return nil, fmt.Errorf("%w: %s", ErrBooked, b.cause)
	}
	if err != nil {
		return nil, err
	}
	*row = after
	return t, ent.Insert(tx, entries...)
}

func change(tx *ent.Tx, row, after *db.Balance) error {
	changed, err := statement.ChangeBalance(tx, row, after)
	if err == nil && !changed {
		return ent.ErrStale
	}
	return err
}
