package server

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"portico/authz"
	"portico/calendar"
	"portico/portal"
	"portico/portal/sandbox"
)

// Serve checks the settings and serves until SIGINT or SIGTERM. A sandbox is
// given the demonstration agreement, catalogue and logins, and says how to walk
// in.
func Serve(c Config) error {
	if err := c.Check(); err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return wrong("log-level", "want debug, info, warn or error")
	}
	slog.SetDefault(slog.New(Quieted(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}), calendar.Real{}.Now)))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return Run(ctx, c, func(ctx context.Context, p *portal.Portal) error {
		if !c.Sandbox {
			return nil
		}
		logins, err := sandbox.Seed(authz.With(ctx, authz.AsSystem("sandbox-seed")), p.Store, filepath.Join(c.Data, "logins.json"))
		if err != nil {
			return err
		}
		fmt.Printf("\nPortico's sandbox is ready.\n  GraphiQL  %s/graphiql/\n  API       %s/graphql\n\nSign in (signIn, then the header Authorization: Bearer <accessToken>) as\n", c.BaseURL, c.BaseURL)
		for _, l := range logins.People {
			fmt.Printf("  %-24s %s  %s\n", l.Name, l.Phone, l.Password)
		}
		fmt.Printf("The data plane's key is %s\nCtrl-C stops; starting again keeps the data in %s.\n\n", logins.DataPlaneKey, c.Data)
		return nil
	})
}
