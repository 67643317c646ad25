package ent

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// attempts is the maximum number of attempts after conflicts with other
	// transactions.
	attempts = 12
	// losses is the maximum number of attempts while the database is
	// unavailable. With the pauses in between they last longer than a cluster
	// needs to continue without one of its nodes.
	losses = 60
	// longestPause is the longest pause between two attempts.
	longestPause = 500 * time.Millisecond
)

// ErrStale is returned by a step whose conditional update found a newer row.
// The whole transaction is rolled back and rerun.
var ErrStale = errors.New("ent: a row changed meanwhile")

// ErrUnknown is returned for a transaction whose commit wasn't acknowledged. It
// may or may not be committed, and is never rerun automatically.
var ErrUnknown = errors.New("ent: it isn't known whether the transaction was committed")

// patience counts the attempts of one operation.
type patience struct{ conflicts, losses int }

// again waits before the next attempt after an error, and reports whether to
// make one. It doesn't for a permanent error, or after the context has ended.
func (p *patience) again(ctx context.Context, d *driver, err error) (bool, error) {
	switch {
	case err == nil || errors.Is(err, ErrUnknown):
		return false, err
	case retryable(err):
		if p.conflicts++; p.conflicts == attempts {
			return false, fmt.Errorf("ent: gave up after %d attempts: %w", attempts, err)
		}
		if e := pause(ctx, p.conflicts); e != nil {
			return false, errors.Join(e, err)
		}
		return true, err
	case away(err):
		if p.losses++; p.losses == losses {
			return false, fmt.Errorf("ent: gave up after %d attempts: %w", losses, err)
		}
		d.leave(err)
		limit := min(5*time.Millisecond<<min(p.losses, 10), longestPause)
		if e := wait(ctx, limit/2+rand.N(limit/2)); e != nil {
			return false, errors.Join(e, err)
		}
		return true, err
	}
	return false, err
}

func pause(ctx context.Context, n int) error {
	return wait(ctx, rand.N(min(time.Millisecond<<min(n, 10), longestPause/2))+time.Millisecond)
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// retryable reports whether an error is a conflict with another transaction.
func retryable(err error) bool {
	if err == nil {
		return false
	}
	if errors.Is(err, ErrStale) {
		return true
	}
	var m *mysql.MySQLError
	if errors.As(err, &m) {
		switch m.Number {
		case 1213, // deadlock, certification failure
			1205, // lock wait timed out, and the wait for a cluster's other nodes
			1020: // snapshot isolation
			return true
		}
		return false
	}
	var l *sqlite.Error
	if errors.As(err, &l) {
		switch l.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return true
		}
	}
	return false
}

// away reports whether an error means that the database, or its node, is
// unavailable now.
func away(err error) bool {
	var m *mysql.MySQLError
	if errors.As(err, &m) {
		switch m.Number {
		case 1047, // the node doesn't belong to the cluster
			1053, // the server is shutting down
			1180, // the commit failed because the node was lost
			1927: // the connection was killed
			return true
		}
		return false
	}
	for _, lost := range []error{sqldriver.ErrBadConn, mysql.ErrInvalidConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, lost) {
			return true
		}
	}
	var n *net.OpError
	return errors.As(err, &n)
}

// leave closes the connections to a node that no longer belongs to the cluster,
// although it answers. The next connection is to another node.
func (d *driver) leave(err error) {
	var m *mysql.MySQLError
	if d.idle > 0 && errors.As(err, &m) {
		d.write.SetMaxIdleConns(0)
		d.write.SetMaxIdleConns(d.idle)
	}
}

// patient runs statements outside transactions. It retries a read if that may
// help. It doesn't retry a statement that writes, because it may have been
// executed.
type patient struct {
	outside
	d *driver
}

// QueryContext runs a query.
func (o patient) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if !strings.HasPrefix(query, "SELECT") && !strings.HasPrefix(query, "(SELECT") {
		return o.outside.QueryContext(ctx, query, args...)
	}
	for p := new(patience); ; {
		rows, err := o.outside.QueryContext(ctx, query, args...)
		again, err := p.again(ctx, o.d, err)
		if !again {
			return rows, err
		}
	}
}
