// Package portal assembles the portal: its store, its clock and its jobs.
// Everything else, servers and command lines, is a skin on it.
package portal

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"time"

	"gocloud.dev/blob"

	"portico/authz"
	"portico/calendar"
	"portico/ent"
	"portico/portal/access/identity"
	"portico/portal/access/staff"
	"portico/portal/correspondence/notice"
	"portico/portal/finance/invoice"
	"portico/portal/finance/payment"
	"portico/portal/kernel/command"
	"portico/portal/kernel/filelink"
	"portico/portal/kernel/job"
	"portico/portal/kernel/live"
	"portico/portal/kernel/outbox"
	"portico/portal/kernel/sealing"
	"portico/portal/sandbox"
)

// Config says what a portal runs on.
type Config struct {
	// Database is "sqlite:PATH" or a DSN of go-sql-driver/mysql.
	Database string
	// Pool bounds the connections to it; zero is the default.
	Pool ent.Pool
	// Keys seal personal data.
	Keys *ent.Keys
	// Wall is wall time; nil is the machine's.
	Wall calendar.Clock
	// Sandbox keeps messages instead of sending them and lets its clock be moved.
	Sandbox bool
	// Files keeps what customers hand in; without it documents aren't taken. It
	// is the portal's to close.
	Files *blob.Bucket
	// Channels are the ways to pay that the provider has set up; the sandbox adds
	// its own, whose page is below PublicURL.
	Channels payment.Channels
	// Challenges makes what is solved before a code is sent, or after failures; nil
	// offers both built-in kinds.
	Challenges func(*ent.Store) identity.Challenges
	// Carriers deliver mails and short messages; a sandbox keeps them all, and a
	// channel without a carrier stays queued.
	Carriers outbox.Deliverers
	// InvoiceSeller issues the invoices; a sandbox has one of its own where it is
	// empty.
	InvoiceSeller invoice.Seller
	// InvoiceFonts are TrueType fonts for what invoices say beyond the font in the
	// program, in order.
	InvoiceFonts [][]byte
	// PublicURL is where a browser reaches the server, without a slash at its end.
	PublicURL string
	// VisitorCommands is how often in an hour one network may run one command by
	// who isn't signed in; zero is command.StandardVisits.
	VisitorCommands int64
	// Streams bounds the streams of this process.
	Streams Streams
	// FrontendURL is where links in messages lead; empty is the server's own pages
	// below PublicURL.
	FrontendURL string
	// Wrap, if set, wraps the database's connector (fault injection, counting).
	Wrap func(sqldriver.Connector) sqldriver.Connector
}

// Streams bounds the streams of one process. A figure that is zero takes its
// default.
type Streams struct {
	// Check is how often it is looked at what those may still do who hold a stream
	// open; see live.CheckEvery.
	Check time.Duration
	// Poll is how often it is looked for new notices while anybody follows them,
	// Account how many may follow those of one account; see notice.Streams.
	Poll    time.Duration
	Account int
}

// Portal is an open portal.
type Portal struct {
	Store   *ent.Store
	Sandbox bool
	// Channels are the ways to pay.
	Channels payment.Channels
	// Clock is the portal's time; only a sandbox's can be moved.
	Clock *sandbox.Clock
	// Files keeps what customers hand in.
	Files *blob.Bucket
	// Printer prints invoices.
	Printer *invoice.Printer
	// Jobs is what falls due.
	Jobs []job.Job
	// Status is what is known of the jobs that run here, and of this replica's
	// clock.
	Status *job.Status
}

// Open opens the database and assembles the portal. It reads and writes
// nothing; see [Portal.Start].
func Open(ctx context.Context, c Config) (*Portal, error) {
	if c.Wall == nil {
		c.Wall = calendar.Real{}
	}
	if c.Sandbox && c.InvoiceSeller == (invoice.Seller{}) {
		c.InvoiceSeller = invoice.DemoSeller
	}
	printer, err := invoice.NewPrinter(c.InvoiceSeller, c.InvoiceFonts...)
	if err != nil {
		return nil, err
	}
	status := &job.Status{}
	clock := &sandbox.Clock{Wall: c.Wall, Off: status.Correction}
	s, err := ent.Open(ctx, ent.Config{Database: c.Database, Pool: c.Pool, Keys: c.Keys, Now: clock.Now, Wall: c.Wall.Now,
		Sandbox: c.Sandbox, Wrap: c.Wrap, Settings: c.settings()})
	if err != nil {
		return nil, err
	}
	p := &Portal{Store: s, Sandbox: c.Sandbox, Clock: clock, Channels: c.Channels, Files: c.Files, Printer: printer, Jobs: jobs(), Status: status}
	if !c.Sandbox {
		p.Jobs = append(p.Jobs, outbox.Deliver(c.Carriers)...)
	} else {
		p.Channels = p.Channels.With(payment.Sandbox{Store: s}, c.PublicURL+"/sandbox/pay/{topUpId}")
	}
	return p, nil
}

// settings are what the units keep for the portal's store.
func (c *Config) settings() []ent.Setting {
	messages := c.FrontendURL
	if messages == "" {
		messages = c.PublicURL + outbox.PagesPath
	}
	all := []ent.Setting{
		filelink.Base(c.PublicURL),
		outbox.LinkTo(messages),
		command.AllowVisits(c.VisitorCommands),
		live.CheckEvery(c.Streams.Check),
		notice.Streams(c.Streams.Poll, c.Streams.Account),
	}
	if c.Challenges != nil {
		all = append(all, identity.Offer(c.Challenges))
	}
	return all
}

// Start makes a migrated database ready for use: built-in roles, and the
// sandbox's clock. It fails with identity.ErrOtherKeys where the keys aren't
// those that the database was sealed with, and with sealing.KeyMissing where they
// lack one.
func (p *Portal) Start(ctx context.Context) error {
	ctx = authz.With(ctx, authz.AsSystem("start"))
	if err := identity.CheckKeys(ctx, p.Store); err != nil {
		return err
	}
	if err := sealing.Check(ctx, p.Store); err != nil {
		return err
	}
	if err := staff.SeedRoles(ctx, p.Store); err != nil {
		return err
	}
	return p.Follow(ctx)
}

// ErrSandbox is the fault of a sandbox's database that is opened as a real one: its
// clock was moved, so that everything of it would be judged by another time.
var ErrSandbox = errors.New("the database is a sandbox's, whose clock was moved")

// Follow takes over what other replicas changed: how far the sandbox's clock is
// ahead.
func (p *Portal) Follow(ctx context.Context) error {
	if err := p.Clock.Load(ctx, p.Store); err != nil || p.Sandbox || p.Clock.IsWall() {
		return err
	}
	return ErrSandbox
}

// Close closes the database and the bucket of files.
func (p *Portal) Close() error {
	err := p.Store.Close()
	if p.Files != nil {
		err = errors.Join(err, p.Files.Close())
	}
	return err
}
