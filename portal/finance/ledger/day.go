package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"time"

	"portico/authz"
	"portico/calendar"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/ledgerday"
	"portico/ent/db/ledgertransaction"
	"portico/ent/statement"
	"portico/portal/kernel/command"
	"portico/portal/kernel/job"
	"portico/portal/kernel/param"
)

const (
	sealName = "ledger.seal"
	// sealEvery is how often the job looks for a day that has ended.
	sealEvery = time.Hour
	// settled is the time after a day's end from which nothing that began
	// before it is still being written.
	settled = time.Hour
	// dayVersion is the start of every hashed text of a day.
	dayVersion = "portico.day.1"
)

// sealedParts are what a day's digest covers, besides the digest before: the
// chains that changed, and the documents that were written.
type sealedParts struct {
	Chains string                `json:"chains"`
	Tables []statement.Documents `json:"tables"`
}

// ChainHead is the last hash of the chain of an account and currency at a day's
// end.
type ChainHead struct {
	AccountID string `json:"accountId"`
	Currency  string `json:"currency"`
	// Version is the one that the balance row got by the last booking. Its JSON name
	// stays what it was: digests that were kept elsewhere carry it.
	Version int64  `json:"turn"`
	Hash    string `json:"hash"`
}

// lines hashes the heads of the chains that changed on a day, in order.
type lines struct {
	h hash.Hash
	n int64
}

func (l *lines) add(c ChainHead) {
	write(l.h, c.AccountID, c.Currency, figure(c.Version), c.Hash)
	l.n++
}

func (l *lines) sum() string { return hex.EncodeToString(l.h.Sum(nil)) }

// digestOf returns the digest of a day's row.
func digestOf(d *db.LedgerDay) string {
	h := sha256.New()
	write(h, dayVersion, d.Previous, d.Day, instant(&d.UntilAt), instant(&d.MadeBefore), figure(d.Chains), d.Documents)
	return hex.EncodeToString(h.Sum(nil))
}

// Seal is the job that seals each day an hour after its end, in the zone of the
// standard agreement. The seal is one digest over the chains of all accounts
// and over the documents that were written. Anybody who keeps a copy of a day's
// digest elsewhere can prove later that nothing of that day, or before it, was
// rewritten.
func Seal() job.Job {
	return job.Periodic(sealName, sealEvery, func(ctx context.Context, s *ent.Store) (int, error) {
		zone := param.ProviderZone()
		day := zone.Day(s.Now().Add(-settled)).AddDays(-1)
		sealed, err := SealDay(ctx, s, day.String(), zone.End(day), s.Wall().Add(-settled))
		if sealed == nil {
			return 0, err
		}
		return 1, err
	})
}

// SealDay seals what was booked before an instant, and the documents that were
// made before an instant of wall time. It returns nil if the day is sealed
// already, or if some of its bookings are not chained yet. For its job.
func SealDay(ctx context.Context, s *ent.Store, day string, until, madeBefore time.Time) (*db.LedgerDay, error) {
	if authz.From(ctx) == nil {
		ctx = authz.With(ctx, authz.AsSystem(sealName))
	}
	until, madeBefore = calendar.UTC(until), calendar.UTC(madeBefore).Truncate(time.Millisecond)
	last, err := s.Read().LedgerDay.Query().Order(db.Desc(ledgerday.FieldUntilAt, ledgerday.FieldID)).First(ctx)
	if err != nil && !db.IsNotFound(err) {
		return nil, err
	}
	if last != nil && (!last.UntilAt.Before(until) || madeBefore.Before(last.MadeBefore)) {
		return nil, nil
	}
	waits, err := s.Read().LedgerTransaction.Query().Where(ledgertransaction.HashIsNil(), ledgertransaction.AtLT(until)).Exist(ctx)
	if err != nil || waits {
		return nil, err
	}
	var from, madeFrom time.Time
	row := &db.LedgerDay{Day: day, UntilAt: until, MadeBefore: madeBefore}
	if last != nil {
		from, madeFrom, row.Previous = last.UntilAt, last.MadeBefore, last.Digest
	}
	moved := lines{h: sha256.New()}
	if err := statement.EachHead(ctx, s, from, until, func(account, currency string, version int64, hash string) error {
		moved.add(ChainHead{account, currency, version, hash})
		return nil
	}); err != nil {
		return nil, err
	}
	tables, err := statement.DocumentsBetween(ctx, s, madeFrom, madeBefore, nil)
	if err != nil {
		return nil, err
	}
	documents, err := json.Marshal(sealedParts{moved.sum(), tables})
	if err != nil {
		return nil, err
	}
	row.Chains, row.Documents = moved.n, string(documents)
	return command.Do(ctx, s, command.Command{Name: "sealLedgerDay"}, func(tx *command.Tx) (*db.LedgerDay, error) {
		kept, err := tx.LedgerDay.Create().SetDay(row.Day).SetUntilAt(row.UntilAt).SetMadeBefore(row.MadeBefore).SetChains(row.Chains).
			SetDocuments(row.Documents).SetPrevious(row.Previous).SetDigest(digestOf(row)).SetSealedAt(tx.Now).Save(tx)
		if ent.IsDuplicate(err) { // a concurrent duplicate came first
			return nil, nil
		}
		if err == nil {
			tx.AuditObject("", kept.ID)
			tx.AuditDetail("digest", kept.Digest)
		}
		return kept, err
	})
}

