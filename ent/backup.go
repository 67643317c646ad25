package ent

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"entgo.io/ent/dialect"
)

// ErrNoBackup is returned for an engine that has its own tool for backups.
var ErrNoBackup = errors.New("ent: Portico only copies an SQLite database; use the server's own dump (docs/operations.md)")

// Backup writes a consistent copy of an SQLite database to a new file, which
// only its owner can read, and checks the copy. Others can read and write the
// database meanwhile. On another engine it returns [ErrNoBackup].
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.driver.name != dialect.SQLite {
		return ErrNoBackup
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("ent: backup: %s already exists", path)
	}
	if err := private(path); err != nil { // an empty file, which VACUUM INTO accepts
		return err
	}
	if _, err := s.driver.write.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return errors.Join(fmt.Errorf("ent: backup: %w", err), os.Remove(path))
	}
	return lookOver(ctx, path)
}

// lookOver reads every page of a database that no one else has open.
func lookOver(ctx context.Context, path string) error {
	copied := sql.OpenDB(sqliteConnector{"file:" + path + "?mode=ro&immutable=1"})
	var verdict string
	err := copied.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict)
	if err = errors.Join(err, copied.Close()); err != nil {
		return fmt.Errorf("ent: backup: %w", err)
	}
	if verdict != "ok" {
		return fmt.Errorf("ent: backup: the copy is damaged: %s", verdict)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
