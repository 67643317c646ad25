// Package portal assembles the portal: its store, its clock and its jobs.
// Everything else, servers and command lines, is a skin on it.
package portal

import (
	"context"
	sqldriver "database/sql/driver"

	"gocloud.dev/blob"

	"portico/calendar"
	"portico/ent"
	"portico/portal/job"
	"portico/portal/sandbox"
	"portico/portal/staff"
)

// Config says what a portal runs on.
type Config struct {
	// Database is "sqlite:PATH" or a DSN of go-sql-driver/mysql.
	Database string
	// Keys seal personal data.
	Keys *ent.Keys
	// Wall is wall time; nil is the machine's.
	Wall calendar.Clock
	// Sandbox keeps messages instead of sending them and lets its clock be moved.
	Sandbox bool
	// Files keeps what customers hand in; without it documents aren't taken. It
	// stays open when the portal closes.
	Files *blob.Bucket
	// Wrap, if set, wraps the database's connector (fault injection, counting).
	Wrap func(sqldriver.Connector) sqldriver.Connector
}

// Portal is an open portal.
type Portal struct {
	Store   *ent.Store
	Sandbox bool
	// Files keeps what customers hand in.
	Files *blob.Bucket
	// Clock is the portal's time; only a sandbox's can be moved.
	Clock *sandbox.Clock
	// Jobs is what falls due, in the order in which it is looked for.
	Jobs []job.Job
}

// Open opens the database and assembles the portal. It reads and writes
// nothing; see [Portal.Start].
func Open(ctx context.Context, c Config) (*Portal, error) {
	if c.Wall == nil {
		c.Wall = calendar.Real{}
	}
	clock := &sandbox.Clock{Wall: c.Wall}
	s, err := ent.Open(ctx, ent.Config{Database: c.Database, Keys: c.Keys, Now: clock.Now, Wall: c.Wall.Now,
		Sandbox: c.Sandbox, Wrap: c.Wrap})
	if err != nil {
		return nil, err
	}
	return &Portal{Store: s, Sandbox: c.Sandbox, Files: c.Files, Clock: clock, Jobs: jobs()}, nil
}

// Start makes a migrated database ready for use: built-in roles, and the
// sandbox's clock.
func (p *Portal) Start(ctx context.Context) error {
	if err := staff.SeedRoles(ctx, p.Store); err != nil {
		return err
	}
	if p.Sandbox {
		return p.Clock.Load(ctx, p.Store)
	}
	return nil
}

// Close closes the database.
func (p *Portal) Close() error { return p.Store.Close() }
