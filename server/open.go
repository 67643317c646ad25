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

// Config holds the settings of a server: see [config.Config].
type Config = config.Config

// Open opens and starts the portal of a checked configuration, and applies migrations if
// the configuration allows it. It creates the key file only for a new database. An error
// names the setting that can't be used.
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

// start migrates if the configuration allows it, and starts the portal.
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
		return fmt.Errorf("setting --sandbox: %w; commands on it need --sandbox, too", err)
	}
	return err
}

// upToDate refuses a database with pending or other migrations. If the database can't
// be read it returns that error instead, because migrating would not help.
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
		err = config.Wrong("migrate", "the database awaits migrations: first run portico migrate, or start with --migrate")
	}
	return err
}
