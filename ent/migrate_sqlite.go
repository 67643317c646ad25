package ent

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"strings"
)

// foreignKeys is the start of the statements that ent puts before and after the
// recreation of a table. They have no effect within a transaction, so they run
// outside.
const foreignKeys = "PRAGMA foreign_keys"

// migrateSQLite applies the pending migrations, each file in one transaction.
// The transaction is also the lock: a second process waits for it and then
// finds the file applied.
func (s *Store) migrateSQLite(ctx context.Context) (done []string, err error) {
	conn, err := s.driver.write.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("ent: migrate: %w", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, foreignKeys+" = off"); err != nil {
		return nil, fmt.Errorf("ent: migrate: %w", err)
	}
	defer func() {
		if _, e := conn.ExecContext(context.WithoutCancel(ctx), foreignKeys+" = on"); e != nil {
			_ = conn.Raw(func(any) error { return sqldriver.ErrBadConn }) // this connection must not be used again
		}
	}()
	for tries := 0; ; {
		name, err := s.migrateNext(ctx, conn)
		switch {
		case retryable(err) && ctx.Err() == nil: // another process is migrating
			tries++
			if err := pause(ctx, tries); err != nil {
				return done, err
			}
		case err != nil:
			return done, err
		case name == "":
			return done, nil
		default:
			done = append(done, name)
		}
	}
}

// migrateNext applies the first pending migration and returns its name; "" if
// there is none.
func (s *Store) migrateNext(ctx context.Context, conn *sql.Conn) (name string, err error) {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	defer func() { _ = tx.Rollback() }()
	pending, err := s.prepareVersions(ctx, tx)
	if err != nil {
		return "", err
	}
	if len(pending) == 0 {
		return "", commitOrRollback(ctx, conn, tx)
	}
	m := pending[0]
	statements, err := m.statements()
	if err != nil {
		return "", err
	}
	for _, statement := range statements {
		if strings.HasPrefix(statement, foreignKeys) {
			continue
		}
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return "", fmt.Errorf("ent: migration %s: %w in %q", m.name, err, statement)
		}
	}
	if err := foreignKeysHold(ctx, tx); err != nil {
		return "", fmt.Errorf("ent: migration %s: %w", m.name, err)
	}
	if _, err := tx.ExecContext(ctx, insertVersion, m.name, s.appliedAt(), m.checksum); err != nil {
		return "", fmt.Errorf("ent: migration %s: %w", m.name, err)
	}
	return m.name, commitOrRollback(ctx, conn, tx)
}

// commitOrRollback commits the transaction. If that fails, it rolls back,
// because SQLite may leave the transaction open.
func commitOrRollback(ctx context.Context, conn *sql.Conn, tx *sql.Tx) error {
	err := tx.Commit()
	if err != nil {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	}
	return err
}

func foreignKeysHold(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.Next() {
		return errors.New("some rows refer to rows that don't exist")
	}
	return rows.Err()
}
