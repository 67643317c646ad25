package closing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/closing"
	"portico/ent/db/restriction"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
	"portico/portal/kernel/job"
	"portico/portal/kernel/standing"
)

// batch is how many closings one look finds.
const batch = 200

// Run is the job that settles the accounts that are being closed: once their
// last periods are billed and paid, retention begins (0).
func Run() job.Job { return job.Job{Name: "closing.run", Next: next, Run: run} }

func next(ctx context.Context, s *ent.Store) (time.Time, bool, error) {
	row, err := s.Read().Closing.Query().Where(closing.DueAtNotNil()).Order(db.Asc(closing.FieldDueAt, closing.FieldID)).First(ctx)
	if db.IsNotFound(err) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, err
	}
	return *row.DueAt, true, nil
}

// run settles what is due, each account in a transaction of its own. What can't
// be settled is told, and doesn't keep the others from it.
func run(ctx context.Context, s *ent.Store) (done int, err error) {
	rows, err := s.Read().Closing.Query().Where(closing.DueAtLTE(s.Now())).
		Order(db.Asc(closing.FieldDueAt, closing.FieldID)).Limit(batch).All(ctx)
	if err != nil {
		return 0, err
	}
	var broken error
	for _, c := range rows {
		if err := settleOne(ctx, s, c); err != nil {
			broken = errors.Join(broken, fmt.Errorf("%s: %w", c.ID, err))
			continue
		}
		done++
	}
	return done, broken
}

func settleOne(ctx context.Context, s *ent.Store, c *db.Closing) error {
	_, err := command.Do(ctx, s, command.Command{Name: "settleClosing"}, func(tx *ent.Tx) (*db.Closing, error) {
		tx = tx.Within(c.AccountID)
		tx.On(c.AccountID, c.ID)
		now, err := tx.Closing.Get(tx, c.ID)
		if err != nil || now.SettledAt != nil {
			return nil, err
		}
		row, err := tx.Account.Get(tx, c.AccountID)
		if err != nil {
			return nil, err
		}
		return nil, settle(tx, now, money.Currency(row.Currency))
	})
	return err
}

// owed is what of an account's bills isn't paid.
func owed(tx *ent.Tx, accountID string, c money.Currency) (money.Amount, error) {
	b, err := ledger.Read(tx, tx.Client(), accountID, c)
	return b.Arrears, err
}

// Begun derives which accounts must be restricted since they are being closed.
func Begun() standing.Derivation {
	return standing.Derivation{Code: AccountClosing.Code, Open: func(ctx context.Context, s *ent.Store) ([]string, error) {
		rows, err := s.Read().Closing.Query().All(ctx)
		if err != nil {
			return nil, err
		}
		keys := make([]string, len(rows))
		for i, c := range rows {
			keys[i] = standing.Key(c.AccountID, AccountClosing.Code, "", c.ID)
		}
		return keys, nil
	}, Fits: func(ctx context.Context, s *ent.Store, rows []*db.Restriction) (map[string]bool, error) {
		ids := make([]string, len(rows))
		for i, r := range rows {
			ids[i] = r.CauseID
		}
		closings, err := s.Read().Closing.Query().Where(closing.IDIn(ids...)).All(ctx)
		fits := map[string]bool{}
		for _, c := range closings {
			for _, r := range rows {
				if r.CauseID == c.ID {
					fits[r.ID] = r.Scope == restriction.ScopeACCOUNT && r.AccountID == c.AccountID && r.TargetID == "" && r.Clause == "0" &&
						r.LiftsID == nil && r.Reason == nil && r.Since.Equal(c.StartedAt) && r.UntilAt == nil
				}
			}
		}
		return fits, err
	}}
}
