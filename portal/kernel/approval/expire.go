package approval

import (
	"context"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/approval"
	"portico/portal/kernel/command"
	"portico/portal/kernel/job"
)

// Expire is the job that ends what nobody decided in time, so that the person that
// asked is told.
func Expire() job.Job {
	return job.Each("approval.expire", expire, job.List[*db.Approval]{
		Rows: func(ctx context.Context, c *db.Client, within job.Range, most int) ([]*db.Approval, error) {
			return c.Approval.Query().Where(within.By(approval.FieldLapsesAt, approval.FieldID)).
				Order(db.Asc(approval.FieldLapsesAt, approval.FieldID)).Limit(most).All(ctx)
		},
		Key: func(row *db.Approval) job.Key {
			return job.Key{At: *row.LapsesAt, ID: row.ID, Account: row.AccountID}
		}})
}

func expire(ctx context.Context, s *ent.Store, row *db.Approval) error {
	_, err := command.Do(ctx, s, command.Command{Name: "expireApproval"}, func(tx *command.Tx) (bool, error) {
		tx = tx.Within(row.AccountID)
		tx.AuditObject(row.AccountID, row.ID)
		moved, err := move(tx.Tx, []string{row.ID}, approval.StatusREQUESTED, approval.StatusEXPIRED, func(*db.ApprovalUpdate) {})
		if err != nil || moved == 0 {
			return false, err
		}
		now, err := tx.Approval.Get(tx, row.ID)
		if err != nil {
			return false, err
		}
		return true, tell(tx.Tx, now)
	})
	return err
}
