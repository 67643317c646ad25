// Package portal assembles the portal: its store, its clock and its jobs.
// Everything else, servers and command lines, is a skin on it.
package portal

import (
	"context"
	sqldriver "database/sql/driver"

	"portico/calendar"
	"portico/ent"
	"portico/portal/job"
	"portico/portal/payment"

	// The units, so that all their refusals are declared wherever the portal is.
	_ "portico/portal/account"
	_ "portico/portal/act"
	_ "portico/portal/agreement"
	_ "portico/portal/catalog"
	_ "portico/portal/identity"
	_ "portico/portal/ledger"
	_ "portico/portal/order"
	_ "portico/portal/sandbox"
	_ "portico/portal/service"
	_ "portico/portal/staff"
	_ "portico/portal/standing"
	_ "portico/portal/usage"
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
	// Channels are the ways to pay that the provider has set up; the sandbox adds
	// its own, whose page is below PublicURL.
	Channels payment.Channels
	// PublicURL is where a browser reaches the server, without a slash at its end.
	PublicURL string
	// Wrap, if set, wraps the database's connector (fault injection, counting).
	Wrap func(sqldriver.Connector) sqldriver.Connector
}

// Portal is an open portal.
type Portal struct {
	Store   *ent.Store
	Sandbox bool
	// Channels are the ways to pay.
	Channels payment.Channels
	// Jobs is what falls due, in the order in which it is looked for.
	Jobs []job.Job
}

// Open opens the database and assembles the portal. It applies no migrations.
func Open(ctx context.Context, c Config) (*Portal, error) {
	if c.Wall == nil {
		c.Wall = calendar.Real{}
	}
	s, err := ent.Open(ctx, ent.Config{Database: c.Database, Keys: c.Keys, Now: c.Wall.Now, Wall: c.Wall.Now, Wrap: c.Wrap})
	if err != nil {
		return nil, err
	}
	p := &Portal{Store: s, Sandbox: c.Sandbox, Channels: c.Channels}
	if c.Sandbox {
		p.Channels = p.Channels.With(payment.Sandbox{Store: s}, c.PublicURL+"/sandbox/pay/{topUpId}")
	}
	return p, nil
}

// Close closes the database.
func (p *Portal) Close() error { return p.Store.Close() }
