package ent

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/go-sql-driver/mysql"

	"portico/portaltest/engine"
)

// host is a real server whose status the test sets.
type host struct {
	sqldriver.Connector
	down    bool
	answers map[string]string // answers to SHOW
	asked   int               // how often it was asked for
	joins   int
}

func (h *host) Connect(ctx context.Context) (sqldriver.Conn, error) {
	h.joins++
	if h.down {
		return nil, errors.New("connection refused")
	}
	c, err := h.Connector.Connect(ctx)
	return hostConn{c, h}, err
}

type hostConn struct {
	sqldriver.Conn
	h *host
}

func (c hostConn) QueryContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	if value, ok := c.h.answers[query]; ok {
		c.h.asked++
		return &showRow{value: value}, nil
	}
	return c.Conn.(sqldriver.QueryerContext).QueryContext(ctx, query, args)
}

func (c hostConn) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	return c.Conn.(sqldriver.ExecerContext).ExecContext(ctx, query, args)
}

func (c hostConn) IsValid() bool { return !c.h.down }

// showRow is the one row that a SHOW returns.
type showRow struct {
	value    string
	returned bool
}

func (*showRow) Columns() []string { return []string{"Variable_name", "Value"} }
func (*showRow) Close() error      { return nil }
func (s *showRow) Next(into []sqldriver.Value) error {
	if s.returned {
		return io.EOF
	}
	s.returned, into[0], into[1] = true, []byte("wsrep"), []byte(s.value)
	return nil
}

const (
	isOn    = "SHOW VARIABLES LIKE 'wsrep_on'"
	isReady = "SHOW STATUS LIKE 'wsrep_ready'"
	isIn    = "SHOW STATUS LIKE 'wsrep_local_state'"
)

func galera() map[string]string { return map[string]string{isOn: "ON", isReady: "ON"} }

// cluster returns a number of hosts, and the pool that connects to them.
func cluster(t *testing.T, count int, more string) ([]*host, *nodes, *sql.DB) {
	t.Helper()
	m, err := mysql.ParseDSN(engine.EmptyMariaDB(t) + more)
	if err != nil {
		t.Fatal(err)
	}
	n, err := newNodes(m, slices.Repeat([]string{m.Addr}, count))
	if err != nil {
		t.Fatal(err)
	}
	var hosts []*host
	for i := range n.all {
		h := &host{Connector: n.all[i].Connector, answers: galera()}
		n.all[i].Connector = h
		hosts = append(hosts, h)
	}
	pool := sql.OpenDB(n)
	pool.SetMaxIdleConns(-1)
	t.Cleanup(func() { _ = pool.Close() })
	return hosts, n, pool
}

func syncWaitOf(t *testing.T, pool *sql.DB) (n int) {
	t.Helper()
	if err := pool.QueryRowContext(t.Context(), "SELECT @@SESSION.wsrep_sync_wait").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNodes(t *testing.T) {
	joins := func(hosts []*host) (n []int) {
		for _, h := range hosts {
			n = append(n, h.joins)
		}
		return n
	}
	t.Run("9: each connection is to the first node, and waits for what was committed on the others", func(t *testing.T) {
		hosts, n, pool := cluster(t, 3, "")
		for range 2 {
			if got := syncWaitOf(t, pool); got != 7 || n.behind.Load() {
				t.Errorf("it waits for %d", got)
			}
		}
		if got := joins(hosts); !slices.Equal(got, []int{2, 0, 0}) {
			t.Errorf("%v", got)
		}
	})
	t.Run("9: a node that is down is passed over, and the next one stays until it is down", func(t *testing.T) {
		hosts, _, pool := cluster(t, 3, "")
		hosts[0].down = true
		_ = syncWaitOf(t, pool)
		hosts[0].down = false // it is back, and all writes still use one node
		_ = syncWaitOf(t, pool)
		hosts[1].down = true
		_ = syncWaitOf(t, pool)
		_ = syncWaitOf(t, pool)
		if got := joins(hosts); !slices.Equal(got, []int{3, 3, 0}) {
			t.Errorf("%v", got)
		}
	})
	t.Run("9: a node that answers and isn't of the cluster is passed over", func(t *testing.T) {
		hosts, _, pool := cluster(t, 2, "")
		hosts[0].answers[isReady] = "OFF"
		_ = syncWaitOf(t, pool)
		_ = syncWaitOf(t, pool)
		if got := joins(hosts); !slices.Equal(got, []int{1, 2}) {
			t.Errorf("%v", got)
		}
	})
	t.Run("9: where no node is to be had, it is an error that is tried again", func(t *testing.T) {
		hosts, _, pool := cluster(t, 2, "")
		hosts[0].answers[isReady], hosts[1].answers[isReady] = "OFF", "OFF"
		if err := pool.PingContext(t.Context()); !away(err) {
			t.Errorf("%v", err)
		}
	})
}

func TestWhetherServersAreACluster(t *testing.T) {
	t.Run("9: a server of no cluster is asked once, and waits for nobody", func(t *testing.T) {
		hosts, _, pool := cluster(t, 1, "")
		hosts[0].answers[isOn] = "OFF"
		for range 3 {
			if got := syncWaitOf(t, pool); got != 0 {
				t.Errorf("it waits for %d", got)
			}
		}
		if hosts[0].asked != 1 {
			t.Errorf("asked %d times", hosts[0].asked)
		}
	})
	t.Run("9: the DSN states it where the servers don't", func(t *testing.T) {
		hosts, _, pool := cluster(t, 1, "&cluster=true")
		hosts[0].answers[isOn] = "OFF"
		if got := syncWaitOf(t, pool); got != 7 {
			t.Errorf("it waits for %d", got)
		}
		hosts, _, pool = cluster(t, 1, "&cluster=false")
		if got := syncWaitOf(t, pool); got != 0 || hosts[0].asked != 0 {
			t.Errorf("it waits for %d, asked %d times", got, hosts[0].asked)
		}
	})
	t.Run("9: a DSN that doesn't wait is one whose reads may be behind", func(t *testing.T) {
		for more, behind := range map[string]bool{"&wsrep_sync_wait=0": true, "&wsrep_sync_wait=6": true, "&wsrep_sync_wait=1": false} {
			_, n, pool := cluster(t, 1, more)
			_ = syncWaitOf(t, pool)
			if n.behind.Load() != behind {
				t.Errorf("%s: behind %v", more, n.behind.Load())
			}
		}
	})
}

func TestSeveralHosts(t *testing.T) {
	for dsn, want := range map[string][]string{
		"root@tcp(a:1)/x":                {"root@tcp(a:1)/x"},
		"root@tcp(a:1,b:2)/x?timeout=1s": {"root@tcp(a:1)/x?timeout=1s", "a:1", "b:2"},
		"root:p@tcp(a, b,[::1]:7)/x":     {"root:p@tcp(a:3306)/x", "a:3306", "b:3306", "[::1]:7"},
		"root@unix(/run/a,b)/x":          {"root@unix(/run/a,b)/x"},
		"root@tcp(,)/x":                  {"root@tcp(,)/x"},
		"root@tcp(a:1,b:2/x":             {"root@tcp(a:1,b:2/x"},
	} {
		one, hosts := severalHosts(dsn)
		if got := append([]string{one}, hosts...); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", dsn, got, want)
		}
	}
	for _, wrong := range []string{"root@tcp(a,b)/x?cluster=perhaps", "root@tcp(a,b)/x?wsrep_sync_wait=all"} {
		if _, err := openMySQL(t.Context(), wrong, Config{Pool: Pool{Connections: 1}}); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}
