package ent

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"entgo.io/ent/dialect"
)

// probe is a separate connection that checks whether the database accepts
// writes. It doesn't wait for the pools when they are busy, and takes no
// connection from them.
type probe struct {
	mu     sync.Mutex
	config Config
	driver *driver
}

// probeBusy is the time, in milliseconds, for which one attempt of the probe
// waits for SQLite's lock. Many short attempts are more likely to find it free
// than one long one, which checks at growing intervals.
const probeBusy = 5

// probeStatements is the maximum number of statements that the probe keeps
// prepared.
const probeStatements = 8

// Probe writes a row of the leases that no one else sees, commits, and leaves
// nothing behind. It fails if the database doesn't answer or doesn't accept
// writes (a full disk, a held lock) before the context ends.
func (s *Store) Probe(ctx context.Context) error {
	p := &s.probe
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		err := p.once(ctx)
		if !retryable(err) {
			return err
		}
		if e := ctx.Err(); e != nil {
			return errors.Join(e, err)
		}
	}
}

func (p *probe) once(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := p.open(); err != nil {
		return err
	}
	if p.driver.name == dialect.SQLite {
		if _, err := p.driver.write.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout(%d)", probeBusy)); err != nil {
			return err
		}
	}
	raw, err := p.driver.Tx(ctx)
	if err != nil {
		return err
	}
	tx := raw.(*transaction)
	id := NewID("leas")
	_, err = tx.ExecContext(ctx, "INSERT INTO leases (id, job, holder, until_at) VALUES (?, ?, ?, ?)", id, "probe "+id, "probe", time.Unix(0, 0).UTC())
	if err == nil {
		_, err = tx.ExecContext(ctx, "DELETE FROM leases WHERE id = ?", id)
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// open opens the pool with its one connection at the first use. The caller
// holds the lock.
func (p *probe) open() (err error) {
	if p.driver != nil {
		return nil
	}
	c := p.config
	c.Pool.Connections, c.Pool.Idle, c.Pool.Statements = 1, 1, probeStatements
	if path, ok := strings.CutPrefix(c.Database, "sqlite:"); ok {
		p.driver, err = openSQLite(path, c)
	} else {
		p.driver, err = openMySQL(context.Background(), c.Database, c)
	}
	return err
}

func (p *probe) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.driver == nil {
		return nil
	}
	return p.driver.Close()
}

// Writers returns the number of transactions that can write at the same time.
func (s *Store) Writers() int { return s.driver.write.Stats().MaxOpenConnections }

// Pools returns the connection pools by name: "all", or "readers" and "writer"
// on SQLite.
func (s *Store) Pools() map[string]sql.DBStats {
	if s.driver.read == s.driver.write {
		return map[string]sql.DBStats{"all": s.driver.write.Stats()}
	}
	writer := s.driver.write.Stats()
	writer.WaitCount += s.driver.turns.waits.Load()
	writer.WaitDuration += time.Duration(s.driver.turns.waited.Load())
	return map[string]sql.DBStats{"readers": s.driver.read.Stats(), "writer": writer}
}
