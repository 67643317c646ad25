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
	"portico/server/config"
)

// Serve checks the settings and serves until SIGINT or SIGTERM. In a sandbox it loads
// the demonstration agreement, catalogue, logins and, unless a setting switches it off,
// data, and prints how to sign in.
func Serve(c Config) error {
	if err := c.Check(); err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return config.Wrong("log-level", "want debug, info, warn or error")
	}
	slog.SetDefault(slog.New(Quieted(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}), calendar.Real{}.Now)))
	ctx, stop := untilStopped()
	defer stop()
	return Run(ctx, c, func(ctx context.Context, p *portal.Portal) error {
		if !c.Sandbox {
			return nil
		}
		logins, err := seed(authz.With(ctx, authz.AsSystem("sandbox-seed")), c, p)
		if err != nil {
			return err
		}
		fmt.Printf("\nPortico's sandbox is ready.\n  GraphiQL  %s/graphiql/\n  API       %s/graphql\n\nSign in (signIn, then the header Authorization: Bearer <accessToken>) as\n", c.BaseURL, c.BaseURL)
		for _, l := range logins.People {
			fmt.Printf("  %-26s %s  %s\n", l.Name, l.Phone, l.Password)
		}
		fmt.Printf("The data plane's key is %s\nCtrl-C stops; starting again keeps the data in %s.\n\n", logins.DataPlaneKey, c.Data)
		return nil
	})
}

// untilStopped returns a context that ends with the first SIGTERM or interrupt. A second
// signal ends the process at once.
func untilStopped() (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		got := <-signals
		signal.Stop(signals) // the next one has its default effect
		slog.Info("stopping", "signal", got.String())
		if got == os.Interrupt {
			cancel(errInterrupted)
		} else {
			cancel(nil)
		}
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}

// seed creates the sandbox's logins. It also creates the demonstration data if the
// settings ask for it, or if an interrupted start began with it.
func seed(ctx context.Context, c Config, p *portal.Portal) (*sandbox.Logins, error) {
	file := filepath.Join(c.Data, "logins.json")
	if !c.Demonstration && !p.Clock.Behind() {
		return sandbox.Seed(ctx, p.Store, file)
	}
	return sandbox.Demonstration{Store: p.Store, Clock: p.Clock, Jobs: p.Jobs, Channels: p.Channels, Printer: p.Printer, Files: p.Files}.Seed(ctx, file)
}
