package job

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/lease"
)

// doneSuffix names the row that keeps when a job was last done.
const doneSuffix = ".done"

// MarkDone keeps, in the job's own transaction, that it was done now, in wall
// time. For jobs that are due some time after they were done last.
func MarkDone(tx *ent.Tx, name string) error {
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

// DueAfter is when a job is due that has been done last so long ago: now, if it
// never was, or if a clock that was wrong says that it will have been.
func DueAfter(ctx context.Context, s *ent.Store, name string, every time.Duration) (time.Time, error) {
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
