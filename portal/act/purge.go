package act

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/actkey"
	"portico/portal/job"
)

const (
	// KeyLifetime is how long a first answer is kept at least, in wall time.
	KeyLifetime = 24 * time.Hour
	// purgeEvery bounds how often keys are looked through.
	purgeEvery = time.Hour
	purgeBatch = 500
)

// Purge is the job that forgets idempotency keys older than a day.
func Purge() job.Job {
	return job.Job{Name: "act.purge", OnWall: true, Run: purge,
		Next: func(ctx context.Context, s *ent.Store) (time.Time, bool, error) {
			oldest, err := s.Read().ActKey.Query().Order(db.Asc(actkey.FieldCreatedAt)).First(ctx)
			if db.IsNotFound(err) {
				return time.Time{}, false, nil
			}
			if err != nil {
				return time.Time{}, false, err
			}
			return oldest.CreatedAt.Add(KeyLifetime + purgeEvery), true, nil
		}}
}

func purge(ctx context.Context, s *ent.Store) (int, error) {
	return job.Batches(ctx, func() (int, error) {
		ids, err := s.Read().ActKey.Query().Where(actkey.CreatedAtLT(s.Wall().Add(-KeyLifetime))).Limit(purgeBatch).IDs(ctx)
		if err != nil || len(ids) == 0 {
			return 0, err
		}
		return len(ids), s.Write(ctx, func(tx *ent.Tx) error {
			_, err := tx.ActKey.Delete().Where(actkey.IDIn(ids...)).Exec(tx)
			return err
		})
	})
}
