package outbox

import (
	"context"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/message"
	"portico/portal/kernel/job"
)

// Purge returns the job that removes messages, sent or not, at the end of their
// retention after queueing (retention.messages). That is long enough to ask
// whether a message was sent. The body of a sent message was removed when it
// was sent.
func Purge() job.Job {
	return job.Purge("outbox.purge", job.Shelf{
		Kept: clause.Standard(clause.RetentionMessages).Elapsed,
		Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
			row, err := c.Message.Query().Order(db.Asc(message.FieldCreatedAt, message.FieldID)).First(ctx)
			if err != nil {
				return time.Time{}, err
			}
			return row.CreatedAt, nil
		},
		Lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
			return c.Message.Query().Where(message.CreatedAtLT(before)).
				Order(db.Asc(message.FieldCreatedAt, message.FieldID)).Limit(job.PurgeBatch).IDs(ctx)
		},
		Remove: func(tx *ent.Tx, ids []string) error {
			_, err := tx.Message.Delete().Where(message.IDIn(ids...)).Exec(tx)
			return err
		},
	})
}
