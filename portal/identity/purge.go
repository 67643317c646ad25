package identity

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/attempt"
	"portico/ent/db/captcha"
	"portico/ent/db/emaillink"
	"portico/ent/db/phonecode"
	"portico/ent/db/sessiontoken"
	"portico/portal/job"
)

// How long what can no longer be used is kept, in wall time.
const (
	keptCaptcha = 24 * time.Hour
	keptSecret  = 30 * 24 * time.Hour

	purgeEvery = time.Hour
	purgeBatch = 500
)

// shelf is one table of things that lapse: oldest tells when the first of them
// lapses, lapsed lists rows that did so before an instant, remove deletes them.
// Each is found by an index of when it lapses.
type shelf struct {
	kept   time.Duration
	oldest func(ctx context.Context, c *db.Client) (time.Time, error)
	lapsed func(ctx context.Context, c *db.Client, before time.Time) ([]string, error)
	remove func(tx *ent.Tx, ids []string) error
}

// Purge is the job that forgets captchas a day after they lapsed; codes, links
// and tokens 30 days after; and counters of failures that rested for 30 days.
func Purge() job.Job {
	return job.Job{Name: "identity.purge", OnWall: true,
		Next: func(ctx context.Context, s *ent.Store) (at time.Time, any bool, err error) {
			for _, shelf := range shelves {
				lapses, err := shelf.oldest(ctx, s.Read())
				if db.IsNotFound(err) {
					continue
				}
				if err != nil {
					return at, false, err
				}
				if due := lapses.Add(shelf.kept + purgeEvery); !any || due.Before(at) {
					at, any = due, true
				}
			}
			return at, any, nil
		},
		Run: func(ctx context.Context, s *ent.Store) (done int, err error) {
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
		}}
}

var shelves = []shelf{captchaShelf, codeShelf, linkShelf, tokenShelf, attemptShelf}

var captchaShelf = shelf{
	kept: keptCaptcha,
	oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.Captcha.Query().Order(db.Asc(captcha.FieldExpiresAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.ExpiresAt, nil
	},
	lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.Captcha.Query().Where(captcha.ExpiresAtLT(before)).Order(db.Asc(captcha.FieldExpiresAt)).Limit(purgeBatch).IDs(ctx)
	},
	remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.Captcha.Delete().Where(captcha.IDIn(ids...)).Exec(tx)
		return err
	},
}

var codeShelf = shelf{
	kept: keptSecret,
	oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.PhoneCode.Query().Order(db.Asc(phonecode.FieldExpiresAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.ExpiresAt, nil
	},
	lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.PhoneCode.Query().Where(phonecode.ExpiresAtLT(before)).Order(db.Asc(phonecode.FieldExpiresAt)).Limit(purgeBatch).IDs(ctx)
	},
	remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.PhoneCode.Delete().Where(phonecode.IDIn(ids...)).Exec(tx)
		return err
	},
}

var linkShelf = shelf{
	kept: keptSecret,
	oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.EmailLink.Query().Order(db.Asc(emaillink.FieldExpiresAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.ExpiresAt, nil
	},
	lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.EmailLink.Query().Where(emaillink.ExpiresAtLT(before)).Order(db.Asc(emaillink.FieldExpiresAt)).Limit(purgeBatch).IDs(ctx)
	},
	remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.EmailLink.Delete().Where(emaillink.IDIn(ids...)).Exec(tx)
		return err
	},
}

var tokenShelf = shelf{
	kept: keptSecret,
	oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.SessionToken.Query().Order(db.Asc(sessiontoken.FieldRefreshExpiresAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.RefreshExpiresAt, nil
	},
	lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.SessionToken.Query().Where(sessiontoken.RefreshExpiresAtLT(before)).Order(db.Asc(sessiontoken.FieldRefreshExpiresAt)).Limit(purgeBatch).IDs(ctx)
	},
	remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.SessionToken.Delete().Where(sessiontoken.IDIn(ids...)).Exec(tx)
		return err
	},
}

// attemptShelf: a counter rests from its last attempt on. One that is taken up
// while the job runs stays.
var attemptShelf = shelf{
	kept: keptSecret,
	oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.Attempt.Query().Order(db.Asc(attempt.FieldLastAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.LastAt, nil
	},
	lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.Attempt.Query().Where(attempt.LastAtLT(before)).Order(db.Asc(attempt.FieldLastAt)).Limit(purgeBatch).IDs(ctx)
	},
	remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.Attempt.Delete().Where(attempt.IDIn(ids...), attempt.LastAtLT(tx.Wall.Add(-keptSecret))).Exec(tx)
		return err
	},
}
