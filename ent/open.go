package ent

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"sync"
	"time"

	"entgo.io/ent/dialect"
	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"

	"portico/ent/checkpoint"
	"portico/ent/db"
)

// Config holds the settings with which a database is opened.
type Config struct {
	// Database is "sqlite:PATH" or a DSN of go-sql-driver/mysql
	// ("user:password@tcp(host:3306)/name"). A DSN may name several hosts
	// ("tcp(host1:3306,host2:3306)"), which are tried in order. If the hosts
	// don't report themselves whether they are a cluster, cluster=true or
	// cluster=false sets it.
	Database string
	// Keys seal personal data.
	Keys *Keys
	// Now returns the portal's time (in a sandbox it may be ahead); Wall
	// returns wall time.
	Now, Wall func() time.Time
	// Sandbox marks the store of a sandbox: messages are kept instead of sent,
	// and limits that would hinder integration tests are very high.
	Sandbox bool
	// Pool holds the limits of the connections.
	Pool Pool
	// Wrap, if set, wraps the engine's connector. Tests use it to inject faults
	// and to count statements.
	Wrap func(sqldriver.Connector) sqldriver.Connector
	// Migrations is the file system with migrate/mysql and migrate/sqlite; nil
	// means the program's own migrations.
	Migrations fs.FS

	// Settings are the units' settings for this store; see [Kept.Set].
	Settings []Setting

	// probes is set for the probe of a store, and nodes are then that store's nodes.
	probes bool
	nodes  *nodes
}

// Store is an open database. A function that takes a Store runs its own
// transaction; one that takes a [Tx] runs in its caller's.
type Store struct {
	client    *db.Client
	driver    *driver
	keys      *Keys
	now, wall func() time.Time
	sandbox   bool
	files     fs.FS    // the migrations
	kept      sync.Map // the value of each *Kept
	probe     probe
}

// Sandbox reports whether the store belongs to a sandbox.
func (s *Store) Sandbox() bool { return s.sandbox }

// Open opens the database. It doesn't apply migrations; see [Store.Migrate].
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Keys == nil || c.Now == nil || c.Wall == nil {
		return nil, fmt.Errorf("ent: keys and clocks are required")
	}
	if c.Migrations == nil {
		c.Migrations = migrations
	}
	var d *driver
	var err error
	if path, ok := strings.CutPrefix(c.Database, "sqlite:"); ok {
		c.Pool = c.Pool.completed(unbounded)
		d, err = openSQLite(path, c)
	} else {
		d, err = openMySQL(ctx, c.Database, c)
	}
	if err != nil {
		return nil, err
	}
	if err := d.write.PingContext(ctx); err != nil {
		_ = d.Close()
		return nil, silent(err)
	}
	c.probes, c.nodes = true, d.nodes // the probe checks the nodes in use
	s := &Store{client: db.NewClient(db.Driver(d)), driver: d, keys: c.Keys, now: c.Now, wall: c.Wall, sandbox: c.Sandbox, files: c.Migrations, probe: probe{config: c}}
	isolate(s.client)
	for _, set := range c.Settings {
		set(s)
	}
	return s, nil
}

type sqliteConnector struct{ dsn string }

var sqliteDriver = &sqlite.Driver{}

func (s sqliteConnector) Connect(context.Context) (sqldriver.Conn, error) {
	return sqliteDriver.Open(s.dsn)
}
func (s sqliteConnector) Driver() sqldriver.Driver { return sqliteDriver }

func silent(err error) error { return fmt.Errorf("ent: the database doesn't answer: %w", err) }

func pooled(c Config, connector sqldriver.Connector, s *statements, size int) *sql.DB {
	if c.Wrap != nil {
		connector = c.Wrap(connector)
	}
	p := sql.OpenDB(preparing{connector, s})
	p.SetMaxOpenConns(size)
	p.SetMaxIdleConns(min(size, c.Pool.Idle))
	return p
}

