// Package floor is the program that Portico is measured against: the same
// correct work, written by hand with net/http, database/sql and encoding/json,
// on the same database, schema, pool sizes and pragmas. It has no layers, no
// API schema and no reuse, so it shows the least that four requests can cost.
//
//	GET  /orders/{id}                 one order
//	GET  /accounts/{id}/orders        the newest 20 orders, lines and plans
//	POST /orders                      place an order
//	POST /usage                       count usage events
//
// Each request finds the session, or the data plane's key, by its bearer token,
// and checks tenancy and permission. Placing an order makes all checks of
// Portico's placeOrder for a prepaid plan; counting usage makes those of
// reportUsage for counters.
package floor

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"

	"portico/ent/checkpoint"
)

// Floor serves the four requests.
type Floor struct {
	read, write *sql.DB
	log         *checkpoint.Copier // of SQLite's log, as in ent; nil on MariaDB
	statements  map[string]*sql.Stmt
	now         func() time.Time
	zone        *time.Location
	onTotal     string // clause that adds to an existing total
}

// Open opens the database in the same way as ent.Open: with the same pools,
// pragmas and variables. Database has the form of ent.Config's.
func Open(ctx context.Context, database string, connections int, now func() time.Time) (*Floor, error) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return nil, err
	}
	f := &Floor{now: now, zone: zone, statements: map[string]*sql.Stmt{}}
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		f.write = pool(sqliteConnector(path, "&_txlock=immediate", checkpoint.Pragmas()...), 1)
		f.read = pool(sqliteConnector(path, "", "query_only(1)"), connections)
		f.log = checkpoint.New(path, sqliteConnector(path, ""), f.hold)
		f.onTotal = " ON CONFLICT (application_id, metric, hour, service_id, period_id) DO UPDATE SET quantity_micros = " + total("excluded.quantity_micros")
	} else {
		connector, err := mysqlConnector(database)
		if err != nil {
			return nil, err
		}
		f.write = pool(connector, connections)
		f.read = f.write
		f.onTotal = " ON DUPLICATE KEY UPDATE quantity_micros = " + total("VALUES(quantity_micros)")
	}
	for _, q := range reads {
		if err := f.prepare(ctx, f.read, q); err != nil {
			return nil, err
		}
	}
	for _, q := range writes {
		if err := f.prepare(ctx, f.write, q); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *Floor) prepare(ctx context.Context, p *sql.DB, query string) error {
	s, err := p.PrepareContext(ctx, query)
	f.statements[query] = s
	return err
}

// Close closes the database.
func (f *Floor) Close() error {
	if f.read == f.write {
		return f.write.Close()
	}
	return errors.Join(f.log.Close(), f.read.Close(), f.write.Close())
}

// hold takes the only connection that writes.
func (f *Floor) hold(ctx context.Context) (release func(), err error) {
	c, err := f.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return func() { _ = c.Close() }, nil
}

func (f *Floor) commit(tx *sql.Tx) error {
	err := tx.Commit()
	if err == nil && f.log != nil {
		f.log.Committed()
	}
	return err
}

type connector struct{ dsn string }

var sqliteDriver = &sqlite.Driver{}

func (c connector) Connect(context.Context) (driver.Conn, error) { return sqliteDriver.Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return sqliteDriver }

func sqliteConnector(path, more string, pragmas ...string) driver.Connector {
	q := url.Values{"_pragma": append([]string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(1)", "cache_size(-20000)", "temp_store(2)"}, pragmas...), "_time_format": {"sqlite"}}
	return connector{"file:" + path + "?" + q.Encode() + more}
}

func mysqlConnector(dsn string) (driver.Connector, error) {
	m, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	m.ParseTime, m.Loc, m.ClientFoundRows, m.Collation = true, time.UTC, true, "utf8mb4_bin"
	m.Params = map[string]string{"time_zone": "'+00:00'", "sql_mode": "'TRADITIONAL'", "tx_isolation": "'READ-COMMITTED'"}
	return mysql.NewConnector(m)
}

func pool(c driver.Connector, size int) *sql.DB {
	p := sql.OpenDB(c)
	p.SetMaxOpenConns(size)
	p.SetMaxIdleConns(size)
	return p
}

// Handler returns the floor's HTTP handler.
func (f *Floor) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", f.serve(f.point))
	mux.HandleFunc("GET /accounts/{id}/orders", f.serve(f.list))
	mux.HandleFunc("POST /orders", f.serve(f.place))
	mux.HandleFunc("POST /usage", f.serveReport)
	return mux
}

// refused is an answer with a status other than 200.
type refused struct {
	status int
	code   string
}

func (r refused) Error() string { return r.code }

var (
	errUnauthenticated = refused{http.StatusUnauthorized, "UNAUTHENTICATED"}
	errForbidden       = refused{http.StatusForbidden, "FORBIDDEN"}
	errNotFound        = refused{http.StatusNotFound, "NOT_FOUND"}
	errMalformed       = refused{http.StatusBadRequest, "BAD_REQUEST"}
)

const timeout = 30 * time.Second

func (f *Floor) serve(answer func(context.Context, *who, *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		p, err := f.session(ctx, r)
		var body any
		if err == nil {
			body, err = answer(ctx, p, r)
		}
		write(w, body, err)
	}
}

func write(w http.ResponseWriter, body any, err error) {
	status := http.StatusOK
	if err != nil {
		var no refused
		if !errors.As(err, &no) {
			no = refused{http.StatusInternalServerError, "INTERNAL"}
		}
		status, body = no.status, map[string]string{"code": no.code}
	}
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
