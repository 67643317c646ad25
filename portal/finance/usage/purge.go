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

// Purge is the job that forgets single usage events so long after they were
// reported as a figure says (retention.usage): their bills can't be disputed any
// more (3.4). The totals by hour, which bills rest on, stay.
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
		Lapsed: func(ctx context.Context, c *db.Client, before time.Time) (ids []string, err error) { // ids are in the order of time
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
