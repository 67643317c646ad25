// Command portico runs and administers the portal.
package main

import (
	"errors"
	"os"

	"github.com/alecthomas/kong"

	_ "time/tzdata" // the agreement's zone, even if the machine has no zone database

	"portico/clause"
	"portico/server"
)

type cli struct {
	Config  kong.ConfigFlag  `help:"JSON file of settings. Its keys are the names of the flags." type:"existingfile" env:"PORTICO_CONFIG"`
	Version kong.VersionFlag `help:"Print the version."`

	Serve    serveCommand     `cmd:"" help:"Serve the API until interrupted."`
	Migrate  migrateCommands  `cmd:"" help:"Apply pending migrations, or show which are pending."`
	Backup   backupCommand    `cmd:"" help:"Copy an SQLite database and the uploaded files. The server may be running."`
	Key      keyCommands      `cmd:"" help:"Manage the service credentials of the provider's programs."`
	Keys     keysCommands     `cmd:"" help:"Manage the keys that seal personal data."`
	Operator operatorCommands `cmd:"" help:"Manage the operators of the provider."`
	Terms    termsCommands    `cmd:"" help:"Publish documents of the agreement."`
	Catalog  catalogCommands  `cmd:"" help:"Load the catalogue and its prices."`
	Ledger   ledgerCommands   `cmd:"" help:"The ledger."`
	Audit    auditCommands    `cmd:"" help:"The audit."`
	Payment  paymentCommands  `cmd:"" help:"Import incoming payments."`
	Standing standingCommand  `cmd:"" help:"Check the restrictions of accounts."`
	Versions versionCommand   `cmd:"" name:"version" help:"Print the version."`
}

func main() {
	var c cli
	k := kong.Parse(&c, kong.Name("portico"), kong.Vars{"version": server.BuiltFrom().String()},
		kong.Description("The self-service portal of a cloud communications provider, implementing its service agreement."),
		kong.Configuration(readSettings), kong.ShortUsageOnError())
	err := k.Run()
	if _, logged := errors.AsType[server.Ended](err); logged {
		os.Exit(1)
	}
	k.FatalIfErrorf(explained(err))
	os.Exit(0)
}

// explained formats a refusal for the command line: the message, the clause, and
// what would lift it.
func explained(err error) error {
	var r clause.Refusal
	if !errors.As(err, &r) {
		return err
	}
	text := r.Code + ": " + r.Message(clause.EN)
	if r.Clause != "" {
		text += " (clause " + string(r.Clause) + ")"
	}
	if remedy := r.Told(clause.EN); remedy != nil {
		text += "\n  " + remedy.Description
	}
	return errors.New(text)
}

type serveCommand struct {
	server.Config `embed:""`
}

// Run serves.
func (c *serveCommand) Run() error { return server.Serve(c.Config) }
