package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"portico/ent"
	"portico/portal"
	"portico/portal/identity"
	"portico/portal/sealing"
	"portico/server/transport"
)

// Open opens the portal of a configuration, which must have been checked, and
// applies migrations where the configuration says so. Keys and data folder are
// made for a new database alone.
func Open(ctx context.Context, c Config) (*portal.Portal, error) {
	keys, err := c.loadKeys(ctx)
	if err != nil {
		return nil, err
	}
	seller, fonts, err := c.invoices()
	if err != nil {
		return nil, err
	}
	channels, err := loadChannels(c.Channels)
	if err != nil {
		return nil, err
	}
	files, err := c.openFiles(ctx)
	if err != nil {
		return nil, err
	}
	carriers, err := c.carriers()
	if err != nil {
		return nil, errors.Join(err, files.Close())
	}
	challenges, err := c.challenges()
	if err != nil {
		return nil, errors.Join(err, files.Close())
	}
	settings := portal.Config{Carriers: carriers, Challenges: challenges, Database: c.Database, Pool: c.pool(), Keys: keys, Sandbox: c.Sandbox,
		PublicURL: strings.TrimRight(c.BaseURL, "/"), FrontendURL: strings.TrimRight(c.FrontendURL, "/"), Channels: channels, Files: files,
		InvoiceSeller: seller, InvoiceFonts: fonts}
	c.Bound(&settings)
	p, err := portal.Open(ctx, settings)
	if err != nil {
		return nil, errors.Join(unopened(err), files.Close())
	}
	if err := c.start(ctx, p); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// start migrates where the configuration says so, and starts the portal.
func (c *Config) start(ctx context.Context, p *portal.Portal) error {
	if err := c.inUse(ctx, p.Store); err != nil {
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

// upToDate refuses a database that awaits migrations, or was given others. Why it
// can't be told is an error of its own: migrating would mend nothing.
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
		err = wrong("migrate", "the database awaits migrations: run portico migrate first, or start with --migrate")
	}
	return err
}

// Ended is the error of a server that has served. It has logged it: from then on
// what it says are lines of its log.
type Ended struct{ error }

// Unwrap is errors.Unwrap's.
func (e Ended) Unwrap() error { return e.error }

// Run serves until the context ends, then stops: no new requests, those under
// way get their time, and so do jobs, whose context ends at once. Prepare, if set, is called
// once the addresses are the server's, and before requests are taken.
func Run(ctx context.Context, c Config, prepare func(context.Context, *portal.Portal) error) (err error) {
	p, err := Open(ctx, c)
	if err != nil {
		return err
	}
	served := false
	defer func() {
		if err = errors.Join(err, p.Close()); err != nil && served {
			slog.Error("ended", "error", err)
			err = Ended{err}
		}
	}()
	limitMemory(c.MemoryLimit)
	servers, side, err := bind(p, c)
	if err != nil {
		return err
	}
	if prepare != nil {
		if err := prepare(ctx, p); err != nil {
			return errors.Join(err, closeAll(servers))
		}
	}
	side.warmUp()
	stopJobs, err := c.startJobs(ctx, p)
	if err != nil {
		return errors.Join(err, closeAll(servers))
	}
	defer stopJobs()
	failed := make(chan error, len(servers))
	for _, s := range servers {
		go func() { failed <- s.Serve(s.listener) }()
	}
	served = true
	slog.Info("listening", "address", servers[0].listener.Addr().String())
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = side.drain(ctx, c.Drain, failed)
	}
	return errors.Join(err, stop(servers, side.live, c.StopTimeout))
}

func closeAll(servers []*served) (err error) {
	for _, s := range servers {
		err = errors.Join(err, s.listener.Close())
	}
	return err
}

// bind takes the addresses: the public one first, then the private one if there
// is to be one.
func bind(p *portal.Portal, c Config) ([]*served, *side, error) {
	side, err := newSide(p, c)
	if err != nil {
		return nil, nil, err
	}
	public, err := listen(c.Listen, "listen", side, c.RequestTimeout)
	if err != nil {
		return nil, nil, err
	}
	if c.Private == "" {
		return []*served{public}, side, nil
	}
	s, err := listen(c.Private, "private", private(side), profileTime)
	if err != nil {
		return nil, nil, errors.Join(err, public.listener.Close())
	}
	return []*served{public, s}, side, nil
}

type served struct {
	*http.Server
	listener net.Listener
}

const (
	// bodyTime is how long a request's body may take to arrive.
	bodyTime = time.Minute
	// profileTime is how long a profile may be taken.
	profileTime = 5 * time.Minute
)

// listen takes an address. Every request has an end by which it is read and
// answered, however the handler goes about it: the time of the body, the time
// that a request may take, and that of reading the answer. The handler makes it
// closer; streams move theirs on.
func listen(address, setting string, h http.Handler, took time.Duration) (*served, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("setting --%s: %w", setting, err)
	}
	all := bodyTime + took + 2*readTime
	return &served{listener: l, Server: &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: all, WriteTimeout: all,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(oneMessage{slog.Default().Handler()}, slog.LevelWarn),
	}}, nil
}

// stop closes the addresses, so that whoever connects anew does so elsewhere, then
// ends the streams, which would go on for ever and are told, and waits for what is
// under way.
func stop(servers []*served, live *transport.Live, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	streams := make(chan error, 1)
	servers[0].RegisterOnShutdown(func() { streams <- live.Close(ctx) })
	var all error
	for _, s := range servers {
		if err := s.Shutdown(ctx); err != nil {
			all = errors.Join(all, fmt.Errorf("stopping: %w", err), s.Close())
		}
	}
	return errors.Join(all, <-streams)
}
