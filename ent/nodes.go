package ent

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"
)

const (
	// syncWait makes a node of a cluster wait, before each read and write,
	// until it has applied what was committed on other nodes.
	syncWait = 7
	// waitsForReads is the bit of it that applies to reads. Without it a read
	// may be behind.
	waitsForReads = 1
	// dialTime is the maximum time to connect to one of several nodes.
	dialTime = 3 * time.Second
)

// node is one server of a DSN.
type node struct {
	sqldriver.Connector
	address string
	wires   *wires
}

// nodes connects to the servers of a DSN. It connects to the node in use; if
// that is unavailable, it connects to the first available one in the order of
// the DSN. So all replicas write through one node.
type nodes struct {
	all     []node
	current atomic.Int64
	// forced is the DSN's setting whether the nodes are a cluster; nil if it
	// has none.
	forced *bool
	// wait is the DSN's wsrep_sync_wait; nil if it has none.
	wait *int64
	// alone is true once a server has reported that it belongs to no cluster.
	alone atomic.Bool
	// behind is true if reads may be behind what was committed.
	behind atomic.Bool
	// limit is the maximum time to wait for one of several nodes; 0 if there is
	// only one.
	limit time.Duration
}

// severalHosts removes the hosts after the first from a DSN:
// tcp(a:3306,b,c:3307).
func severalHosts(dsn string) (one string, hosts []string) {
	before, rest, found := strings.Cut(dsn, "tcp(")
	list, after, closed := strings.Cut(rest, ")")
	if !found || !closed || !strings.Contains(list, ",") {
		return dsn, nil
	}
	for _, host := range strings.Split(list, ",") {
		if host = strings.TrimSpace(host); host == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(host); err != nil {
			host = net.JoinHostPort(host, "3306")
		}
		hosts = append(hosts, host)
	}
	if len(hosts) == 0 {
		return dsn, nil
	}
	return before + "tcp(" + hosts[0] + ")" + after, hosts
}

// newNodes returns the connectors of a configuration, one for each host.
// Without hosts it uses the configuration's address. It removes the parameter
// cluster from the configuration.
func newNodes(m *mysql.Config, hosts []string) (*nodes, error) {
	n := &nodes{}
	if v, ok := m.Params["cluster"]; ok {
		is, err := strconv.ParseBool(v)
		if err != nil {
			return nil, errors.New("ent: database: cluster must be true or false")
		}
		n.forced = &is
		delete(m.Params, "cluster")
	}
	if v, ok := m.Params["wsrep_sync_wait"]; ok {
		wait, err := strconv.ParseInt(strings.Trim(v, "'"), 10, 8)
		if err != nil {
			return nil, errors.New("ent: database: wsrep_sync_wait must be a number")
		}
		n.wait = &wait
	}
	if len(hosts) == 0 {
		hosts = []string{m.Addr}
	} else if n.limit = m.Timeout; n.limit == 0 {
		n.limit = dialTime
	}
	for _, host := range hosts {
		c, w := m.Clone(), &wires{open: map[*wire]struct{}{}}
		c.Addr = host
		if n.limit > 0 {
			c.DialFunc = w.dial
		}
		connector, err := mysql.NewConnector(c)
		if err != nil {
			return nil, fmt.Errorf("ent: database: %w", err)
		}
		n.all = append(n.all, node{connector, host, w})
	}
	return n, nil
}

// Driver returns the driver of all nodes.
func (n *nodes) Driver() sqldriver.Driver { return n.all[0].Driver() }

// Connect connects to a node that accepts statements.
func (n *nodes) Connect(ctx context.Context) (sqldriver.Conn, error) {
	current := n.current.Load()
	conn, err := n.join(ctx, n.all[current])
	if err == nil || len(n.all) == 1 {
		return conn, err
	}
	return n.elsewhere(ctx, current, err, func(int) bool { return true })
}

// elsewhere connects to another node if the given one is unavailable, and uses
// it from then on if may permits it. Connections that still wait for the
// unavailable node are closed, so that their statements are retried.
func (n *nodes) elsewhere(ctx context.Context, than int64, why error, may func(node int) bool) (sqldriver.Conn, error) {
	all := []error{fmt.Errorf("%s: %w", n.all[than].address, why)}
	for i, other := range n.all {
		if int64(i) == than || ctx.Err() != nil || !may(i) {
			continue
		}
		conn, err := n.join(ctx, other)
		if err == nil {
			if n.current.CompareAndSwap(than, int64(i)) {
				slog.WarnContext(ctx, "going on with another node of the database", "node", other.address, "error", errors.Join(all...))
				n.all[than].wires.cut()
			}
			return conn, nil
		}
		all = append(all, fmt.Errorf("%s: %w", other.address, err))
	}
	return nil, errors.Join(all...)
}

// join connects to one node and sets up its session if it belongs to a cluster.
// If there are several nodes, it waits no longer than the limit, because a
// machine that is frozen or disconnected doesn't refuse a connection.
func (n *nodes) join(ctx context.Context, at node) (sqldriver.Conn, error) {
	if n.limit == 0 {
		return n.joined(ctx, at)
	}
	bound, stop := context.WithTimeout(ctx, n.limit)
	defer stop()
	conn, err := n.joined(bound, at)
	if err != nil && bound.Err() != nil && ctx.Err() == nil {
		return nil, errSilent
	}
	return conn, err
}

func (n *nodes) joined(ctx context.Context, at node) (sqldriver.Conn, error) {
	conn, err := at.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := n.prepare(ctx, conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

func (n *nodes) prepare(ctx context.Context, conn sqldriver.Conn) error {
	if n.forced != nil && !*n.forced || n.alone.Load() {
		return nil
	}
	on, err := shown(ctx, conn, "SHOW VARIABLES LIKE 'wsrep_on'")
	if err != nil {
		return err
	}
	if on != "ON" && n.forced == nil {
		n.alone.Store(true)
		return nil
	}
	if on == "ON" {
		ready, err := shown(ctx, conn, "SHOW STATUS LIKE 'wsrep_ready'")
		if err != nil {
			return err
		}
		if ready != "ON" {
			return &mysql.MySQLError{Number: 1047, Message: "the node does not belong to the cluster"}
		}
	}
	if n.wait != nil { // it was set with the connection
		n.behind.Store(*n.wait&waitsForReads == 0)
		return nil
	}
	_, err = conn.(sqldriver.ExecerContext).ExecContext(ctx, fmt.Sprintf("SET SESSION wsrep_sync_wait = %d", syncWait), nil)
	return err
}

// shown returns the value of a variable or status; "" if the server doesn't
// have it.
func shown(ctx context.Context, conn sqldriver.Conn, query string) (string, error) {
	rows, err := conn.(sqldriver.QueryerContext).QueryContext(ctx, query, nil)
	if err != nil {
		return "", err
	}
	values := make([]sqldriver.Value, len(rows.Columns()))
	found := rows.Next(values) == nil && len(values) == 2
	if err := rows.Close(); err != nil || !found {
		return "", err
	}
	if b, ok := values[1].([]byte); ok {
		return string(b), nil
	}
	return fmt.Sprint(values[1]), nil
}

// Current reports whether a read sees everything that was committed before on
// any node. It doesn't on a cluster whose DSN has wsrep_sync_wait=0.
func (s *Store) Current() bool { return s.driver.nodes == nil || !s.driver.nodes.behind.Load() }
