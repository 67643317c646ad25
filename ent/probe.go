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

// probe is a connection of its own, by which is found out whether the database
// takes writes: however busy the pools are, it neither waits for them nor takes
// anything from them.
type probe struct {
	mu     sync.Mutex
	config Config
	driver *driver
}

// probeBusy is how long one try of the probe waits for SQLite's lock, in
// milliseconds. Many short tries find it free where one long one, which looks
// ever more rarely, may not.
const probeBusy = 5

// probeStatements is how many statements the probe may keep prepared.
const probeStatements = 8

// Probe writes a little, commits it, and leaves nothing behind: a row of the
// leases that nobody else sees. It fails where the database doesn't answer, or
// takes no writes (a full disk, a lock that is held), before the context ends.
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

// open makes the pool of the one connection, the first time. The lock is held.
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

// Writers is how many transactions can write at once.
func (s *Store) Writers() int { return s.driver.write.Stats().MaxOpenConnections }

// Pools are the pools of connections by their names: "all", or SQLite's "readers"
// and "writer".
func (s *Store) Pools() map[string]sql.DBStats {
	if s.driver.read == s.driver.write {
		return map[string]sql.DBStats{"all": s.driver.write.Stats()}
	}
	return map[string]sql.DBStats{"readers": s.driver.read.Stats(), "writer": s.driver.write.Stats()}
}
