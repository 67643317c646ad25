package job

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/lease"
)

// doneSuffix names the row that holds when a job was last done.
const doneSuffix = ".done"

// Periodic returns a job that is due an interval of wall time after it last
// succeeded: a run that failed or was interrupted is still due.
func Periodic(name string, every time.Duration, run func(ctx context.Context, s *ent.Store) (int, error)) Job {
	return Job{Name: name, OnWall: true,
		Next: func(ctx context.Context, s *ent.Store) (time.Time, bool, error) {
			at, err := dueAfter(ctx, s, name, every)
			return at, err == nil, err
		},
		Run: func(ctx context.Context, s *ent.Store) (int, error) {
			done, err := run(ctx, s)
			if err != nil {
				return done, err
			}
			return done, s.Write(ctx, func(tx *ent.Tx) error { return markDone(tx, name) })
		}}
}

// markDone records in a transaction that a job was done now, in wall time.
func markDone(tx *ent.Tx, name string) error {
	n, err := tx.Lease.Update().Where(lease.Job(name + doneSuffix)).SetUntilAt(tx.Wall).Save(tx)
	if err != nil || n > 0 {
		return err
	}
	err = tx.Lease.Create().SetJob(name + doneSuffix).SetHolder("").SetUntilAt(tx.Wall).Exec(tx)
	if ent.IsDuplicate(err) {
		return ent.ErrStale
	}
	return err
}

// dueAfter returns when a periodic job is due: now, if it was never done or if
// its last time, from a wrong clock, lies in the far future.
func dueAfter(ctx context.Context, s *ent.Store, name string, every time.Duration) (time.Time, error) {
	now := s.Wall()
	row, err := s.Read().Lease.Query().Where(lease.Job(name + doneSuffix)).Only(ctx)
	switch {
	case db.IsNotFound(err):
		return now, nil
	case err != nil:
		return time.Time{}, err
	case row.UntilAt.After(now.Add(farAhead)):
		return now, nil
	}
	return row.UntilAt.Add(every), nil
}
