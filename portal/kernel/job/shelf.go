package job

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
)

// purgeEvery bounds how often a shelf is looked through: what lapses waits for an
// hour's worth of its kind.
const purgeEvery = time.Hour

// PurgeBatch is how many rows a shelf gives at most to be removed in one
// transaction.
const PurgeBatch = 200

// Shelf is a table of things that lapse.
type Shelf struct {
	// Kept is how long a thing is kept after it has lapsed.
	Kept func() time.Duration
	// Oldest tells when the first of them lapses, or has lapsed; a not-found error
	// of ent says that there are none. It costs one row by an index.
	Oldest func(ctx context.Context, c *db.Client) (time.Time, error)
	// Lapsed lists at most [PurgeBatch] things that lapsed before an instant.
	Lapsed func(ctx context.Context, c *db.Client, before time.Time) ([]string, error)
	// Remove deletes things, unless one was taken up meanwhile.
	Remove func(tx *ent.Tx, ids []string) error
}

// For is a shelf's time if it is one that never changes.
func For(kept time.Duration) func() time.Duration { return func() time.Duration { return kept } }

// Purge is the job that clears shelves, by wall time.
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
