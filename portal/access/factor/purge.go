package factor

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/secondfactor"
	"portico/portal/kernel/job"
)

// keptUnconfirmed is how long a second factor that wasn't confirmed in time is
// kept, in wall time: as long as its refusal can explain itself.
const keptUnconfirmed = 24 * time.Hour

// Purge returns the job that removes second factors that weren't confirmed in
// time.
func Purge() job.Job {
	return job.Purge("factor.purge", job.Shelf{
		Kept: job.For(keptUnconfirmed),
		Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
			row, err := c.SecondFactor.Query().Where(secondfactor.PendingUntilNotNil()).Order(db.Asc(secondfactor.FieldPendingUntil)).First(ctx)
			if err != nil {
				return time.Time{}, err
			}
			return *row.PendingUntil, nil
		},
		Lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
			return c.SecondFactor.Query().Where(secondfactor.PendingUntilLT(before)).Order(db.Asc(secondfactor.FieldPendingUntil)).Limit(job.PurgeBatch).IDs(ctx)
		},
		Remove: func(tx *ent.Tx, ids []string) error {
			_, err := tx.SecondFactor.Delete().Where(secondfactor.IDIn(ids...), secondfactor.ConfirmedAtIsNil()).Exec(tx)
			return err
		},
	})
}
