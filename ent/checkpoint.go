package ent

import (
	"context"
	"database/sql"
	"log/slog"
	"os"
	"sync"
)

const (
	// checkpointFrom is the size of SQLite's write-ahead log, in bytes, from which on
	// it is copied into the database beside the writer.
	checkpointFrom = 4 << 20
	// logLimit is what the log is cut to, in bytes, when it begins anew: so its size
	// says how much of it is in use.
	logLimit = checkpointFrom / 2
	// walPages is the size of the log, in pages of 4 KiB, from which on the writer
	// itself copies it at a commit, so that the log stays bounded if the copying
	// beside it can't keep up.
	walPages = 10_000
)

// checkpoints copies SQLite's write-ahead log into the database on a connection of
// its own, so that no commit waits for it. A copy never waits for the writer or
// for readers: it takes what it can (PASSIVE), and the next one takes the rest.
type checkpoints struct {
	log  string // its path
	db   *sql.DB
	due  chan struct{}
	stop context.CancelFunc
	over sync.WaitGroup
}

// checkpointed starts the copying of a database. The pool is for it alone, and
// is closed with it.
func checkpointed(path string, p *sql.DB) *checkpoints {
	ctx, stop := context.WithCancel(context.Background())
	c := &checkpoints{log: path + "-wal", db: p, due: make(chan struct{}, 1), stop: stop}
	c.over.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-c.due:
				c.copy(ctx)
			}
		}
	})
	return c
}

// committed notes that the log may have grown. It waits for nothing.
func (c *checkpoints) committed() {
	select {
	case c.due <- struct{}{}:
	default: // it will be looked at anyway
	}
}

func (c *checkpoints) copy(ctx context.Context) {
	if info, err := os.Stat(c.log); err != nil || info.Size() < checkpointFrom {
		return
	}
	if _, err := c.db.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)"); err != nil && ctx.Err() == nil {
		slog.WarnContext(ctx, "write-ahead log not copied", "error", err)
	}
}

// close ends the copying.
func (c *checkpoints) close() {
	c.stop()
	c.over.Wait()
	_ = c.db.Close()
}
