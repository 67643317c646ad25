package server_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico/authz"
	"portico/portal"
	"portico/portal/identity"
	"portico/portal/portaltest/engine"
	"portico/portal/sandbox"
	"portico/server"
)

func configured(t *testing.T, data string) server.Config {
	t.Helper()
	c := server.Config{Data: data, Listen: "127.0.0.1:0", Trust: "off", BodyLimit: 1 << 20, Sandbox: true,
		RequestTimeout: 1e9, MailFrom: "portico@localhost"}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestADatabaseIsOpenedWithItsOwnKeysOnly(t *testing.T) {
	data := t.TempDir()
	c := configured(t, data)
	ctx := authz.With(context.Background(), authz.AsSystem("test"))
	p, err := server.Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	_, err = sandbox.Seed(ctx, p.Store, filepath.Join(data, "logins.json"))
	if err := errors.Join(err, p.Close()); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(c.Keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(c.Keys); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Open(ctx, c); !errors.Is(err, identity.ErrOtherKeys) || !strings.Contains(err.Error(), "--keys") {
		t.Errorf("5.7: opened with fresh keys: %v", err)
	}
	if err := os.WriteFile(c.Keys, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err = server.Open(ctx, c); err != nil {
		t.Fatalf("with its own keys: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestNothingIsSaidBeforeTheAddressIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := configured(t, t.TempDir())
	c.Listen = l.Addr().String()
	prepared := false
	err = server.Run(context.Background(), c, func(context.Context, *portal.Portal) error { prepared = true; return nil })
	if err == nil || !strings.Contains(err.Error(), "--listen") || prepared {
		t.Errorf("on an address that is taken: %v, prepared: %v", err, prepared)
	}
}

func TestADatabaseThatAwaitsMigrationsIsNotServed(t *testing.T) {
	c := configured(t, t.TempDir())
	c.Database = engine.EmptyMariaDB(t)
	ctx := context.Background()
	if _, err := server.Open(ctx, c); err == nil || !strings.Contains(err.Error(), "--migrate") {
		t.Errorf("an empty database without --migrate: %v", err)
	}
	c.Migrate = true
	p, err := server.Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAWrongDatabaseIsNamed(t *testing.T) {
	c := configured(t, t.TempDir())
	c.Database = "nonsense"
	if _, err := server.Open(context.Background(), c); err == nil || !strings.Contains(err.Error(), "setting --database") {
		t.Errorf("a DSN that is none: %v", err)
	}
}
