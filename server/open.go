package server

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"portico/ent"
	"portico/portal"
	"portico/portal/access/identity"
	"portico/portal/kernel/sealing"
	"portico/server/config"
)

// Config is the settings of a server: see [config.Config].
type Config = config.Config

// Open opens the portal of a configuration, which must have been checked, and
// applies migrations where the configuration says so. Keys and data folder are
// made for a new database alone.
func Open(ctx context.Context, c Config) (*portal.Portal, error) {
	opened, err := c.Portal(ctx)
	if err != nil {
		return nil, err
	}
	p, err := portal.Open(ctx, opened)
	if err != nil {
		return nil, errors.Join(config.Unopened(err), opened.Files.Close())
	}
	if err := start(ctx, c, p); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// start migrates where the configuration says so, and starts the portal.
func start(ctx context.Context, c Config, p *portal.Portal) error {
	if err := c.InUse(ctx, p.Store); err != nil {
		return err
	}
	if c.Migrate || strings.HasPrefix(c.Database, "sqlite:") {
		if _, err := p.Store.Migrate(ctx); err != nil {
			return err
		}
	} else if err := upToDate(ctx, p.Store); err != nil {
		return err
	}
	err := p.Start(ctx)
	if missing := (sealing.KeyMissing{}); errors.Is(err, identity.ErrOtherKeys) || errors.As(err, &missing) {
		return fmt.Errorf("setting --keys: %s: %w", c.Keys, err)
	}
	if errors.Is(err, portal.ErrSandbox) {
		return fmt.Errorf("setting --sandbox: %w: name it for commands, too", err)
	}
	return err
}

// upToDate refuses a database that awaits migrations, or was given others. What
// keeps it from being known is an error of its own: migrating would not mend it.
func upToDate(ctx context.Context, s *ent.Store) error {
	pending, err := s.Pending(ctx)
	if err != nil && !errors.Is(err, ent.ErrChanged) {
		fresh, e := s.Fresh(ctx)
		if e != nil {
			return fmt.Errorf("setting --database: %w", errors.Join(err, e))
		}
		if fresh {
			err, pending = nil, []string{"all"}
		}
	}
	if err == nil && len(pending) > 0 {
		err = config.Wrong("migrate", "the database awaits migrations: run portico migrate first, or start with --migrate")
	}
	return err
}
