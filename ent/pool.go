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

// Pool is how many connections a store has, what they keep, and how long they
// wait. Zero is the default of each.
type Pool struct {
	// Connections is how many are open at most; by default 4 a processor, at least
	// 8, and no more than a quarter of what the server takes. On SQLite it is the
	// readers.
	Connections int
	// Idle is how many stay open while nothing needs them; by default all.
	Idle int
	// Lifetime is after what time a connection is replaced, by default 30 minutes;
	// IdleTime, after what time one that nothing needs is closed, by default 5
	// minutes.
	Lifetime, IdleTime time.Duration
	// Statements is how many statements all connections together keep prepared; by
	// default 4,000, and no more than a quarter of what the server takes. What was
	// used longest ago is closed, and what isn't prepared runs as text.
	Statements int
	// Connect is how long connecting may take, by default 5 seconds; Read, how long
	// the server may take with one statement, by default 15 minutes, which leaves a
	// migration and a check their time; Write, how long it may take to accept one,
	// by default a minute. A request's own time is shorter. A DSN that names timeout,
	// readTimeout or writeTimeout goes first.
	Connect, Read, Write time.Duration
}

const (
	usualStatements = 4000
	usualLifetime   = 30 * time.Minute
	usualIdleTime   = 5 * time.Minute
	usualConnect    = 5 * time.Second
	usualRead       = 15 * time.Minute
	usualWrite      = time.Minute

	// share is the part of a server that one process takes where no setting says
	// how much: beside it there is room for as many replicas.
	share = 4
)

// room is what a server takes of all who use it; 0 where it doesn't say.
type room struct{ connections, statements int }

// unbounded is the room of an engine within the process.
var unbounded = room{}

// Misfit is a setting of the pool that the server has no room for.
type Misfit struct {
	// Setting is its field of [Pool].
	Setting string
	// Given is what it is, Room what the server takes in all, by its variable.
	Given, Room int
	Variable    string
}

// Error says what doesn't fit.
func (m *Misfit) Error() string {
	return fmt.Sprintf("%d don't fit: the server's %s is %d", m.Given, m.Variable, m.Room)
}

// roomOf asks a server what it takes, and waits no longer than a limit for one that
// accepts and says nothing. One that has no such variables isn't asked again.
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
	if r.statements == 0 { // it prepares none
		r.statements = -1
	}
	return r, nil
}

// fits refuses what a server can't take, whatever else uses it, and warns where
// a second process like this one doesn't fit beside it.
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
			slog.Warn("a second replica with this setting has no room on the database server", "setting", s.setting, "given", s.given, s.variable, s.room)
		}
	}
	return nil
}

// completed sets what isn't set.
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

// wait sets how long the driver waits, where the DSN doesn't.
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

// Statements is what became of prepared statements.
type Statements struct {
	// Kept is how many the connections keep, Most how many they may; Evicted is how
	// many were closed to make room for others, and Refused how often the server
	// refused to prepare one, which then ran as text.
	Kept, Most, Evicted, Refused int64
}

// Statements tells what the connections keep prepared now, and what became of the
// rest since the start.
func (s *Store) Statements() Statements {
	d := s.driver
	t := Statements{Kept: d.statements.open.Load(), Evicted: d.statements.evicted.Load(), Refused: d.statements.refused.Load()}
	for _, p := range s.Pools() {
		t.Most += int64(p.MaxOpenConnections * d.statements.each)
	}
	return t
}
