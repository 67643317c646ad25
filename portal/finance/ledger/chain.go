package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/balance"
	"portico/ent/db/ledgerentry"
	"portico/ent/db/ledgertransaction"
	"portico/text"
)

// The chain of an account and currency: each booking carries a hash over the
// one before, itself and its entries, and the balance row the last of them, so
// that none can be erased, changed or put between unseen. A booking is chained
// as it is written, at no statement's cost: the UPDATE of the row is on
// condition of its version, and whoever changes the head changes the version with it.
// Where bookings before it are not chained (those of a release that didn't), it
// waits for [Adopt] with them.

// chained is what a booking's hash covers, besides the hash before it.
type chained struct {
	account, currency string
	id, kind, subject string
	cause, reverses   string
	at                time.Time
	adopted           *time.Time // when it was chained, if later
	version           int64      // of the balance row, by this booking
	entries           []chainedEntry
}

// chainedEntry is one entry of a booking.
type chainedEntry struct {
	id, book     string
	customer     bool
	minor, after int64
	position     int64
}

// chainVersion begins what is hashed; another way to hash gets another one.
const chainVersion = "portico.ledger.1"

// over returns the hash of a booking that follows the booking with the given
// hash.
func (c chained) over(previous string) string {
	h := sha256.New()
	write(h, chainVersion, previous, c.account, c.currency, c.id, c.kind, c.subject, c.cause, c.reverses, instant(&c.at), instant(c.adopted), figure(c.version), figure(int64(len(c.entries))))
	for _, e := range c.entries {
		write(h, e.id, e.book, strconv.FormatBool(e.customer), figure(e.minor), figure(e.after), figure(e.position))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// write hashes each text with its length, so that the boundary between two
// texts counts.
func write(h io.Writer, texts ...string) {
	for _, t := range texts {
		_, _ = fmt.Fprintf(h, "%d:%s;", len(t), t) // a hash never fails
	}
}

func figure(n int64) string { return strconv.FormatInt(n, 10) }

func instant(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// adoptPage is how many bookings one transaction of [Adopt] chains.
const adoptPage = 200

// adopt chains the oldest unchained bookings of a balance row in the caller's
// transaction, and returns their number.
func adopt(tx *ent.Tx, rowID string) (int, error) {
	row, err := lockRowByID(tx, rowID)
	if err != nil || row.HeadVersion >= row.Version {
		return 0, err
	}
	last := min(row.Version, row.HeadVersion+adoptPage)
	waiting, err := unchained(tx, row, last)
	if err != nil {
		return 0, err
	}
	head := row.Head
	for i, c := range waiting {
		if c.version != row.HeadVersion+int64(i)+1 {
			return 0, fmt.Errorf("%w: version %d of %s is missing", errChain, row.HeadVersion+int64(i)+1, row.ID)
		}
		c.adopted = &tx.Now
		head = c.over(head)
		n, err := tx.LedgerTransaction.Update().Where(ledgertransaction.ID(c.id), ledgertransaction.HashIsNil()).
			SetCurrency(c.currency).SetBalanceVersion(c.version).SetHash(head).SetAdoptedAt(tx.Now).Save(tx)
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return 0, fmt.Errorf("%w: %s is chained already", errChain, c.id)
		}
	}
	if int64(len(waiting)) != last-row.HeadVersion {
		return 0, fmt.Errorf("%w: %d of %d bookings after version %d of %s are there", errChain, len(waiting), last-row.HeadVersion, row.HeadVersion, row.ID)
	}
	n, err := tx.Balance.Update().Where(balance.ID(row.ID), balance.HeadVersion(row.HeadVersion), balance.Head(row.Head)).
		SetHead(head).SetHeadVersion(last).Save(tx)
	if err == nil && n == 0 {
		return 0, ent.ErrStale
	}
	return len(waiting), err
}

// unchained reads the bookings of a balance row after its head, up to a
// version of the row, in their order.
func unchained(tx *ent.Tx, row *db.Balance, last int64) ([]chained, error) {
	entries, err := tx.LedgerEntry.Query().Where(ledgerentry.AccountID(row.AccountID), ledgerentry.Currency(row.Currency),
		ledgerentry.PositionGTE((row.HeadVersion+1)*maxEntries), ledgerentry.PositionLT((last+1)*maxEntries)).
		Order(db.Asc(ledgerentry.FieldPosition, ledgerentry.FieldID)).All(tx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range entries {
		if !slices.Contains(ids, e.TransactionID) {
			ids = append(ids, e.TransactionID)
		}
	}
	rows, err := tx.LedgerTransaction.Query().Where(ledgertransaction.IDIn(ids...)).All(tx)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*db.LedgerTransaction, len(rows))
	for _, t := range rows {
		byID[t.ID] = t
	}
	all := make([]chained, 0, len(ids))
	for _, e := range entries {
		if n := len(all); n == 0 || all[n-1].id != e.TransactionID {
			t := byID[e.TransactionID]
			if t == nil {
				return nil, fmt.Errorf("%w: %s of an entry is missing", errChain, e.TransactionID)
			}
			all = append(all, chained{account: row.AccountID, currency: row.Currency, id: t.ID, kind: t.Kind, subject: t.SubjectID,
				cause: t.CauseKey, reverses: text.Value(t.ReversesID), at: t.At, version: e.Position / maxEntries})
		}
		c := &all[len(all)-1]
		c.entries = append(c.entries, chainedEntry{e.ID, e.Book, e.CustomerSide, e.AmountMinor, e.BalanceAfterMinor, e.Position})
	}
	return all, nil
}
