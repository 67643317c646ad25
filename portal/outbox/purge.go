package outbox

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/message"
	"portico/portal/job"
)

const (
	// keptMessages is how long a message is kept after it was queued: long enough
	// to ask whether it was sent. Its words went when it left.
	keptMessages = 90 * 24 * time.Hour
	purgeEvery   = time.Hour
	purgeBatch   = 500
)

// Purge is the job that forgets messages 90 days after they were queued, whether
// they have left or never could.
func Purge() job.Job {
	return job.Job{Name: "outbox.purge", OnWall: true,
		Next: func(ctx context.Context, s *ent.Store) (time.Time, bool, error) {
			row, err := s.Read().Message.Query().Order(db.Asc(message.FieldCreatedAt, message.FieldID)).First(ctx)
			if db.IsNotFound(err) {
				return time.Time{}, false, nil
			}
			if err != nil {
				return time.Time{}, false, err
			}
			return row.CreatedAt.Add(keptMessages + purgeEvery), true, nil
		},
		Run: func(ctx context.Context, s *ent.Store) (int, error) {
			return job.Batches(ctx, func() (int, error) {
				ids, err := s.Read().Message.Query().Where(message.CreatedAtLT(s.Wall().Add(-keptMessages))).
					Order(db.Asc(message.FieldCreatedAt, message.FieldID)).Limit(purgeBatch).IDs(ctx)
				if err != nil || len(ids) == 0 {
					return 0, err
				}
				return len(ids), s.Write(ctx, func(tx *ent.Tx) error {
					_, err := tx.Message.Delete().Where(message.IDIn(ids...)).Exec(tx)
					return err
				})
			})
		}}
}
