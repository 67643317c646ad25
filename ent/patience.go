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
	// attempts bounds how often something is run that conflicts with others.
	attempts = 12
	// losses bounds how often something is tried while the database isn't to be
	// had: with the pauses between, longer than a cluster takes to go on without
	// one of its nodes.
	losses = 60
	// longestPause bounds one pause.
	longestPause = 500 * time.Millisecond
)

// ErrStale is returned by a step whose conditional update met a newer row: the
// whole transaction is rolled back and rerun.
var ErrStale = errors.New("ent: a row changed meanwhile")

// ErrUnknown is the error of a transaction whose commit was asked for and not
// answered: it may be done or not. It is never rerun by itself.
var ErrUnknown = errors.New("ent: it isn't known whether the transaction was committed")

// patience is how often one thing was tried.
type patience struct{ conflicts, losses int }

// again waits for the next try after an error, and reports whether there is to
// be one: not for an error that stays, nor beyond the context's end.
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

// away reports whether an error says that the database, or its node, isn't to be
// had now.
func away(err error) bool {
	var m *mysql.MySQLError
	if errors.As(err, &m) {
		switch m.Number {
		case 1047, // the node isn't of the cluster
			1053, // it shuts down
			1180, // it was lost at the commit
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

// leave closes the connections to a node that isn't of the cluster any more,
// though it answers: the next one is to another node.
func (d *driver) leave(err error) {
	var m *mysql.MySQLError
	if d.idle > 0 && errors.As(err, &m) {
		d.write.SetMaxIdleConns(0)
		d.write.SetMaxIdleConns(d.idle)
	}
}

// patient runs what is in no transaction; a read is tried again where that may
// help. A statement that writes isn't: it may have been done.
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
