// Package portal assembles the portal: its store, its clock and its jobs. Servers and
// command lines are built on it.
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
	"portico/portal/access/factor"
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

// Config holds what a portal needs to run.
type Config struct {
	// Database is "sqlite:PATH" or a DSN of go-sql-driver/mysql.
	Database string
	// Pool holds the limits of the connections to the database; zero fields are the
	// defaults.
	Pool ent.Pool
	// Keys seal personal data.
	Keys *ent.Keys
	// Wall is wall time; nil is the machine's clock.
	Wall calendar.Clock
	// Sandbox records messages instead of sending them, and allows the portal's clock
	// to be moved.
	Sandbox bool
	// Files stores the documents that customers upload; without it uploads are
	// refused. [Portal.Close] closes it.
	Files *blob.Bucket
	// Channels are the payment channels of the provider. The sandbox adds its own
	// channel, whose page is below PublicURL.
	Channels payment.Channels
	// Challenges returns the captchas to solve before a code is sent or after failed
	// tries; nil offers both built-in kinds.
	Challenges func(*ent.Store) identity.Challenges
	// Hashing is the cost of hashing a password; nil is identity.Standard.
	Hashing *identity.Cost
	// Carriers deliver mails and short messages. A sandbox uses none of them. Messages
	// of a channel without a carrier stay queued.
	Carriers outbox.Deliverers
	// InvoiceSeller issues the invoices. If it is empty, a sandbox uses a
	// demonstration seller.
	InvoiceSeller invoice.Seller
	// InvoiceFonts are TrueType fonts for characters that the built-in font of
	// invoices lacks, in the order in which they are tried.
	InvoiceFonts [][]byte
	// PublicURL is the URL at which a browser reaches the server, without a slash at
	// its end.
	PublicURL string
	// PasskeyDomain is the domain that passkeys are made for; empty is the host of
	// FrontendURL, or else of PublicURL. Origins are further origins of frontends, whose
	// pages can use passkeys if they are on the domain or below it.
	PasskeyDomain string
	Origins       []string
	// VisitorCommands is the maximum number of times an hour that visitors of one
	// network may run one command; zero is command.StandardVisits.
	VisitorCommands int64
	// Streams holds the limits of the streams of this process.
	Streams Streams
	// FrontendURL is the URL that links in messages lead to; empty is the server's own
	// pages below PublicURL.
	FrontendURL string
	// Wrap, if set, wraps the database's connector (fault injection, counting).
	Wrap func(sqldriver.Connector) sqldriver.Connector
}

// Streams holds the limits of the streams of one process. A field that is zero takes
// its default.
type Streams struct {
	// Check is the interval at which the permissions of the holders of open streams
	// are checked again; see live.CheckEvery.
	Check time.Duration
	// Poll is the interval at which new notices are looked up while a stream follows
	// them; see notice.Streams.
	Poll time.Duration
	// Account is the maximum number of streams that follow the notices of one account.
	Account int
}

// Portal is an open portal.
type Portal struct {
	Store   *ent.Store
	Sandbox bool
	// Channels are the ways to pay.
	Channels payment.Channels
	// Clock is the portal's time. It can be moved only in a sandbox.
	Clock *sandbox.Clock
	// Files stores the documents that customers upload; nil if uploads are refused.
	Files *blob.Bucket
	// Printer prints invoices.
	Printer *invoice.Printer
	// Jobs are the jobs that do what falls due.
	Jobs []job.Job
	// Status is the status of the jobs on this replica and of its clock.
	Status *job.Status
}

// Open opens the database and assembles the portal. It reads and writes no data; see
// [Portal.Start].
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

// settings returns the settings of the units for the portal's store.
func (c *Config) settings() []ent.Setting {
	messages := c.FrontendURL
	if messages == "" {
		messages = c.PublicURL + outbox.PagesPath
	}
	pages := append([]string{c.PublicURL}, c.Origins...)
	if c.FrontendURL != "" {
		pages = append([]string{c.FrontendURL}, pages...)
	}
	all := []ent.Setting{
		factor.Passkeys(c.PasskeyDomain, pages...),
		filelink.Base(c.PublicURL),
		outbox.LinkTo(messages),
		command.AllowVisits(c.VisitorCommands),
		live.CheckEvery(c.Streams.Check),
		notice.Streams(c.Streams.Poll, c.Streams.Account),
	}
	if c.Challenges != nil {
		all = append(all, identity.Offer(c.Challenges))
	}
	if c.Hashing != nil {
		all = append(all, identity.HashAt(c.Hashing))
	}
	return all
}

// Start makes a migrated database ready for use: it writes the built-in roles and reads
// the sandbox's clock. It fails with identity.ErrOtherKeys if the database was sealed
// with other keys, with sealing.KeyMissing if a key is missing, and with [ErrSandbox].
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
	if err := staff.WatchGrants(ctx, p.Store); err != nil {
		return err
	}
	return p.Follow(ctx)
}

// ErrSandbox is the error of a sandbox's database that is opened without the sandbox.
// Its clock was moved, so its data would be judged by another time.
var ErrSandbox = errors.New("the database belongs to a sandbox whose clock was moved")

// Beside returns what a server does each second beside the jobs: [Portal.Follow], and, if
// it writes, once a minute the uses of grants (1.5).
func (p *Portal) Beside(writes bool) func(context.Context) error {
	written := p.Store.Wall()
	return func(ctx context.Context) error {
		err := p.Follow(ctx)
		if now := p.Store.Wall(); writes && calendar.Elapsed(written, now) >= usesEvery {
			written = now
			err = errors.Join(err, staff.KeepUses(ctx, p.Store))
		}
		return err
	}
}

const usesEvery = time.Minute

// Follow reads what other replicas have changed: the offset of the sandbox's clock. It
// fails with [ErrSandbox].
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
