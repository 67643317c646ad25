package ent

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Pool holds the limits of a store's connections. A zero value means the
// default.
type Pool struct {
	// Connections is the maximum number of open connections. The default is 4
	// for each processor, at least 8, and at most a quarter of the server's
	// limit. On SQLite it is the number of readers.
	Connections int
	// Idle is the maximum number of connections that stay open while unused; by
	// default all.
	Idle int
	// Lifetime is the time after which a connection is replaced, by default 30
	// minutes. IdleTime is the time after which an unused connection is closed,
	// by default 5 minutes.
	Lifetime, IdleTime time.Duration
	// Statements is the maximum number of prepared statements of all
	// connections together. The default is 4,000, and at most a quarter of the
	// server's limit. The least recently used statement is closed first, and a
	// statement that isn't prepared runs as text.
	Statements int
	// Connect is the maximum time to connect, by default 5 seconds. Read is the
	// maximum time of the server for one statement, by default 15 minutes,
	// which is long enough for a migration or a check. Write is the maximum
	// time to send a statement, by default a minute. A request has a shorter
	// limit of its own. The parameters timeout, readTimeout and writeTimeout of
	// a DSN take precedence.
	Connect, Read, Write time.Duration
}

const (
	usualStatements = 4000
	usualLifetime   = 30 * time.Minute
	usualIdleTime   = 5 * time.Minute
	usualConnect    = 5 * time.Second
	usualRead       = 15 * time.Minute
	usualWrite      = time.Minute

	// share is the divisor of the server's limit for one process, if no setting
	// is given. It leaves room for as many replicas.
	share = 4
)

// room holds the limits of a server for all its clients; 0 if unknown.
type room struct{ connections, statements int }

// unbounded is the room of an engine that runs within the process.
var unbounded = room{}

// Misfit is the error for a setting of the pool that exceeds the server's
// limit.
type Misfit struct {
	// Setting is the name of its field of [Pool].
	Setting string
	// Given is the value of the setting, and Room the server's limit, according
	// to its variable.
	Given, Room int
	Variable    string
}

// Error describes the setting and the limit.
func (m *Misfit) Error() string {
	return fmt.Sprintf("%d is too many: the server's %s is %d", m.Given, m.Variable, m.Room)
}

// roomOf reads the limits of a server. It waits no longer than limit for a
// server that accepts the connection and doesn't answer. A server without such
// variables isn't asked again.
func roomOf(ctx context.Context, connector sqldriver.Connector, limit time.Duration) (r room, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p := sql.OpenDB(connector)
	defer func() { err = errors.Join(err, p.Close()) }()
	err = p.QueryRowContext(ctx, "SELECT @@max_connections, @@max_prepared_stmt_count").Scan(&r.connections, &r.statements)
	var unknown *mysql.MySQLError
	if errors.As(err, &unknown) && unknown.Number == 1193 {
		return unbounded, nil
	}
	if err != nil {
		return r, silent(err)
	}
	if r.statements == 0 { // it doesn't prepare statements
		r.statements = -1
	}
	return r, nil
}

// fits returns an error if a setting exceeds the server's limit, and logs a
// warning if a second process with the same settings would exceed it.
func (p Pool) fits(r room) error {
	for _, s := range []struct {
		setting, variable string
		given, room       int
	}{
		{"Connections", "max_connections", p.Connections, r.connections},
		{"Statements", "max_prepared_stmt_count", p.Statements, max(0, r.statements)},
	} {
		if s.given == 0 || r == unbounded {
			continue
		}
		if s.given > s.room {
			return &Misfit{Setting: s.setting, Given: s.given, Room: s.room, Variable: s.variable}
		}
		if 2*s.given > s.room {
			slog.Warn("the database server has no room for a second replica with this setting", "setting", s.setting, "given", s.given, s.variable, s.room)
		}
	}
	return nil
}

// completed returns the pool with its defaults filled in.
func (p Pool) completed(r room) Pool {
	if p.Connections == 0 {
		p.Connections = max(8, 4*runtime.GOMAXPROCS(0))
		if r.connections > 0 {
			p.Connections = min(p.Connections, max(1, r.connections/share))
		}
	}
	if p.Idle == 0 {
		p.Idle = p.Connections
	}
	if p.Statements == 0 {
		p.Statements = usualStatements
		if r.statements != 0 {
			p.Statements = min(p.Statements, max(0, r.statements)/share)
		}
	}
	p.Lifetime, p.IdleTime = or(p.Lifetime, usualLifetime), or(p.IdleTime, usualIdleTime)
	return p
}

func or(given, usual time.Duration) time.Duration {
	if given == 0 {
		return usual
	}
	return given
}

// wait sets the driver's timeouts, except for those that the DSN sets.
func (p Pool) wait(m *mysql.Config) {
	for _, t := range []struct {
		of           *time.Duration
		given, usual time.Duration
	}{{&m.Timeout, p.Connect, usualConnect}, {&m.ReadTimeout, p.Read, usualRead}, {&m.WriteTimeout, p.Write, usualWrite}} {
		if *t.of == 0 {
			*t.of = or(t.given, t.usual)
		}
	}
}

// Statements holds figures about prepared statements.
type Statements struct {
	// Kept is the number of prepared statements, and Most the maximum. Evicted
	// is the number that were closed to make room for others. Refused is the
	// number of times that the server refused to prepare one, which then ran as
	// text.
	Kept, Most, Evicted, Refused int64
}

// Statements returns the number of statements that are prepared now, and the
// counts since the start.
func (s *Store) Statements() Statements {
	d := s.driver
	t := Statements{Kept: d.statements.open.Load(), Evicted: d.statements.evicted.Load(), Refused: d.statements.refused.Load()}
	for _, p := range s.Pools() {
		t.Most += int64(p.MaxOpenConnections * d.statements.each)
	}
	return t
}
