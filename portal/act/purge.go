package act

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/actkey"
	"portico/ent/db/auditevent"
	"portico/ent/db/visitortally"
	"portico/portal/job"
)

const (
	// KeyLifetime is how long a first answer is kept at least, in wall time.
	KeyLifetime = 24 * time.Hour
	// keptVisits is how long visitors' commands stay counted.
	keptVisits = 24 * time.Hour
	// keptRefusals is how long the audit keeps what strangers were refused: six
	// months, as logs of a network are kept. Everything else it keeps for good.
	keptRefusals = 184 * 24 * time.Hour
	// purgeEvery bounds how often a table is looked through.
	purgeEvery = time.Hour
	purgeBatch = 500
)

// shelf is a table of what lapses: oldest tells since when its first row has
// been there, lapsed lists rows that are older than an instant.
type shelf struct {
	kept   time.Duration
	oldest func(ctx context.Context, c *db.Client) (time.Time, error)
	lapsed func(ctx context.Context, c *db.Client, before time.Time) ([]string, error)
	remove func(tx *ent.Tx, ids []string) error
}

// Purge is the job that forgets idempotency keys and counts of visitors older
// than a day, and what strangers were refused after six months.
func Purge() job.Job {
	return job.Job{Name: "act.purge", OnWall: true, Run: purge,
		Next: func(ctx context.Context, s *ent.Store) (at time.Time, any bool, err error) {
			for _, shelf := range shelves {
				since, err := shelf.oldest(ctx, s.Read())
				if db.IsNotFound(err) {
					continue
				}
				if err != nil {
					return at, false, err
				}
				if due := since.Add(shelf.kept + purgeEvery); !any || due.Before(at) {
					at, any = due, true
				}
			}
			return at, any, nil
		}}
}

func purge(ctx context.Context, s *ent.Store) (done int, err error) {
	for _, shelf := range shelves {
		n, err := job.Batches(ctx, func() (int, error) {
			ids, err := shelf.lapsed(ctx, s.Read(), s.Wall().Add(-shelf.kept))
			if err != nil || len(ids) == 0 {
				return 0, err
			}
			return len(ids), s.Write(ctx, func(tx *ent.Tx) error { return shelf.remove(tx, ids) })
		})
		if done += n; err != nil {
			return done, err
		}
	}
	return done, nil
}

var shelves = []shelf{{
	kept: KeyLifetime,
	oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.ActKey.Query().Order(db.Asc(actkey.FieldCreatedAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.CreatedAt, nil
	},
	lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.ActKey.Query().Where(actkey.CreatedAtLT(before)).Limit(purgeBatch).IDs(ctx)
	},
	remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.ActKey.Delete().Where(actkey.IDIn(ids...)).Exec(tx)
		return err
	},
}, {
	kept: keptVisits,
	oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.VisitorTally.Query().Order(db.Asc(visitortally.FieldHour)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.Hour, nil
	},
	lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.VisitorTally.Query().Where(visitortally.HourLT(before)).Limit(purgeBatch).IDs(ctx)
	},
	remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.VisitorTally.Delete().Where(visitortally.IDIn(ids...)).Exec(tx)
		return err
	},
}, {
	kept: keptRefusals,
	oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.AuditEvent.Query().Where(auditevent.LastAtNotNil()).Order(db.Asc(auditevent.FieldLastAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return *row.LastAt, nil
	},
	lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.AuditEvent.Query().Where(auditevent.OnceKeyNotNil(), auditevent.LastAtLT(before)).Limit(purgeBatch).IDs(ctx)
	},
	remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.AuditEvent.Delete().Where(auditevent.IDIn(ids...), auditevent.OnceKeyNotNil()).Exec(tx)
		return err
	},
}}
