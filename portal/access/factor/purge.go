package factor

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/passkeychallenge"
	"portico/ent/db/secondfactor"
	"portico/portal/kernel/job"
)

// keptUnconfirmed is how long a second factor that wasn't confirmed in time is
// kept, in wall time: as long as its refusal can explain itself.
const keptUnconfirmed = 24 * time.Hour

// keptChallenge is how long a challenge for a passkey is kept after it expired,
// in wall time.
const keptChallenge = 24 * time.Hour

// Purge returns the job that removes second factors that weren't confirmed in
// time, and challenges for passkeys a day after they expired.
func Purge() job.Job { return job.Purge("factor.purge", pendingShelf, challengeShelf) }

var challengeShelf = job.Shelf{
	Kept: job.For(keptChallenge),
	Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.PasskeyChallenge.Query().Order(db.Asc(passkeychallenge.FieldExpiresAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.ExpiresAt, nil
	},
	Lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.PasskeyChallenge.Query().Where(passkeychallenge.ExpiresAtLT(before)).Order(db.Asc(passkeychallenge.FieldExpiresAt)).Limit(job.PurgeBatch).IDs(ctx)
	},
	Remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.PasskeyChallenge.Delete().Where(passkeychallenge.IDIn(ids...)).Exec(tx)
		return err
	},
}

var pendingShelf = job.Shelf{
	Kept: job.For(keptUnconfirmed),
	Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.SecondFactor.Query().Where(secondfactor.PendingUntilNotNil()).Order(db.Asc(secondfactor.FieldPendingUntil)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return *row.PendingUntil, nil
	},
	Lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.SecondFactor.Query().Where(secondfactor.PendingUntilLT(before)).Order(db.Asc(secondfactor.FieldPendingUntil)).Limit(job.PurgeBatch).IDs(ctx)
	},
	Remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.SecondFactor.Delete().Where(secondfactor.IDIn(ids...), secondfactor.ConfirmedAtIsNil()).Exec(tx)
		return err
	},
}
