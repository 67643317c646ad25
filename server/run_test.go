package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"portico/authz"
	"portico/ent"
	"portico/portal"
	"portico/portal/access/identity"
	"portico/portal/sandbox"
	"portico/portaltest"
	"portico/portaltest/engine"
	"portico/server"
	"portico/server/servertest"
)

func TestADatabaseIsOpenedWithItsOwnKeysOnly(t *testing.T) {
	data := t.TempDir()
	c := servertest.Sandbox(t, data)
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
	_, others, err := ent.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.Keys, others, 0o600); err != nil {
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

func TestNothingIsPrintedBeforeTheAddressIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := servertest.Sandbox(t, t.TempDir())
	c.Listen = l.Addr().String()
	prepared := false
	err = server.Run(context.Background(), c, func(context.Context, *portal.Portal) error { prepared = true; return nil })
	if err == nil || !strings.Contains(err.Error(), "--listen") || prepared {
		t.Errorf("on an address that is taken: %v, prepared: %v", err, prepared)
	}
}

func TestADatabaseThatAwaitsMigrationsIsNotServed(t *testing.T) {
	c := servertest.Sandbox(t, t.TempDir())
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
	_, err = p.Store.Read().ExecContext(ctx, "UPDATE portico_migration SET checksum = 'of another release'")
	if err := errors.Join(err, p.Close()); err != nil {
		t.Fatal(err)
	}
	c.Migrate = false
	if _, err := server.Open(ctx, c); !errors.Is(err, ent.ErrChanged) || strings.Contains(err.Error(), "--migrate") {
		t.Errorf("a database that another release migrated, where migrating mends nothing: %v", err)
	}
}

func TestAWrongDatabaseIsNamed(t *testing.T) {
	c := servertest.Sandbox(t, t.TempDir())
	c.Database = "nonsense"
	if _, err := server.Open(context.Background(), c); err == nil || !strings.Contains(err.Error(), "setting --database") {
		t.Errorf("a DSN that is none: %v", err)
	}
}

func TestAStopEndsTheStreamsWithAWord(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := servertest.Sandbox(t, t.TempDir())
	c.Listen, c.StopTimeout, c.RequestTimeout = l.Addr().String(), servertest.Patience, servertest.Patience
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ready, ended := make(chan *sandbox.Logins, 1), make(chan error, 1)
	go func() {
		ended <- server.Run(ctx, c, func(ctx context.Context, p *portal.Portal) error {
			logins, err := sandbox.Seed(authz.With(ctx, authz.AsSystem("test")), p.Store, filepath.Join(c.Data, "logins.json"))
			ready <- logins
			return err
		})
	}()
	logins := <-ready
	url := "http://" + c.Listen
	token, account := signIn(t, url, logins.People[0].Phone, logins.People[0].Password)
	line, other := servertest.Connect(t, url, token), servertest.Listen(t, url, token, servertest.Posted, map[string]any{"accountId": account})
	line.Follow("1", account)
	stop()
	if got := line.Closed(); got != websocket.StatusGoingAway {
		t.Errorf("closed by %d", got)
	}
	if kind, data := other.Next(); kind != "" {
		t.Errorf("%s %v instead of a cut", kind, data)
	}
	if err := <-ended; err != nil {
		t.Errorf("stopped with %v", err)
	}
}

// If a stop cuts requests, the log has a line about it, of its own kind like
// all lines of a serving process.
func TestAStopThatCutsARequestReportsIt(t *testing.T) {
	c := servertest.Sandbox(t, t.TempDir())
	c.Listen, c.StopTimeout, c.RequestTimeout = servertest.FreeAddress(t), time.Millisecond, servertest.Patience
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- server.Run(ctx, c, func(context.Context, *portal.Portal) error { close(ready); return nil })
	}()
	<-ready
	conn, err := net.Dial("tcp", c.Listen)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n", c.Listen); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("its body isn't waited for: %q %v", line, err)
	}
	stop()
	err = <-ended
	if _, logged := errors.AsType[server.Ended](err); !logged || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// signIn signs in over HTTP and returns the token and the person's first
// account.
func signIn(t *testing.T, url, login, password string) (token, account string) {
	t.Helper()
	e := servertest.Listen(t, url, "", `mutation($i: SignInInput!) { signIn(input: $i) { session { accessToken } userErrors { code } } }`,
		map[string]any{"i": map[string]any{"login": login, "password": password}})
	_, data := e.Next()
	token = portaltest.String(data, "data", "signIn", "session", "accessToken")
	e = servertest.Listen(t, url, token, `{ viewer { accounts(first: 1) { nodes { id } } } }`, nil)
	_, data = e.Next()
	return token, portaltest.String(data, "data", "viewer", "accounts", "nodes", 0, "id")
}
