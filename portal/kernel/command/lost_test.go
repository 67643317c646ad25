package command_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"portico/clause"
	"portico/ent/db/auditevent"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

// network breaks connections: before the next calls, or before or after one
// commit.
type network struct {
	mu            sync.Mutex
	calls         int
	before, after bool
}

func (n *network) loses() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.calls > 0 {
		n.calls--
		return mysql.ErrInvalidConn
	}
	return nil
}

func (n *network) wrap(c driver.Connector) driver.Connector { return lossy{c, n} }

type lossy struct {
	driver.Connector
	n *network
}

// connection is the interface of both engines' connections.
type connection interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

func (c lossy) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return lossyConn{conn.(connection), c.n}, nil
}

type lossyConn struct {
	connection
	n *network
}

func (c lossyConn) CheckNamedValue(v *driver.NamedValue) error {
	if k, ok := c.connection.(driver.NamedValueChecker); ok {
		return k.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c lossyConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := c.n.loses(); err != nil {
		return nil, err
	}
	stmt, err := c.connection.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return lossyStmt{stmt.(statement), c.n}, nil
}

// statement is the interface of both engines' prepared statements.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type lossyStmt struct {
	statement
	n *network
}

func (s lossyStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := s.n.loses(); err != nil {
		return nil, err
	}
	return s.statement.QueryContext(ctx, args)
}

func (c lossyConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.n.loses(); err != nil {
		return nil, err
	}
	return c.connection.QueryContext(ctx, query, args)
}

func (c lossyConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if err := c.n.loses(); err != nil {
		return nil, err
	}
	tx, err := c.connection.BeginTx(ctx, o)
	return lossyTx{tx, c.n}, err
}

type lossyTx struct {
	driver.Tx
	n *network
}

func (t lossyTx) Commit() error {
	t.n.mu.Lock()
	before, after := t.n.before, t.n.after
	t.n.before, t.n.after = false, false
	t.n.mu.Unlock()
	if before {
		return errors.Join(mysql.ErrInvalidConn, t.Tx.Rollback())
	}
	if err := t.Tx.Commit(); err != nil || !after {
		return err
	}
	return mysql.ErrInvalidConn
}

func TestACommitThatIsNotAnsweredIsDoneOnce(t *testing.T) {
	n := &network{}
	for _, e := range portaltest.Engines {
		w := portaltest.New(t, e, portaltest.Wrapped(n.wrap))
		a := w.Verified("Ada")
		for name, after := range map[string]bool{"was done": true, "was not done": false} {
			for how, ctx := range map[string]context.Context{"without a key": w.As(a), "under a key": command.WithKey(w.As(a), name)} {
				t.Run(e+": 9: a commit that "+name+" and not answered, "+how, func(t *testing.T) {
					made, done := probes(t, w, a.AccountID), len(events(t, w, auditevent.ResultDONE))
					n.before, n.after = !after, after
					first, err := create(ctx, w, a.AccountID, "one", nil)
					if err != nil || first.Application == nil || n.before || n.after {
						t.Fatalf("%v %v", first, err)
					}
					if _, err := w.Portal.Store.Read().Application.Get(w.As(a), first.Application.ID); err != nil {
						t.Errorf("what was answered isn't there: %v", err)
					}
					if got := probes(t, w, a.AccountID) - made; got != 1 {
						t.Errorf("%d were made", got)
					}
					if got := len(events(t, w, auditevent.ResultDONE)) - done; got != 1 || len(events(t, w, auditevent.ResultFAILED)) != 0 {
						t.Errorf("%d events", got)
					}
				})
			}
		}
		t.Run(e+": 9: a refusal whose commit was not answered is returned", func(t *testing.T) {
			n.after = true
			if _, err := create(w.As(a), w, a.AccountID, "one", clause.Invalid); !errors.Is(err, clause.Invalid) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestLostConnectionsAreOutlasted(t *testing.T) {
	n := &network{}
	for _, e := range portaltest.Engines {
		w := portaltest.New(t, e, portaltest.Wrapped(n.wrap))
		a := w.Verified("Ada")
		for name, document := range map[string]string{"a read": `query($id: ID!) { account(id: $id) { id } }`,
			"a command": `mutation($id: ID!) { createApplication(input: {accountId: $id, name: "Lost", kind: SOCIAL, region: MAINLAND}) { application { id } userErrors { code } } }`} {
			t.Run(e+": 9: "+name+" of somebody who is signed in, while six calls are lost", func(t *testing.T) {
				n.mu.Lock()
				n.calls = 6
				n.mu.Unlock()
				r := w.Send(a, document, map[string]any{"id": a.AccountID})
				if len(r.Errors) > 0 || n.calls != 0 {
					t.Errorf("%s, %d calls were to be lost", r.Raw, n.calls)
				}
			})
		}
	}
}

func TestWhatIsStoredWasDecidedOnTheCurrentState(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		t.Run("9: NOT_FOUND is returned once, and looked up again", func(t *testing.T) {
			ctx := command.WithKey(w.As(a), "absent")
			if _, err := create(ctx, w, a.AccountID, "one", clause.NotFound.At("planId")); !errors.Is(err, clause.NotFound) {
				t.Fatal(err)
			}
			if p, err := create(ctx, w, a.AccountID, "one", nil); err != nil || p.Application == nil {
				t.Errorf("%v", err)
			}
		})
		if w.Engine != "mariadb" {
			return // SQLite has no other nodes
		}
		t.Run("9: where reads may be behind, no refusal is stored, and every success is", func(t *testing.T) {
			behind := portaltest.Open(t, w.Engine, w.Database+"&cluster=true&wsrep_sync_wait=0")
			ctx := command.WithKey(behind.As(a), "behind")
			if _, err := create(ctx, behind, a.AccountID, "one", clause.Invalid.At("n")); !errors.Is(err, clause.Invalid) {
				t.Fatal(err)
			}
			first, err := create(ctx, behind, a.AccountID, "one", nil)
			if err != nil || first.Application == nil {
				t.Fatalf("%v", err)
			}
			if again, err := create(ctx, behind, a.AccountID, "one", errBroken); err != nil || again.Application.ID != first.Application.ID {
				t.Errorf("%v %v", again, err)
			}
		})
	})
}