func openSQLite(path string, c Config) (*driver, error) {
	if path == "" {
		return nil, fmt.Errorf("ent: sqlite: the path is missing")
	}
	if err := private(path); err != nil {
		return nil, err
	}
	// temp_store(2) keeps the data of savepoints in memory. Otherwise a command
	// that changes more than 16 pages writes them to a file before it commits.
	dsn := func(more ...string) string {
		q := url.Values{"_pragma": append([]string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)",
			"foreign_keys(1)", "cache_size(-20000)", "temp_store(2)"}, more...), "_time_format": {"sqlite"}}
		return "file:" + path + "?" + q.Encode()
	}
	s := &statements{each: c.Pool.Statements / (c.Pool.Connections + 1), sight: 1}
	write := pooled(c, sqliteConnector{dsn(checkpoint.Pragmas()...) + "&_txlock=immediate"}, s, 1)
	read := pooled(c, sqliteConnector{dsn("query_only(1)")}, s, c.Pool.Connections)
	d := newDriver(dialect.SQLite, read, write, s)
	d.turns = newTurns(c.Wall)
	if !c.probes {
		// The copier's connection isn't wrapped: what it runs, and when, isn't part of
		// what the program does.
		d.log = checkpoint.New(path, sqliteConnector{dsn()}, d.turns.hold)
	}
	return d, nil
}

func openMySQL(ctx context.Context, dsn string, c Config) (*driver, error) {
	one, hosts := severalHosts(dsn)
	m, err := mysql.ParseDSN(one)
	if err != nil {
		return nil, fmt.Errorf("ent: database: want sqlite:PATH or user:password@tcp(host:port)/name")
	}
	m.ParseTime, m.Loc, m.ClientFoundRows = true, time.UTC, true
	m.Collation = "utf8mb4_bin"
	session(m)
	m.InterpolateParams = true // a statement that isn't prepared takes one round trip
	if len(hosts) > 1 && m.Timeout == 0 {
		m.Timeout = min(dialTime, or(c.Pool.Connect, dialTime))
	}
	c.Pool.wait(m)
	n := c.nodes
	if n == nil {
		if n, err = newNodes(m, hosts); err != nil {
			return nil, err
		}
	}
	room, err := roomOf(ctx, n, 2*m.Timeout*time.Duration(max(1, len(hosts))))
	if err != nil {
		return nil, err
	}
	if err := c.Pool.fits(room); err != nil {
		return nil, err
	}
	c.Pool = c.Pool.completed(room)
	s := &statements{each: c.Pool.Statements / c.Pool.Connections, sight: 2}
	p := pooled(c, n, s, c.Pool.Connections)
	p.SetConnMaxLifetime(c.Pool.Lifetime)
	p.SetConnMaxIdleTime(c.Pool.IdleTime)
	d := newDriver(dialect.MySQL, p, p, s)
	d.nodes, d.idle = n, c.Pool.Idle
	if c.nodes == nil {
		d.unwatch = n.watched()
	}
	return d, nil
}

// idleTransaction is the number of seconds without a statement after which the
// server rolls a transaction back. Portico's transactions only pause for so
// long if their process is frozen or disconnected. Then their locks are
// released before others time out and before a job's lease expires. (MySQL has
// no such limit.)
const idleTransaction = "5"

// session sets the variables of each connection. Either server executes the
// comments that are meant for it.
func session(m *mysql.Config) {
	if m.Params == nil {
		m.Params = map[string]string{}
	}
	const isolation = "='READ-COMMITTED'"
	m.Params["time_zone"] = "'+00:00'"
	m.Params["sql_mode"] = "'TRADITIONAL' /*M!100000 , tx_isolation" + isolation + " */ /*!80003 , transaction_isolation" + isolation + " */"
	if m.Params["idle_transaction_timeout"] == "" {
		m.Params["sql_mode"] += " /*M!100300 , idle_transaction_timeout=" + idleTransaction + " */"
	}
}

// Read returns the client for reads outside transactions. Every statement is
// limited to the accounts of the context's principal.
func (s *Store) Read() *db.Client { return s.client }

// Now returns the portal's time in UTC, in whole microseconds.
func (s *Store) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Wall returns wall time in UTC, in whole microseconds.
func (s *Store) Wall() time.Time { return s.wall().UTC().Truncate(time.Microsecond) }

// Dialect returns ent's name of the engine: "mysql" or "sqlite3".
func (s *Store) Dialect() string { return s.driver.name }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.driver.read.PingContext(ctx) }

// Close closes the database.
func (s *Store) Close() error { return errors.Join(s.client.Close(), s.probe.close()) }
