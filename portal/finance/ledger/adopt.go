package ledger

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"entgo.io/ent/dialect/sql"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/balance"
	"portico/portal/kernel/command"
	"portico/portal/kernel/job"
)

const (
	chainName = "ledger.chain"
	// chainEvery is how often the job looks for bookings that are not chained.
	chainEvery = 5 * time.Minute
	// rowPage is how many balance rows one look finds.
	rowPage = 200
)

// Chain is the job that chains what was booked without: by a release that knew
// no chains, before the database was migrated or beside this one. Each account
// is worked off in small transactions; what was chained is in the audit and the
// log. Once every replica is of this release it finds nothing: then what it finds
// was written past the ledger.
func Chain() job.Job {
	return job.Periodic(chainName, chainEvery, Adopt)
}

// Adopt chains every booking that waits for it, and tells how many. It may be
// run again, and stopped at any point. For its job.
func Adopt(ctx context.Context, s *ent.Store) (int, error) {
	var chained atomic.Int64
	for after := ""; ; {
		rows, err := s.Read().Balance.Query().Where(balance.IDGT(after), behind).Order(db.Asc(balance.FieldID)).Limit(rowPage).All(ctx)
		if err != nil || len(rows) == 0 {
			return int(chained.Load()), err
		}
		_, err = job.Work(ctx, job.Parallel(s), rows, func(b *db.Balance) job.Key { return job.Key{ID: b.ID, Account: b.AccountID} },
			func(ctx context.Context, row *db.Balance) error {
				n, err := adoptAll(ctx, s, row)
				chained.Add(int64(n))
				if err != nil { // the check tells what is wrong with it; the others go on
					slog.ErrorContext(ctx, "ledger not chained", "account_id", row.AccountID, "currency", row.Currency, "error", err)
				}
				return nil
			})
		if err != nil {
			return int(chained.Load()), err
		}
		after = rows[len(rows)-1].ID
	}
}

// behind are balance rows with bookings that wait to be chained.
func behind(s *sql.Selector) {
	s.Where(sql.ColumnsLT(s.C(balance.FieldHeadVersion), s.C(balance.FieldVersion)))
}

// adoptAll chains the bookings of one balance row.
func adoptAll(ctx context.Context, s *ent.Store, row *db.Balance) (int, error) {
	done, err := job.Batches(ctx, func() (int, error) {
		return command.Do(ctx, s, command.Command{Name: "chainLedger"}, func(tx *command.Tx) (int, error) {
			tx = tx.Within(row.AccountID)
			tx.AuditObject(row.AccountID, row.ID)
			n, err := adopt(tx.Tx, row.ID)
			tx.AuditDetail("bookings", n)
			return n, err
		})
	})
	if done > 0 {
		slog.WarnContext(ctx, "ledger chained", "account_id", row.AccountID, "currency", row.Currency, "bookings", done)
	}
	return done, err
}
