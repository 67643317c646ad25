// Command portico runs the portal and looks after it.
package main

import (
	"os"

	"github.com/alecthomas/kong"

	_ "time/tzdata" // the agreement's zone, also where the machine has none

	"portico/server"
)

// version is set by the build.
var version = "development"

type cli struct {
	Config  kong.ConfigFlag  `help:"JSON file of settings; keys are the flags' names." type:"existingfile" env:"PORTICO_CONFIG"`
	Version kong.VersionFlag `help:"Print the version."`

	Serve    serveCommand    `cmd:"" help:"Serve the API until interrupted."`
	Migrate  migrateCommand  `cmd:"" help:"Apply pending migrations."`
	Key      keyCommands     `cmd:"" help:"Service credentials of the provider's programs."`
	Operator operatorCommand `cmd:"" help:"Operators of the provider."`
	Terms    termsCommands   `cmd:"" help:"Documents of the agreement."`
	Catalog  catalogCommands `cmd:"" help:"The catalogue and its prices."`
	Ledger   ledgerCommands  `cmd:"" help:"The ledger."`
	Payment  paymentCommands `cmd:"" help:"Payments that came in."`
	Standing standingCommand `cmd:"" help:"What restricts accounts."`
}

func main() {
	var c cli
	k := kong.Parse(&c, kong.Name("portico"), kong.Vars{"version": version},
		kong.Description("The self-service portal of a cloud communications provider, run by its service agreement."),
		kong.Configuration(readSettings), kong.ShortUsageOnError())
	k.FatalIfErrorf(k.Run())
	os.Exit(0)
}

type serveCommand struct {
	server.Config `embed:""`
}

// Run serves.
func (c *serveCommand) Run() error { return server.Serve(c.Config) }
