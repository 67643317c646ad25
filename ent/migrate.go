package ent

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	atlas "ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"
)

//go:embed migrate/mysql/*.sql migrate/sqlite/*.sql
var migrations embed.FS

const createVersions = "CREATE TABLE IF NOT EXISTS portico_migration (name varchar(190) NOT NULL PRIMARY KEY, applied_at varchar(40) NOT NULL)"

// Migrate applies the migrations that the database doesn't have yet, in order,
// forward only, and returns their names. MySQL commits each statement of a
// migration by itself, so a migration that was killed half-way must be looked
// at by hand; SQLite's are one transaction each.
func (s *Store) Migrate(ctx context.Context) ([]string, error) {
	if _, err := s.driver.write.DB.ExecContext(ctx, createVersions); err != nil {
		return nil, fmt.Errorf("ent: migrate: %w", err)
	}
	pending, err := s.Pending(ctx)
	if err != nil {
		return nil, err
	}
	for i, name := range pending {
		if err := s.apply(ctx, name); err != nil {
			return pending[:i], fmt.Errorf("ent: migration %s: %w", name, err)
		}
	}
	return pending, nil
}

// Fresh reports whether the database was never migrated.
func (s *Store) Fresh(ctx context.Context) (bool, error) {
	list := "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'portico_migration'"
	if s.driver.name == dialect.SQLite {
		list = "SELECT count(*) FROM sqlite_master WHERE name = 'portico_migration'"
	}
	var n int
	err := s.driver.write.DB.QueryRowContext(ctx, list).Scan(&n)
	return n == 0, err
}

func (s *Store) migrationFolder() string {
	if s.driver.name == dialect.MySQL {
		return "migrate/mysql"
	}
	return "migrate/sqlite"
}

// Pending lists the migrations that the database doesn't have.
func (s *Store) Pending(ctx context.Context) ([]string, error) {
	applied := map[string]bool{}
	rows, err := s.driver.write.DB.QueryContext(ctx, "SELECT name FROM portico_migration")
	if err != nil {
		return nil, fmt.Errorf("ent: the database was never migrated: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		applied[name] = true
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	files, err := fs.Glob(migrations, s.migrationFolder()+"/*.sql")
	if err != nil {
		return nil, err
	}
	var pending []string
	for _, f := range files {
		if name := strings.TrimSuffix(path.Base(f), ".sql"); !applied[name] {
			pending = append(pending, name)
		}
	}
	return pending, nil
}

func (s *Store) apply(ctx context.Context, name string) error {
	text, err := migrations.ReadFile(s.migrationFolder() + "/" + name + ".sql")
	if err != nil {
		return err
	}
	statements, err := atlas.NewLocalFile(name+".sql", text).Stmts()
	if err != nil {
		return err
	}
	tx, err := s.driver.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%w in %q", err, statement)
		}
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO portico_migration (name, applied_at) VALUES (?, ?)",
		name, s.Wall().Format("2006-01-02T15:04:05Z")); err != nil {
		return err
	}
	return tx.Commit()
}
