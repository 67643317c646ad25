package statement

import (
	"context"
	"time"

	"portico/ent"
)

// Booked is an entry with its booking and its balance row. A pointer is nil if
// what it points to doesn't exist.
type Booked struct {
	AccountID, Currency            string
	ID, TransactionID, Kind        string
	SubjectID, Book                string
	CustomerSide                   bool
	AmountMinor, BalanceAfterMinor int64
	Position                       int64
	At                             time.Time
	Of                             *BookedTransaction
	RowID, Head                    string
	RowVersion, HeadVersion        int64
}

// BookedTransaction is the booking of an entry.
type BookedTransaction struct {
	AccountID, Kind, SubjectID, CauseKey string
	ReversesID, Currency, Hash           *string
	BalanceVersion                       *int64
	At                                   time.Time
	AdoptedAt                            *time.Time
}

const bookedQuery = "SELECT e.account_id, e.currency, e.id, e.transaction_id, e.kind, e.subject_id, e.book, e.customer_side, e.amount_minor, " +
	"e.balance_after_minor, e.turn, e.at, t.account_id, t.kind, t.subject_id, t.cause_key, t.reverses_id, t.currency, t.hash, t.turn, t.at, t.adopted_at, " +
	"COALESCE(b.id, ''), COALESCE(b.head, ''), COALESCE(b.turn, 0), COALESCE(b.head_turn, 0) " +
	"FROM ledger_entries e LEFT JOIN ledger_transactions t ON t.id = e.transaction_id " +
	"LEFT JOIN balances b ON b.account_id = e.account_id AND b.currency = e.currency ORDER BY e.account_id, e.currency, e.turn, e.id"

// EachBooked calls see with every entry, chain by chain in the order of their
// positions, in one statement, without keeping entries in memory. Only the
// system may call it.
func EachBooked(ctx context.Context, s *ent.Store, see func(Booked) error) error {
	if !bySystem(ctx) {
		return errNotSystem
	}
	rows, err := s.Read().QueryContext(ctx, bookedQuery)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var b Booked
		var account, kind, subject, cause *string
		var of BookedTransaction
		var at *time.Time
		err := rows.Scan(&b.AccountID, &b.Currency, &b.ID, &b.TransactionID, &b.Kind, &b.SubjectID, &b.Book, &b.CustomerSide, &b.AmountMinor,
			&b.BalanceAfterMinor, &b.Position, &b.At, &account, &kind, &subject, &cause, &of.ReversesID, &of.Currency, &of.Hash, &of.BalanceVersion, &at, &of.AdoptedAt,
			&b.RowID, &b.Head, &b.RowVersion, &b.HeadVersion)
		if err != nil {
			return err
		}
		if account != nil {
			of.AccountID, of.Kind, of.SubjectID, of.CauseKey, of.At = *account, *kind, *subject, *cause, *at
			b.Of = &of
		}
		if err := see(b); err != nil {
			return err
		}
	}
	return rows.Err()
}

const headsQuery = "SELECT account_id, currency, turn, hash FROM (SELECT account_id, currency, turn, hash, " +
	"ROW_NUMBER() OVER (PARTITION BY account_id, currency ORDER BY turn DESC) AS latest FROM ledger_transactions " +
	"WHERE hash IS NOT NULL AND at >= ? AND at < ?) moved WHERE latest = 1 ORDER BY account_id, currency"

// EachHead calls see with the last booking of each chain that grew from one
// instant until before another, in one statement. Only the system may call it.
func EachHead(ctx context.Context, s *ent.Store, from, to time.Time, see func(account, currency string, version int64, hash string) error) error {
	if !bySystem(ctx) {
		return errNotSystem
	}
	if from.IsZero() {
		from = time.Unix(0, 0).UTC()
	}
	rows, err := s.Read().QueryContext(ctx, headsQuery, from, to)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var account, currency, hash string
		var version int64
		if err := rows.Scan(&account, &currency, &version, &hash); err != nil {
			return err
		}
		if err := see(account, currency, version, hash); err != nil {
			return err
		}
	}
	return rows.Err()
}

// CustomerEntries is a table, for [Lists.FirstOfEach], of the ledger entries
// that a customer sees.
const CustomerEntries = "(SELECT * FROM ledger_entries WHERE customer_side = TRUE) AS customer_entries"