// ErrNotSealed: the day is not sealed.
var ErrNotSealed = errors.New("ledger: that day is not sealed")

// Digest is the seal of a day, in the form in which it is kept outside the
// database.
type Digest struct {
	Day      string                `json:"day"`
	Until    time.Time             `json:"until"`
	Digest   string                `json:"digest"`
	Previous string                `json:"previous"`
	Tables   []statement.Documents `json:"tables"`
	// Chains are the heads of the chains that changed since the day that was
	// sealed before.
	Chains []ChainHead `json:"chains"`
}

// DigestOf reads the seal of a day, or the last seal if day is empty. For
// `portico ledger digest`. Errors: [ErrNotSealed].
func DigestOf(ctx context.Context, s *ent.Store, day string) (*Digest, error) {
	q := s.Read().LedgerDay.Query().Order(db.Desc(ledgerday.FieldUntilAt, ledgerday.FieldID))
	if day != "" {
		q = q.Where(ledgerday.Day(day))
	}
	row, err := q.First(ctx)
	if db.IsNotFound(err) {
		return nil, ErrNotSealed
	}
	if err != nil {
		return nil, err
	}
	before, err := s.Read().LedgerDay.Query().Where(ledgerday.UntilAtLT(row.UntilAt)).Order(db.Desc(ledgerday.FieldUntilAt, ledgerday.FieldID)).First(ctx)
	if err != nil && !db.IsNotFound(err) {
		return nil, err
	}
	var from time.Time
	if before != nil {
		from = before.UntilAt
	}
	var parts sealedParts
	if err := json.Unmarshal([]byte(row.Documents), &parts); err != nil {
		return nil, err
	}
	d := &Digest{Day: row.Day, Until: row.UntilAt, Digest: row.Digest, Previous: row.Previous, Tables: parts.Tables, Chains: []ChainHead{}}
	return d, statement.EachHead(ctx, s, from, row.UntilAt, func(account, currency string, version int64, hash string) error {
		d.Chains = append(d.Chains, ChainHead{account, currency, version, hash})
		return nil
	})
}

// LedgerDigest is the seal of a day as the API shows it.
type LedgerDigest struct {
	Day      calendar.Date
	Until    time.Time
	Digest   string
	Previous *string
	Chains   int
	SealedAt time.Time
}

// SealOf reads the seal of a day (YYYY-MM-DD), or the last seal if day is
// empty; nil if there is none. It takes one query.
func SealOf(ctx context.Context, c *db.Client, day string) (*LedgerDigest, error) {
	q := c.LedgerDay.Query().Order(db.Desc(ledgerday.FieldUntilAt, ledgerday.FieldID))
	if day != "" {
		q = q.Where(ledgerday.Day(day))
	}
	row, err := q.First(ctx)
	if db.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	d := &LedgerDigest{Until: row.UntilAt, Digest: row.Digest, Chains: int(row.Chains), SealedAt: row.SealedAt}
	if row.Previous != "" {
		d.Previous = &row.Previous
	}
	d.Day, err = calendar.ParseDate(row.Day)
	return d, err
}
