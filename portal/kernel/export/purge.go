package export

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/export"
	"portico/portal/kernel/job"
)

// keptExpired is how long an export that has expired is kept, in wall time, so that who
// asked for it sees that it has.
const keptExpired = 7 * 24 * time.Hour

// Purge returns the job that removes exports a week after they expired.
func Purge() job.Job {
	return job.Purge("export.purge", job.Shelf{
		Kept: job.For(keptExpired),
		Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
			row, err := c.Export.Query().Order(db.Asc(export.FieldExpiresAt)).First(ctx)
			if err != nil {
				return time.Time{}, err
			}
			return row.ExpiresAt, nil
		},
		Lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
			return c.Export.Query().Where(export.ExpiresAtLT(before)).Order(db.Asc(export.FieldExpiresAt)).Limit(job.PurgeBatch).IDs(ctx)
		},
		Remove: func(tx *ent.Tx, ids []string) error {
			_, err := tx.Export.Delete().Where(export.IDIn(ids...)).Exec(tx)
			return err
		},
	})
}
