package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"portico/authz"
	"portico/clause"
	"portico/ent/db/topup"
	"portico/portal"
	"portico/portal/customer/agreement"
	"portico/portal/finance/ledger"
	"portico/portal/finance/payment"
	"portico/portal/kernel/standing"
	"portico/portal/offer/catalog"
	"portico/server"
)

// on opens the portal with the settings, runs a command as the system with the
// given name, and closes the portal.
func on(c server.Config, name string, f func(ctx context.Context, p *portal.Portal) error) (err error) {
	if err := c.Check(); err != nil {
		return err
	}
	c.Existing = name != "migrate"
	ctx := authz.With(context.Background(), authz.AsSystem("command:"+name))
	p, err := server.Open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	return f(ctx, p)
}

type migrateCommands struct {
	Apply  migrateCommand       `cmd:"" default:"withargs" help:"Apply pending migrations. This is the default."`
	Status migrateStatusCommand `cmd:"" help:"Show which migrations are applied, pending or partly applied."`
}

type migrateCommand struct {
	server.Config `embed:""`
}

// Run migrates.
func (c *migrateCommand) Run() error {
	c.Migrate = true
	return on(c.Config, "migrate", func(ctx context.Context, p *portal.Portal) error {
		pending, err := p.Store.Pending(ctx)
		if err == nil && len(pending) == 0 {
			fmt.Println("the database is up to date")
		}
		return err
	})
}

type termsCommands struct {
	Load struct {
		server.Config `embed:""`
		Folder        string `arg:"" type:"existingdir" help:"Folder of the documents in Markdown, one file for each document and language."`
	} `cmd:"" help:"Publish the documents of a folder. Documents that are already published stay as they are."`
}

// Run publishes documents.
func (c *termsCommands) Run() error {
	return on(c.Load.Config, "terms load", func(ctx context.Context, p *portal.Portal) error {
		documents, err := agreement.ReadDocuments(os.DirFS(c.Load.Folder))
		if err != nil {
			return err
		}
		n, err := agreement.Load(ctx, p.Store, documents)
		if err == nil {
			fmt.Printf("%d of %d documents were new\n", n, len(documents))
		}
		return err
	})
}

type catalogCommands struct {
	Load struct {
		server.Config `embed:""`
		File          string `arg:"" type:"existingfile" help:"JSON file of the catalogue."`
	} `cmd:"" help:"Load a catalogue. Each change creates a new version."`
}

// Run loads a catalogue.
func (c *catalogCommands) Run() error {
	return on(c.Load.Config, "catalog load", func(ctx context.Context, p *portal.Portal) error {
		text, err := os.ReadFile(c.Load.File)
		if err != nil {
			return err
		}
		document, err := catalog.ReadDocument(text)
		if err != nil {
			return err
		}
		return catalog.Load(ctx, p.Store, document)
	})
}

// errFindings makes a check with findings exit with a separate status.
var errFindings = errors.New("there are findings")

func report[T any](findings []T, err error) error {
	if err != nil {
		return err
	}
	if err := list(findings, nil); err != nil {
		return err
	}
	if len(findings) > 0 {
		return errFindings
	}
	fmt.Println("clean")
	return nil
}

type ledgerCommands struct {
	Check  ledgerCheck  `cmd:"" help:"Check that the rows about money agree with each other, and check the chains of bookings."`
	Digest ledgerDigest `cmd:"" help:"Print the digest of a day. Keep it in another place."`
}

type ledgerCheck struct {
	server.Config `embed:""`
	Against       string `type:"existingfile" help:"File with a digest that ledger digest printed earlier. The check reports whether anything was rewritten since."`
}

// Run checks the ledger.
func (c *ledgerCheck) Run() error {
	var kept *ledger.Digest
	if c.Against != "" {
		text, err := os.ReadFile(c.Against)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &kept); err != nil {
			return fmt.Errorf("%s: %w", c.Against, err)
		}
	}
	return on(c.Config, "ledger check", func(ctx context.Context, p *portal.Portal) error {
		return report(ledger.CheckAgainst(ctx, p.Store, kept, portal.Rules()...))
	})
}

type ledgerDigest struct {
	server.Config `embed:""`
	Day           string `help:"Day (YYYY-MM-DD, in the zone of the agreement). Default is the last sealed day."`
}

// Run prints the digest of a day.
func (c *ledgerDigest) Run() error {
	return on(c.Config, "ledger digest", func(ctx context.Context, p *portal.Portal) error {
		d, err := ledger.DigestOf(ctx, p.Store, c.Day)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(d)
	})
}

type paymentCommands struct {
	Import struct {
		server.Config `embed:""`
		File          string `arg:"" type:"existingfile" help:"Bank statement, signed by the bank."`
	} `cmd:"" help:"Book the lines of a bank statement. Lines that are already booked stay as they are."`
}

// Run imports a bank statement.
func (c *paymentCommands) Run() error {
	return on(c.Import.Config, "payment import", func(ctx context.Context, p *portal.Portal) error {
		body, err := os.ReadFile(c.Import.File)
		if err != nil {
			return err
		}
		ch, ok := p.Channels.Of(topup.ChannelBANK_TRANSFER)
		if !ok {
			return errors.New("setting --channels: it has no key of a bank for statements")
		}
		return imported(payment.Receive(ctx, p.Store, ch, payment.Delivery{Header: func(string) string { return "" }, Body: body}))
	})
}

// imported prints the code and reason of each line that was not booked. A line
// that pays no top-up isn't a failure.
func imported(results []error) error {
	booked, failed := 0, false
	for _, err := range results {
		if err == nil {
			booked++
			continue
		}
		var l *payment.LineError
		var r clause.Refusal
		switch {
		case !errors.As(err, &l):
			return err
		case !errors.As(err, &r):
			fmt.Println(err)
		default:
			fmt.Printf("line %d: %s: %s\n", l.Line, r.Code, r.Message(clause.EN))
		}
		failed = failed || !errors.Is(err, payment.Outgoing) && !errors.Is(err, payment.Unattributed)
	}
	fmt.Printf("%d of %d lines are booked\n", booked, len(results))
	if failed {
		return errFindings
	}
	return nil
}

type standingCommand struct {
	Check struct {
		server.Config `embed:""`
	} `cmd:"" help:"Compute the restrictions of each account again, and compare them with the stored ones."`
}

// Run checks standing.
func (c *standingCommand) Run() error {
	return on(c.Check.Config, "standing check", func(ctx context.Context, p *portal.Portal) error {
		return report(standing.Check(ctx, p.Store, portal.Standing()))
	})
}
