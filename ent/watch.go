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

// watchEvery is how often one of several nodes is asked whether it answers.
const watchEvery = time.Second

// errSilent is the error of a node that didn't answer in time.
var errSilent = fmt.Errorf("ent: the node doesn't answer: %w", mysql.ErrInvalidConn)

// errDonor is the error of a node that gives its state to another.
var errDonor = errors.New("ent: the node is the donor of one that joins")

// The states of a node (wsrep_local_state).
const (
	donor  = "2"
	synced = "4"
)

// wire is a connection to one of several nodes, as the network has it.
type wire struct {
	*net.TCPConn
	of *wires
}

// Close closes it, unless it was cut.
func (w *wire) Close() error {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	if _, open := w.of.open[w]; !open {
		return nil
	}
	delete(w.of.open, w)
	return w.TCPConn.Close()
}

// wires are the open connections to one node.
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

// cut closes all of them under whoever waits there, to whom the connection is
// lost.
func (w *wires) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.open {
		_ = one.TCPConn.Close()
	}
	clear(w.open)
}

// watch looks at the node that is used every second, until the context ends.
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

// look asks the node that is used whether it answers. One that was lost without a
// word (its machine is frozen, without power or cut off) is left for another that
// answers; without this whoever waits for it would wait until the end of its time,
// and the next one too. So is one that gives its state to a node that joins, and
// may take no commits meanwhile, if another is to be had that doesn't. A node that
// answers with an error says so to who uses it.
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

// state is that of a node of a cluster; empty if it doesn't tell.
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

// watched watches the nodes, if there are several, until the returned function
// is called.
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
