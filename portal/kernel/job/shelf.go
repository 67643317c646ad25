package job

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
)

// purgeEvery bounds how often a table is purged: expired rows wait until those
// of an hour can be removed together.
const purgeEvery = time.Hour

// PurgeBatch is how many rows at most are removed in one transaction.
const PurgeBatch = 200

// Shelf is a table whose rows expire: its retention rule.
type Shelf struct {
	// Kept returns how long a row is kept after it has lapsed.
	Kept func() time.Duration
	// Oldest returns when the first row lapses or has lapsed, and ent's not-found
	// error if there is none. It costs one row by an index.
	Oldest func(ctx context.Context, c *db.Client) (time.Time, error)
	// Lapsed lists at most [PurgeBatch] rows that lapsed before an instant.
	Lapsed func(ctx context.Context, c *db.Client, before time.Time) ([]string, error)
	// Remove deletes rows, except those that came into use again meanwhile.
	Remove func(tx *ent.Tx, ids []string) error
}

// For returns a constant retention time for [Shelf.Kept].
func For(kept time.Duration) func() time.Duration { return func() time.Duration { return kept } }

// Purge returns the job that removes expired rows from tables, by wall time.
func Purge(name string, shelves ...Shelf) Job {
	return Job{Name: name, OnWall: true,
		Next: func(ctx context.Context, s *ent.Store) (at time.Time, any bool, err error) {
			for _, shelf := range shelves {
				lapses, err := shelf.Oldest(ctx, s.Read())
				if db.IsNotFound(err) {
					continue
				}
				if err != nil {
					return at, false, err
				}
				if due := lapses.Add(shelf.Kept() + purgeEvery); !any || due.Before(at) {
					at, any = due, true
				}
			}
			return at, any, nil
		},
		Run: func(ctx context.Context, s *ent.Store) (done int, err error) {
			for _, shelf := range shelves {
				n, err := shelf.clear(ctx, s)
				if done += n; err != nil {
					return done, err
				}
			}
			return done, nil
		}}
}

func (shelf Shelf) clear(ctx context.Context, s *ent.Store) (int, error) {
	return Batches(ctx, func() (int, error) {
		ids, err := shelf.Lapsed(ctx, s.Read(), s.Wall().Add(-shelf.Kept()))
		if err != nil || len(ids) == 0 {
			return 0, err
		}
		return len(ids), s.Write(ctx, func(tx *ent.Tx) error { return shelf.Remove(tx, ids) })
	})
}
