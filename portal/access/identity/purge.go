package identity

import (
	"context"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/attempt"
	"portico/ent/db/captcha"
	"portico/ent/db/emailchange"
	"portico/ent/db/emaillink"
	"portico/ent/db/phonecode"
	"portico/ent/db/session"
	"portico/ent/db/sessiontoken"
	"portico/ent/db/signinchallenge"
	"portico/portal/kernel/job"
)

// How long expired rows are kept, in wall time.
const (
	keptCaptcha = 24 * time.Hour
	keptSecret  = 30 * 24 * time.Hour
)

// Purge returns the job that removes captchas a day after they lapsed; codes,
// links, challenges, changes of addresses and tokens after 30 days; counters of
// failures after 30 idle days; and sessions at the end of their retention
// (retention.sessions).
func Purge() job.Job {
	return job.Purge("identity.purge", captchaShelf, codeShelf, linkShelf, challengeShelf, changeShelf, tokenShelf, attemptShelf, sessionShelf)
}

var captchaShelf = job.Shelf{
	Kept: job.For(keptCaptcha),
	Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.Captcha.Query().Order(db.Asc(captcha.FieldExpiresAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.ExpiresAt, nil
	},
	Lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.Captcha.Query().Where(captcha.ExpiresAtLT(before)).Order(db.Asc(captcha.FieldExpiresAt)).Limit(job.PurgeBatch).IDs(ctx)
	},
	Remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.Captcha.Delete().Where(captcha.IDIn(ids...)).Exec(tx)
		return err
	},
}

var codeShelf = job.Shelf{
	Kept: job.For(keptSecret),
	Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.PhoneCode.Query().Order(db.Asc(phonecode.FieldExpiresAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.ExpiresAt, nil
	},
	Lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.PhoneCode.Query().Where(phonecode.ExpiresAtLT(before)).Order(db.Asc(phonecode.FieldExpiresAt)).Limit(job.PurgeBatch).IDs(ctx)
	},
	Remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.PhoneCode.Delete().Where(phonecode.IDIn(ids...)).Exec(tx)
		return err
	},
}

var linkShelf = job.Shelf{
	Kept: job.For(keptSecret),
	Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.EmailLink.Query().Order(db.Asc(emaillink.FieldExpiresAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.ExpiresAt, nil
	},
	Lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.EmailLink.Query().Where(emaillink.ExpiresAtLT(before)).Order(db.Asc(emaillink.FieldExpiresAt)).Limit(job.PurgeBatch).IDs(ctx)
	},
	Remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.EmailLink.Delete().Where(emaillink.IDIn(ids...)).Exec(tx)
		return err
	},
}

var challengeShelf = job.Shelf{
	Kept: job.For(keptSecret),
	Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.SignInChallenge.Query().Order(db.Asc(signinchallenge.FieldExpiresAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.ExpiresAt, nil
	},
	Lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.SignInChallenge.Query().Where(signinchallenge.ExpiresAtLT(before)).Order(db.Asc(signinchallenge.FieldExpiresAt)).Limit(job.PurgeBatch).IDs(ctx)
	},
	Remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.SignInChallenge.Delete().Where(signinchallenge.IDIn(ids...)).Exec(tx)
		return err
	},
}

var changeShelf = job.Shelf{
	Kept: job.For(keptSecret),
	Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.EmailChange.Query().Order(db.Asc(emailchange.FieldExpiresAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.ExpiresAt, nil
	},
	Lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.EmailChange.Query().Where(emailchange.ExpiresAtLT(before)).Order(db.Asc(emailchange.FieldExpiresAt)).Limit(job.PurgeBatch).IDs(ctx)
	},
	Remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.EmailChange.Delete().Where(emailchange.IDIn(ids...)).Exec(tx)
		return err
	},
}

var tokenShelf = job.Shelf{
	Kept: job.For(keptSecret),
	Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.SessionToken.Query().Order(db.Asc(sessiontoken.FieldRefreshExpiresAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.RefreshExpiresAt, nil
	},
	Lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.SessionToken.Query().Where(sessiontoken.RefreshExpiresAtLT(before)).Order(db.Asc(sessiontoken.FieldRefreshExpiresAt)).Limit(job.PurgeBatch).IDs(ctx)
	},
	Remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.SessionToken.Delete().Where(sessiontoken.IDIn(ids...)).Exec(tx)
		return err
	},
}

// attemptShelf: a counter is idle from its last attempt. A counter that is used
// again while the job runs stays.
var attemptShelf = job.Shelf{
	Kept: job.For(keptSecret),
	Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.Attempt.Query().Order(db.Asc(attempt.FieldLastAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.LastAt, nil
	},
	Lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.Attempt.Query().Where(attempt.LastAtLT(before)).Order(db.Asc(attempt.FieldLastAt)).Limit(job.PurgeBatch).IDs(ctx)
	},
	Remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.Attempt.Delete().Where(attempt.IDIn(ids...), attempt.LastAtLT(tx.Wall.Add(-keptSecret))).Exec(tx)
		return err
	},
}

// sessionShelf: a session is over at the end of its lifetime, regardless of its
// use; its tokens have lapsed long before it is removed. Ids are in the order
// of time.
var sessionShelf = job.Shelf{
	Kept: func() time.Duration {
		return clause.Standard(clause.SessionLifetime).Duration() + clause.Standard(clause.RetentionSessions).Elapsed()
	},
	Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.Session.Query().Order(db.Asc(session.FieldID)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.CreatedAt, nil
	},
	Lapsed: func(ctx context.Context, c *db.Client, before time.Time) (ids []string, err error) {
		rows, err := c.Session.Query().Order(db.Asc(session.FieldID)).Limit(job.PurgeBatch).All(ctx)
		for _, row := range rows {
			if row.CreatedAt.Before(before) {
				ids = append(ids, row.ID)
			}
		}
		return ids, err
	},
	Remove: func(tx *ent.Tx, ids []string) error {
		if _, err := tx.SessionToken.Delete().Where(sessiontoken.SessionIDIn(ids...)).Exec(tx); err != nil {
			return err
		}
		_, err := tx.Session.Delete().Where(session.IDIn(ids...)).Exec(tx)
		return err
	},
}
