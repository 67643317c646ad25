package usage

import (
	"context"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/usageevent"
	"portico/portal/kernel/job"
)

// Purge is the job that deletes single usage events when the time of the figure
// retention.usage has passed since they were reported. By then their bills
// can't be disputed any more (3.4). The hourly totals, on which bills are
// based, are kept.
func Purge() job.Job {
	return job.Purge("usage.purge", job.Shelf{
		Kept: clause.Standard(clause.RetentionUsage).Elapsed,
		Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
			row, err := c.UsageEvent.Query().Order(db.Asc(usageevent.FieldID)).First(ctx)
			if err != nil {
				return time.Time{}, err
			}
			return row.ReceivedAt, nil
		},
		Lapsed: func(ctx context.Context, c *db.Client, before time.Time) (ids []string, err error) { // the ids are ordered by time
			rows, err := c.UsageEvent.Query().Order(db.Asc(usageevent.FieldID)).Limit(job.PurgeBatch).All(ctx)
			for _, row := range rows {
				if row.ReceivedAt.Before(before) && row.At.Before(before) {
					ids = append(ids, row.ID)
				}
			}
			return ids, err
		},
		Remove: func(tx *ent.Tx, ids []string) error {
			_, err := tx.UsageEvent.Delete().Where(usageevent.IDIn(ids...)).Exec(tx)
			return err
		},
	})
}
