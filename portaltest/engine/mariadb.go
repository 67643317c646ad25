package engine

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// MariaDB gives a test a database of the pool's schema with its first rows, and returns
// the DSN. The test closes its connections in a Cleanup that it sets after this call;
// connections that are left are killed. A test that changes tables uses FreshMariaDB.
// If MariaDB is missing, the test fails with [ErrMissing].
func (p *Pool) MariaDB(tb testing.TB) string {
	tb.Helper()
	t, err := p.mariadb()
	if err != nil {
		tb.Fatal(err)
	}
	name, err := p.take(tb.Context(), t)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { p.giveBack(tb, t, name) })
	return dsn(t.config, name)
}

// FreshMariaDB is [Pool.MariaDB] with a new database that is dropped after the test.
func (p *Pool) FreshMariaDB(tb testing.TB) string {
	tb.Helper()
	t, err := p.mariadb()
	if err != nil {
		tb.Fatal(err)
	}
	name, err := t.copy(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	t.dropAfter(tb, name)
	return dsn(t.config, name)
}

// EmptyMariaDB gives a test a database without tables, and drops it after the test.
func EmptyMariaDB(tb testing.TB) string {
	tb.Helper()
	h, err := shared()
	if err != nil {
		tb.Fatal(err)
	}
	name := unique()
	if _, err := h.db.ExecContext(tb.Context(), "CREATE DATABASE "+name); err != nil {
		tb.Fatal(err)
	}
	h.dropAfter(tb, name)
	return dsn(h.config, name)
}

func (p *Pool) take(ctx context.Context, t *template) (string, error) {
	p.mu.Lock()
	if n := len(p.free); n > 0 {
		name := p.free[n-1]
		p.free = p.free[:n-1]
		p.mu.Unlock()
		return name, nil
	}
	p.mu.Unlock()
	return t.copy(ctx)
}

func (p *Pool) giveBack(tb testing.TB, t *template, name string) {
	ctx := context.WithoutCancel(tb.Context())
	t.evict(ctx, name)
	if _, err := t.db.ExecContext(ctx, strings.ReplaceAll(t.empty, placeholder, name)); err != nil {
		tb.Errorf("emptying the test's database (a test that changes tables takes FreshMariaDB): %v", err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, name)
}

// host is the server that the tests of this process use.
type host struct {
	config *mysql.Config
	db     *sql.DB
}

// shared returns the server that Env names, or one that it starts at the first call and
// that ends with the process.
var shared = sync.OnceValues(func() (*host, error) {
	var config *mysql.Config
	if env := os.Getenv(Env); env != "" {
		c, err := mysql.ParseDSN(env)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", Env, err)
		}
		config = c
	} else {
		s, err := Start(context.Background())
		if err != nil {
			return nil, err
		}
		config = s.config
	}
	admin := config.Clone()
	admin.DBName, admin.MultiStatements, admin.InterpolateParams = "", true, true
	connector, err := mysql.NewConnector(admin)
	if err != nil {
		return nil, err
	}
	h := &host{config, sql.OpenDB(connector)}
	if err := h.db.Ping(); err != nil {
		return nil, fmt.Errorf("no MariaDB answers at %s: %w", config.Addr, err)
	}
	return h, nil
})

// unique returns a new database name.
func unique() string { return "portico_" + strings.ToLower(rand.Text()[:12]) }

// evict kills the connections that use a database.
func (h *host) evict(ctx context.Context, name string) {
	rows, err := h.db.QueryContext(ctx, "SELECT id FROM information_schema.processlist WHERE db = ?", name)
	if err != nil {
		return
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id uint64
		if rows.Scan(&id) == nil {
			_, _ = h.db.ExecContext(ctx, fmt.Sprintf("KILL %d", id))
		}
	}
}

func (h *host) dropAfter(tb testing.TB, name string) {
	tb.Cleanup(func() {
		ctx := context.WithoutCancel(tb.Context())
		h.evict(ctx, name)
		if _, err := h.db.ExecContext(ctx, "DROP DATABASE "+name); err != nil {
			tb.Errorf("dropping the test's database: %v", err)
		}
	})
}
