// Package servertest provides tests with clients of a server, and with settings to start
// one.
package servertest

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"

	"portico/authz"
	"portico/portal"
	"portico/portal/sandbox"
	"portico/portaltest"
	"portico/server"
	"portico/server/config"
)

// Settings returns the settings of a server on SQLite in a new folder. The caller changes
// and then checks them.
func Settings(t *testing.T) config.Config {
	t.Helper()
	return config.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", Private: "", Trust: "off", BodyLimit: 1 << 20, RequestTimeout: time.Minute,
		StopTimeout: 20 * time.Second, MailFrom: "portico@localhost", LogLevel: "info", Introspection: true}
}

// Sandbox returns the checked settings of a sandbox in a data folder.
func Sandbox(t *testing.T, data string) config.Config {
	t.Helper()
	c := config.Config{Data: data, Listen: "127.0.0.1:0", Trust: "off", BodyLimit: 1 << 20, Sandbox: true,
		RequestTimeout: 1e9, MailFrom: "portico@localhost"}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	return c
}

// Seeded opens a sandbox's portal with its logins. It is closed at the end of the test.
func Seeded(t *testing.T, c config.Config) (context.Context, *portal.Portal) {
	t.Helper()
	ctx := authz.With(context.Background(), authz.AsSystem("test"))
	p, err := server.Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := sandbox.Seed(ctx, p.Store, filepath.Join(c.Data, "logins.json")); err != nil {
		t.Fatal(err)
	}
	return ctx, p
}

// FreeAddress returns an address that nobody listens on.
func FreeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Quick sets short intervals for streams, so that tests needn't wait.
func Quick(more ...func(*config.Config)) portaltest.Option {
	return func(_ *portal.Config, c *config.Config) {
		c.LivePoll, c.LiveCheck = 20*time.Millisecond, 20*time.Millisecond
		for _, f := range more {
			f(c)
		}
	}
}

// Origins sets --origins.
func Origins(origins ...string) portaltest.Option {
	return func(_ *portal.Config, c *config.Config) { c.Origins = origins }
}
