package ent

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
)

// watchEvery is the interval at which the node in use is checked if there are
// several.
const watchEvery = time.Second

// errSilent is the error for a node that didn't answer in time.
var errSilent = fmt.Errorf("ent: the node doesn't answer: %w", mysql.ErrInvalidConn)

// errDonor is the error for a node that is sending its state to another.
var errDonor = errors.New("ent: the node is the donor of one that joins")

// The states of a node (wsrep_local_state).
const (
	donor  = "2"
	synced = "4"
)

// wire is a network connection to one of several nodes.
type wire struct {
	*net.TCPConn
	of *wires
}

// Close closes it, unless it was already cut.
func (w *wire) Close() error {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	if _, open := w.of.open[w]; !open {
		return nil
	}
	delete(w.of.open, w)
	return w.TCPConn.Close()
}

// wires holds the open connections to one node.
type wires struct {
	mu   sync.Mutex
	open map[*wire]struct{}
}

func (w *wires) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return c, nil
	}
	one := &wire{tcp, w}
	w.mu.Lock()
	w.open[one] = struct{}{}
	w.mu.Unlock()
	return one, nil
}

// cut closes all of them. Callers that wait on one see that the connection is
// lost.
func (w *wires) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.open {
		_ = one.TCPConn.Close()
	}
	clear(w.open)
}

// watch checks the node in use every second, until the context ends.
func (n *nodes) watch(ctx context.Context) {
	pools := make([]*sql.DB, len(n.all))
	for i, at := range n.all {
		pools[i] = sql.OpenDB(at)
		pools[i].SetMaxIdleConns(1)
		defer func() { _ = pools[i].Close() }()
	}
	for wait(ctx, watchEvery) == nil {
		n.look(ctx, pools)
	}
}

// look checks whether the node in use answers. If it was lost without closing
// its connections (its machine is frozen, has no power, or is disconnected),
// look switches to another node that answers. Otherwise every caller would wait
// until its own time ends, and so would the next. It also switches away from a
// node that sends its state to a joining node, and may not accept commits
// meanwhile, if another node is available that doesn't. A node that answers
// with an error reports it to its callers.
func (n *nodes) look(ctx context.Context, pools []*sql.DB) {
	current := n.current.Load()
	bound, stop := context.WithTimeout(ctx, n.limit)
	err := pools[current].PingContext(bound)
	silent := err != nil && bound.Err() != nil && ctx.Err() == nil
	stop()
	var why error
	may := func(int) bool { return true }
	switch {
	case silent:
		why = errSilent
	case err == nil && n.state(ctx, pools[current]) == donor:
		why = errDonor
		may = func(i int) bool { return n.state(ctx, pools[i]) == synced }
	default:
		return
	}
	if conn, err := n.elsewhere(ctx, current, why, may); err == nil {
		_ = conn.Close()
	}
}

// state returns the state of a node of a cluster; "" if the node doesn't report
// it.
func (n *nodes) state(ctx context.Context, pool *sql.DB) (state string) {
	if n.alone.Load() {
		return ""
	}
	ctx, stop := context.WithTimeout(ctx, n.limit)
	defer stop()
	var name string
	_ = pool.QueryRowContext(ctx, "SHOW STATUS LIKE 'wsrep_local_state'").Scan(&name, &state)
	return state
}

// watched starts to watch the nodes, if there are several, until end is called.
func (n *nodes) watched() (end func()) {
	if len(n.all) == 1 {
		return func() {}
	}
	ctx, stop := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() { n.watch(ctx) })
	return func() {
		stop()
		group.Wait()
	}
}
