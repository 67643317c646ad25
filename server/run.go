package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"portico/portal"
	"portico/server/transport"
	"portico/server/web"
)

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
	stopJobs, err := startJobs(ctx, c, p)
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
	return errors.Join(err, stop(servers, side.gate.Live(), c.StopTimeout))
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
	s, err := listen(c.Private, "private", private(side.gate.State()), profileTime)
	if err != nil {
		return nil, nil, errors.Join(err, public.listener.Close())
	}
	return []*served{public, s}, side, nil
}

type served struct {
	*http.Server
	listener net.Listener
}

// profileTime is how long a profile may be taken.
const profileTime = 5 * time.Minute

// listen takes an address. Every request has an end by which it is read and
// answered, however the handler goes about it: the time of the body, the time
// that a request may take, and that of reading the answer. The handler makes it
// closer; streams move theirs on.
func listen(address, setting string, h http.Handler, limit time.Duration) (*served, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("setting --%s: %w", setting, err)
	}
	all := web.ConnectionTime(limit)
	return &served{listener: l, Server: &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: all, WriteTimeout: all,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(oneMessage{slog.Default().Handler()}, slog.LevelWarn),
	}}, nil
}

// stop closes the addresses, so that whoever connects anew does so elsewhere, then
// ends the streams, which would go on for ever, by a message, and waits for what is
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
