package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
)

// Own starts a server that only this test uses, so that the test may set its variables.
// It ends with the test.
func Own(tb testing.TB) *Server {
	tb.Helper()
	s, err := Start(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Stop)
	return s
}

// Create creates an empty database and returns its DSN.
func (s *Server) Create(tb testing.TB, name string) string {
	tb.Helper()
	s.do(tb, func(db *sql.DB) error { _, err := db.Exec("CREATE DATABASE " + quote(name)); return err })
	return s.DSN(name)
}

// Set sets a variable of the server, for all connections.
func (s *Server) Set(tb testing.TB, variable string, value int) {
	tb.Helper()
	s.do(tb, func(db *sql.DB) error {
		_, err := db.Exec(fmt.Sprintf("SET GLOBAL %s = %d", quote(variable), value))
		return err
	})
}

// Status returns a number of the server's status.
func (s *Server) Status(tb testing.TB, name string) (n int) {
	tb.Helper()
	s.do(tb, func(db *sql.DB) error {
		return db.QueryRow("SELECT variable_value FROM information_schema.global_status WHERE variable_name = '" + name + "'").Scan(&n)
	})
	return n
}

func (s *Server) do(tb testing.TB, f func(*sql.DB) error) {
	tb.Helper()
	err := func() error {
		db, err := sql.Open("mysql", s.DSN(""))
		if err != nil {
			return err
		}
		err = f(db)
		return errors.Join(err, db.Close())
	}()
	if err != nil {
		tb.Fatal(err)
	}
}

// RoomOf returns the maximum numbers of connections and of prepared statements of the
// server that a DSN names.
func RoomOf(ctx context.Context, dsn string) (connections, statements int, err error) {
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return 0, 0, err
	}
	err = db.QueryRowContext(ctx, "SELECT @@max_connections, @@max_prepared_stmt_count").Scan(&connections, &statements)
	return connections, statements, errors.Join(err, db.Close())
}
