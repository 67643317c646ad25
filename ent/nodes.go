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
	// syncWait makes a node of a cluster wait, before each read and write, until it
	// has applied what was committed on the others.
	syncWait = 7
	// waitsForReads is the part of it without which a read may be behind.
	waitsForReads = 1
	// dialTime bounds how long one of several nodes is waited for.
	dialTime = 3 * time.Second
)

// node is one server of a DSN.
type node struct {
	sqldriver.Connector
	address string
	wires   *wires
}

// nodes connects to the servers of a DSN: to the one that it is connected to,
// and where that isn't to be had, to the first in their order that is. So all
// replicas write through one node.
type nodes struct {
	all     []node
	current atomic.Int64
	// forced is set where the DSN says whether they are a cluster.
	forced *bool
	// wait is the DSN's own wsrep_sync_wait; nil is none.
	wait *int64
	// alone is set once a server has said that it is of no cluster.
	alone atomic.Bool
	// behind is set where reads may be behind what was committed.
	behind atomic.Bool
	// limit bounds how long one of several nodes is waited for; 0 where there is one.
	limit time.Duration
}

// severalHosts takes the further hosts out of a DSN: tcp(a:3306,b,c:3307).
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

// newNodes makes the connectors of a configuration, one a host; none are its own
// address. It takes the parameter cluster out of the configuration.
func newNodes(m *mysql.Config, hosts []string) (*nodes, error) {
	n := &nodes{}
	if v, ok := m.Params["cluster"]; ok {
		is, err := strconv.ParseBool(v)
		if err != nil {
			return nil, errors.New("ent: database: cluster is true or false")
		}
		n.forced = &is
		delete(m.Params, "cluster")
	}
	if v, ok := m.Params["wsrep_sync_wait"]; ok {
		wait, err := strconv.ParseInt(strings.Trim(v, "'"), 10, 8)
		if err != nil {
			return nil, errors.New("ent: database: wsrep_sync_wait is a number")
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

// Driver is the driver of all of them.
func (n *nodes) Driver() sqldriver.Driver { return n.all[0].Driver() }

// Connect connects to a node that takes statements.
func (n *nodes) Connect(ctx context.Context) (sqldriver.Conn, error) {
	current := n.current.Load()
	conn, err := n.join(ctx, n.all[current])
	if err == nil || len(n.all) == 1 {
		return conn, err
	}
	return n.elsewhere(ctx, current, err, func(int) bool { return true })
}

// elsewhere connects to another node than one that isn't to be had, and goes on
// with it, if that may be: what still waits for that one is cut off, so that it is
// tried anew.
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

// join connects to one node and, where it is one of a cluster, sets its session.
// One of several is waited for no longer than the limit: a machine that is frozen
// or cut off refuses nothing.
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
			return &mysql.MySQLError{Number: 1047, Message: "the node isn't of the cluster"}
		}
	}
	if n.wait != nil { // it was set with the connection
		n.behind.Store(*n.wait&waitsForReads == 0)
		return nil
	}
	_, err = conn.(sqldriver.ExecerContext).ExecContext(ctx, fmt.Sprintf("SET SESSION wsrep_sync_wait = %d", syncWait), nil)
	return err
}

// shown is the value of a variable or a status; empty if the server has none.
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

// Current reports whether what is read is what was committed last, on whichever
// node: not in a cluster whose DSN says wsrep_sync_wait=0.
func (s *Store) Current() bool { return s.driver.nodes == nil || !s.driver.nodes.behind.Load() }
