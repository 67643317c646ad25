// Package checkpoint copies the write-ahead log of an SQLite database into the
// database beside its writer, so that commits don't wait for it.
package checkpoint

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
)

const (
	// pageSize is SQLite's, in bytes.
	pageSize = 4096
	// due is the number of pages of the log from which on it is copied.
	due = 4000
	// more is the number of pages by which the log grows before it is copied again
	// if it couldn't begin anew, because a reader still needs it.
	more = 500
	// rest is the largest number of pages that are copied while the writer waits.
	rest = 1000
	// bound is the number of pages from which on the writer copies the log itself at
	// each commit, if the copying beside it can't keep up.
	bound = 10_000
	// kept is the size to which the log's file is cut, in bytes, when a log that
	// readers held open begins anew. It is more than a log usually needs, since a
	// file that keeps its size costs less.
	kept = 2 * bound * pageSize
	// lookEvery is the number of commits after which the size of the log is read.
	lookEvery = 4
)

// Pragmas are the settings of a writer's connection that belong to a [Copier].
func Pragmas() []string {
	return []string{fmt.Sprintf("wal_autocheckpoint(%d)", bound), fmt.Sprintf("journal_size_limit(%d)", kept)}
}

// Copier copies the log of one database on a connection of its own. It is safe
// for concurrent use. Nothing runs between two copies: a commit starts the next.
type Copier struct {
	log     string // path
	db      *sql.DB
	hold    func(context.Context) (release func(), err error)
	commits atomic.Int64
	// copying is true while a goroutine looks at the log or copies it. Only that
	// goroutine uses next.
	copying atomic.Bool
	next    int // pages from which on the log is copied again; 0 if at due

	ctx  context.Context
	stop context.CancelFunc

	mu     sync.Mutex // of closed and of adding to over
	closed bool
	over   sync.WaitGroup
}

// New returns the copier of the database at a path. It connects when it first
// copies. The connector's connections must wait for locks, and sync. Hold waits
// until no transaction writes, and lets none begin until it is released.
func New(path string, c driver.Connector, hold func(context.Context) (release func(), err error)) *Copier {
	p := sql.OpenDB(c)
	p.SetMaxOpenConns(1)
	ctx, stop := context.WithCancel(context.Background())
	return &Copier{log: path + "-wal", db: p, hold: hold, ctx: ctx, stop: stop}
}

// Committed notes that a transaction has committed. It waits for nothing.
func (c *Copier) Committed() {
	if c.commits.Add(1)%lookEvery != 0 || !c.copying.CompareAndSwap(false, true) {
		return
	}
	if !c.start() {
		c.copying.Store(false)
	}
}

// start starts the goroutine that copies, unless the log's file is too small or
// the copier is closed.
func (c *Copier) start() bool {
	if info, err := os.Stat(c.log); err != nil || info.Size() < due*pageSize {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.over.Go(func() {
		defer c.copying.Store(false)
		if err := c.copy(c.ctx); err != nil && c.ctx.Err() == nil {
			slog.WarnContext(c.ctx, "write-ahead log not copied", "error", err)
		}
	})
	return true
}

// copy copies the log if it is long enough. Most of it is copied while the writer
// goes on. The writer waits only for the pages that it added meanwhile: once all
// are copied, its next transaction begins the log anew, unless a reader still
// needs it.
func (c *Copier) copy(ctx context.Context) error {
	pages, _, err := c.checkpoint(ctx, "NOOP")
	if err != nil {
		return err
	}
	if pages < due {
		c.next = 0
		return nil
	}
	if pages < c.next {
		return nil
	}
	pages, copied, err := c.checkpoint(ctx, "PASSIVE")
	c.next = pages + more
	if err != nil || pages-copied > rest {
		return err
	}
	release, err := c.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	_, _, err = c.checkpoint(ctx, "PASSIVE")
	return err
}

// checkpoint runs a checkpoint, or with NOOP none, and returns the number of
// pages in the log, and how many of them are copied. No mode waits for readers
// or for the writer.
func (c *Copier) checkpoint(ctx context.Context, mode string) (pages, copied int, err error) {
	var busy int
	err = c.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &pages, &copied)
	return pages, copied, err
}

// Close ends the copying and waits for it.
func (c *Copier) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.stop()
	c.over.Wait()
	return c.db.Close()
}
