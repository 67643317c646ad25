package ent

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"strings"
)

// foreignKeys begins the statements that ent puts around what makes a table
// anew. Within a transaction they do nothing, so they run around it.
const foreignKeys = "PRAGMA foreign_keys"

// migrateSQLite applies what is pending, each file in one transaction, which is
// also the lock: who comes second waits for it, and finds the file applied.
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
			_ = conn.Raw(func(any) error { return sqldriver.ErrBadConn }) // not a connection to go on with
		}
	}()
	for tries := 0; ; {
		name, err := s.migrateNext(ctx, conn)
		switch {
		case retryable(err) && ctx.Err() == nil: // another process is at it
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

// migrateNext applies the first migration that is pending and returns its name;
// none if there is none.
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

// commitOrRollback commits; a commit that fails may leave the transaction open.
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
		return errors.New("rows are left that refer to nothing")
	}
	return rows.Err()
}
