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

// Ended is the error of a server that has already served requests. [Run] has logged it,
// so the caller needn't print it.
type Ended struct{ error }

// Unwrap returns the logged error.
func (e Ended) Unwrap() error { return e.error }

// Run serves until the context ends, and then stops: it takes no new requests, gives
// running requests time to finish, and ends the context of jobs at once and waits for
// them. Prepare, if set, is called after the addresses are bound and before requests
// are served. An error after that is an [Ended].
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

// bind listens on the private address, if it is set, and then on the public one: who
// reaches the public address can already watch the server. The public one is the first
// of the servers.
func bind(p *portal.Portal, c Config) ([]*served, *side, error) {
	side, err := newSide(p, c)
	if err != nil {
		return nil, nil, err
	}
	var watched []*served
	if c.Private != "" {
		s, err := listen(c.Private, "private", private(side.gate.State()), profileTime)
		if err != nil {
			return nil, nil, err
		}
		watched = []*served{s}
	}
	public, err := listen(c.Listen, "listen", side, c.RequestTimeout)
	if err != nil {
		return nil, nil, errors.Join(err, closeAll(watched))
	}
	return append([]*served{public}, watched...), side, nil
}

// served is a server with its listener.
type served struct {
	*http.Server
	listener net.Listener
}

// profileTime is the maximum duration of a request to the private address, such as for
// a profile.
const profileTime = 5 * time.Minute

// listen listens on an address. Reading and answering a request has a deadline
// regardless of its handler: the time for the body, the time for the request, and the
// time for reading the answer. The handler sets an earlier deadline; streams extend it.
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

// stop closes the addresses, so that new connections go to another server. Then it ends
// the streams with a message, since they would never end by themselves, and waits for
// running requests.
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
