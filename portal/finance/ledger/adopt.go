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
	// rowPage is the number of balance rows that one query finds.
	rowPage = 200
)

// Chain is the job that chains bookings that were written without a chain: by a
// release before chains, either before the database was migrated or while it
// ran beside this release. It works on each account in small transactions and
// records them in the audit and the log. Once every replica runs this release,
// it finds nothing; anything that it finds then was written by other means than
// the ledger.
func Chain() job.Job {
	return job.Periodic(chainName, chainEvery, Adopt)
}

// Adopt chains all bookings that are not chained, and returns their number. It
// can be stopped at any point and run again. For its job.
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
				if err != nil { // the check reports what is wrong with it; the other rows continue
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

// behind selects balance rows with bookings that are not chained.
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
