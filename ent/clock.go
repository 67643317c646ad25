package ent

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
)

// The current time of each engine's clock, in microseconds since 1970. SQLite
// uses the machine's clock, since it runs within the process.
const (
	mysqlClock  = "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))"
	sqliteClock = "SELECT CAST(ROUND(unixepoch('subsec') * 1000) AS INTEGER) * 1000"
)

// DatabaseTime returns the time of the database's clock, the one clock that all
// replicas share. Leases use it.
func (s *Store) DatabaseTime(ctx context.Context) (time.Time, error) {
	return databaseTime(s.driver.QueryContext(ctx, s.clockQuery()))
}

// DatabaseTime is like [Store.DatabaseTime], on the transaction's connection.
func (tx *Tx) DatabaseTime() (time.Time, error) {
	return databaseTime(tx.QueryContext(tx, tx.store.clockQuery()))
}

func (s *Store) clockQuery() string {
	if s.Dialect() == dialect.SQLite {
		return sqliteClock
	}
	return mysqlClock
}

func databaseTime(rows *sql.Rows, err error) (time.Time, error) {
	if err != nil {
		return time.Time{}, fmt.Errorf("ent: the database's clock: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		return time.Time{}, errors.Join(errors.New("ent: the database returned no time"), rows.Err())
	}
	var micros int64
	if err := rows.Scan(&micros); err != nil {
		return time.Time{}, fmt.Errorf("ent: the database's clock: %w", err)
	}
	return time.UnixMicro(micros).UTC(), rows.Err()
}
