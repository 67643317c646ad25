package command

import (
	"context"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/actkey"
	"portico/ent/db/auditevent"
	"portico/ent/db/visitortally"
	"portico/portal/kernel/job"
)

const (
	// KeyLifetime is the minimum time for which a first answer is kept, in wall
	// time.
	KeyLifetime = 24 * time.Hour
	// keptVisits is how long visitors' commands stay counted.
	keptVisits = 24 * time.Hour
)

// Purge returns the job that removes idempotency keys and visitors' counts
// after a day, and events of the audit after their retention: refusals of
// visitors (retention.refusals), and all others (retention.audit).
func Purge() job.Job { return job.Purge("command.purge", shelves...) }

var shelves = []job.Shelf{{
	Kept: job.For(KeyLifetime),
	Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.ActKey.Query().Order(db.Asc(actkey.FieldCreatedAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.CreatedAt, nil
	},
	Lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.ActKey.Query().Where(actkey.CreatedAtLT(before)).Limit(job.PurgeBatch).IDs(ctx)
	},
	Remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.ActKey.Delete().Where(actkey.IDIn(ids...)).Exec(tx)
		return err
	},
}, {
	Kept: job.For(keptVisits),
	Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.VisitorTally.Query().Order(db.Asc(visitortally.FieldHour)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.Hour, nil
	},
	Lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.VisitorTally.Query().Where(visitortally.HourLT(before)).Limit(job.PurgeBatch).IDs(ctx)
	},
	Remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.VisitorTally.Delete().Where(visitortally.IDIn(ids...)).Exec(tx)
		return err
	},
}, {
	Kept: clause.Standard(clause.RetentionRefusals).Elapsed,
	Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.AuditEvent.Query().Where(auditevent.LastAtNotNil()).Order(db.Asc(auditevent.FieldLastAt)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return *row.LastAt, nil
	},
	Lapsed: func(ctx context.Context, c *db.Client, before time.Time) ([]string, error) {
		return c.AuditEvent.Query().Where(auditevent.OnceKeyNotNil(), auditevent.LastAtLT(before)).Limit(job.PurgeBatch).IDs(ctx)
	},
	Remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.AuditEvent.Delete().Where(auditevent.IDIn(ids...), auditevent.OnceKeyNotNil()).Exec(tx)
		return err
	},
}, {
	Kept: clause.Standard(clause.RetentionAudit).Elapsed,
	Oldest: func(ctx context.Context, c *db.Client) (time.Time, error) {
		row, err := c.AuditEvent.Query().Order(db.Asc(auditevent.FieldID)).First(ctx)
		if err != nil {
			return time.Time{}, err
		}
		return row.At, nil
	},
	Lapsed: func(ctx context.Context, c *db.Client, before time.Time) (ids []string, err error) { // ids are in the order of time
		rows, err := c.AuditEvent.Query().Order(db.Asc(auditevent.FieldID)).Limit(job.PurgeBatch).All(ctx)
		for _, row := range rows {
			if row.At.Before(before) && (row.LastAt == nil || row.LastAt.Before(before)) {
				ids = append(ids, row.ID)
			}
		}
		return ids, err
	},
	Remove: func(tx *ent.Tx, ids []string) error {
		_, err := tx.AuditEvent.Delete().Where(auditevent.IDIn(ids...)).Exec(tx)
		return err
	},
}}
