package closing

import (
	"context"

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

// Run is the job that settles the accounts that are being closed. When their
// last periods are billed and paid, retention begins (0).
func Run() job.Job {
	return job.Each("closing.run", payOwedOne, job.List[*db.Closing]{
		Rows: func(ctx context.Context, c *db.Client, within job.Range, most int) ([]*db.Closing, error) {
			return c.Closing.Query().Where(within.By(closing.FieldDueAt, closing.FieldID)).
				Order(db.Asc(closing.FieldDueAt, closing.FieldID)).Limit(most).All(ctx)
		},
		Key: func(row *db.Closing) job.Key { return job.Key{At: *row.DueAt, ID: row.ID, Account: row.AccountID} }})
}

func payOwedOne(ctx context.Context, s *ent.Store, c *db.Closing) error {
	_, err := command.Do(ctx, s, command.Command{Name: "settleClosing"}, func(tx *command.Tx) (*db.Closing, error) {
		tx = tx.Within(c.AccountID)
		tx.AuditObject(c.AccountID, c.ID)
		now, err := tx.Closing.Get(tx, c.ID)
		if err != nil || now.SettledAt != nil {
			return nil, err
		}
		row, err := tx.Account.Get(tx, c.AccountID)
		if err != nil {
			return nil, err
		}
		return nil, payOwed(tx, now, money.Currency(row.Currency))
	})
	return err
}

// owed returns the unpaid amount of an account's bills.
func owed(tx *ent.Tx, accountID string, c money.Currency) (money.Amount, error) {
	b, err := ledger.Read(tx, tx.Client(), accountID, c)
	return b.Arrears, err
}

// Begun derives which accounts are restricted because they are being closed.
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
