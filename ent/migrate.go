package ent

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	atlas "ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"
)

//go:embed migrate/mysql/*.sql migrate/sqlite/*.sql
var migrations embed.FS

// The table of applied migrations. Releases before checksums only read the
// names, and write rows without a checksum.
const (
	createVersions = "CREATE TABLE IF NOT EXISTS portico_migration (name varchar(190) NOT NULL PRIMARY KEY, applied_at varchar(40) NOT NULL)"
	addChecksum    = "ALTER TABLE portico_migration ADD COLUMN checksum varchar(64) NULL"
	setChecksum    = "UPDATE portico_migration SET checksum = ? WHERE name = ? AND checksum IS NULL"
	insertVersion  = "INSERT INTO portico_migration (name, applied_at, checksum) VALUES (?, ?, ?)"
)

// ErrChanged is returned for a migration whose file differs from the one that
// was applied or begun.
var ErrChanged = errors.New("the file differs from the one that was applied to this database: use the release that contains that file")

// migration is one migration file.
type migration struct {
	name, checksum string
	text           []byte
}

func (m migration) statements() ([]string, error) {
	all, err := atlas.NewLocalFile(m.name+".sql", m.text).Stmts()
	if err != nil {
		return nil, fmt.Errorf("ent: migration %s: %w", m.name, err)
	}
	return all, nil
}

// folder reads the migrations of the engine, in order.
func (s *Store) folder() ([]migration, error) {
	folder := "migrate/sqlite"
	if s.driver.name == dialect.MySQL {
		folder = "migrate/mysql"
	}
	files, err := fs.Glob(s.files, folder+"/*.sql")
	if err != nil {
		return nil, err
	}
	all := make([]migration, len(files))
	for i, f := range files {
		text, err := fs.ReadFile(s.files, f)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		all[i] = migration{strings.TrimSuffix(path.Base(f), ".sql"), hex.EncodeToString(sum[:]), text}
	}
	return all, nil
}

// querier is a pool, a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// versions holds the database's record of its migrations.
type versions struct {
	checksums map[string]string // by name; empty if unknown
	at        map[string]string // time of application, by name
	column    bool              // the table has a column for checksums
}

// readVersions reads the table, whichever columns a release gave it.
func readVersions(ctx context.Context, q querier) (v versions, err error) {
	rows, err := q.QueryContext(ctx, "SELECT * FROM portico_migration")
	if err != nil {
		return v, fmt.Errorf("ent: the database was never migrated: %w", err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return v, err
	}
	v = versions{map[string]string{}, map[string]string{}, slices.Contains(columns, "checksum")}
	for rows.Next() {
		var name, at string
		var checksum sql.NullString
		into := make([]any, len(columns))
		for i, c := range columns {
			switch into[i] = new(any); c {
			case "name":
				into[i] = &name
			case "applied_at":
				into[i] = &at
			case "checksum":
				into[i] = &checksum
			}
		}
		if err := rows.Scan(into...); err != nil {
			return v, err
		}
		v.checksums[name], v.at[name] = checksum.String, at
	}
	return v, rows.Err()
}

// pending returns the migrations that weren't applied, and reports in whole
// whether the checksums of all others are known. It returns an error that names
// the migration if one was applied with a different text.
func (v versions) pending(all []migration) (pending []migration, whole bool, err error) {
	whole = true
	for _, m := range all {
		switch checksum, applied := v.checksums[m.name]; {
		case !applied:
			pending = append(pending, m)
		case checksum == "":
			whole = false
		case checksum != m.checksum:
			return nil, false, fmt.Errorf("ent: migration %s: %w", m.name, ErrChanged)
		}
	}
	return pending, whole, nil
}

// Fresh reports whether the database was never migrated.
func (s *Store) Fresh(ctx context.Context) (bool, error) {
	there, err := s.hasTable(ctx, "portico_migration")
	return !there, err
}

func (s *Store) hasTable(ctx context.Context, name string) (bool, error) {
	list := "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?"
	if s.driver.name == dialect.SQLite {
		list = "SELECT count(*) FROM sqlite_master WHERE name = ?"
	}
	var n int
	err := s.driver.write.QueryRowContext(ctx, list, name).Scan(&n)
	return n > 0, err
}

// Pending lists the migrations that the database lacks. It returns [ErrChanged]
// if an applied migration differs from the one of this program.
func (s *Store) Pending(ctx context.Context) ([]string, error) {
	pending, _, err := s.pending(ctx)
	var names []string
	for _, m := range pending {
		names = append(names, m.name)
	}
	return names, err
}

func (s *Store) pending(ctx context.Context) (pending []migration, whole bool, err error) {
	all, err := s.folder()
	if err != nil {
		return nil, false, err
	}
	v, err := readVersions(ctx, s.driver.write)
	if err != nil {
		return nil, false, err
	}
	return v.pending(all)
}

// Migrate applies the migrations that the database lacks, in order, and returns
// their names. If several processes call it, one works at a time and the others
// wait. It can be killed at any point and run again: it continues where it
// stopped.
func (s *Store) Migrate(ctx context.Context) ([]string, error) {
	pending, whole, err := s.pending(ctx)
	if errors.Is(err, ErrChanged) || err == nil && len(pending) == 0 && whole {
		return nil, err
	}
	if s.driver.name == dialect.MySQL {
		return s.migrateMySQL(ctx)
	}
	return s.migrateSQLite(ctx)
}

// prepareVersions creates the table of applied migrations, adds its column and
// the checksums that older releases didn't write, and returns the pending
// migrations.
func (s *Store) prepareVersions(ctx context.Context, q querier) ([]migration, error) {
	if _, err := q.ExecContext(ctx, createVersions); err != nil {
		return nil, fmt.Errorf("ent: migrate: %w", err)
	}
	v, err := readVersions(ctx, q)
	if err != nil {
		return nil, err
	}
	if !v.column {
		if _, err := q.ExecContext(ctx, addChecksum); err != nil && !hasRun(err) {
			return nil, fmt.Errorf("ent: migrate: %w", err)
		}
	}
	all, err := s.folder()
	if err != nil {
		return nil, err
	}
	pending, whole, err := v.pending(all)
	if err != nil || whole {
		return pending, err
	}
	for _, m := range all {
		if checksum, applied := v.checksums[m.name]; applied && checksum == "" {
			if _, err := q.ExecContext(ctx, setChecksum, m.checksum, m.name); err != nil {
				return nil, fmt.Errorf("ent: migrate: %w", err)
			}
		}
	}
	return pending, nil
}

func (s *Store) appliedAt() string { return s.Wall().Format("2006-01-02T15:04:05Z") }
