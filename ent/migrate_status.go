package ent

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
)

// MigrationStatus describes which of this program's migrations a database has.
type MigrationStatus struct {
	// Applied are the migrations that the database has, by name.
	Applied []AppliedMigration `json:"applied"`
	// Waiting are the names of the migrations that the database lacks, in
	// order. It includes a half-done one, which is the first.
	Waiting []string `json:"waiting"`
	// HalfDone is the migration that was begun and isn't finished; null if
	// there is none. It is always null on SQLite, where each migration is one
	// transaction.
	HalfDone *HalfDoneMigration `json:"halfDone"`
	// Running reports whether a process is migrating the database now.
	Running bool `json:"running"`
}

// AppliedMigration is a migration that a database has.
type AppliedMigration struct {
	Name string `json:"name"`
	// At is the time at which it was applied (RFC 3339, UTC).
	At string `json:"at"`
	// Changed is true if the program's file differs from the applied one.
	// Unknown is true if this program doesn't have the migration, because a
	// later release applied it.
	Changed bool `json:"changed"`
	Unknown bool `json:"unknown"`
}

// HalfDoneMigration is a migration that was begun and isn't finished.
type HalfDoneMigration struct {
	Name string `json:"name"`
	// Statement is the number of the statement, from 1, at which
	// [Store.Migrate] continues; Of is the number of statements, and SQL the
	// text of the statement. It may already have run; those before it have run,
	// and those after it haven't. Statement is greater than Of if all
	// statements have run. Of is 0 and SQL is empty if this program can't
	// continue.
	Statement int    `json:"statement"`
	Of        int    `json:"of"`
	SQL       string `json:"sql"`
	// Changed is true if the file differs from this program's. Then only a
	// release with the same file as the one that began the migration can
	// continue it.
	Changed bool `json:"changed"`
}

// MigrationStatus returns which migrations are applied, which are pending, and
// which is half done. It changes nothing and needs no permission.
func (s *Store) MigrationStatus(ctx context.Context) (MigrationStatus, error) {
	m := MigrationStatus{Applied: []AppliedMigration{}, Waiting: []string{}}
	all, err := s.folder()
	if err != nil {
		return m, err
	}
	v := versions{}
	fresh, err := s.Fresh(ctx)
	if err == nil && !fresh {
		v, err = readVersions(ctx, s.driver.write)
	}
	if err != nil {
		return m, err
	}
	known := map[string]string{}
	for _, f := range all {
		known[f.name] = f.checksum
		if _, applied := v.checksums[f.name]; !applied {
			m.Waiting = append(m.Waiting, f.name)
		}
	}
	for name, checksum := range v.checksums {
		here, is := known[name]
		m.Applied = append(m.Applied, AppliedMigration{Name: name, At: v.at[name], Unknown: !is, Changed: is && checksum != "" && checksum != here})
	}
	slices.SortFunc(m.Applied, func(a, b AppliedMigration) int { return strings.Compare(a.Name, b.Name) })
	if s.driver.name == dialect.MySQL {
		err = s.readMigrator(ctx, &m, all)
	}
	return m, err
}

// statusMigrator reads the row of the migrating process. The table doesn't
// exist before the first migration.
const statusMigrator = "SELECT name, checksum, statement, holder <> '' AND until_at >= UTC_TIMESTAMP(6) AND until_at <= UTC_TIMESTAMP(6) + INTERVAL 60 SECOND " +
	"FROM portico_migrator WHERE id = 1"

func (s *Store) readMigrator(ctx context.Context, m *MigrationStatus, all []migration) error {
	there, err := s.hasTable(ctx, "portico_migrator")
	if err != nil || !there {
		return err
	}
	var name, checksum string
	var statement int
	err = s.driver.write.QueryRowContext(ctx, statusMigrator).Scan(&name, &checksum, &statement, &m.Running)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("ent: migration status: %w", err)
	case name == "":
		return nil
	}
	h := &HalfDoneMigration{Name: name, Statement: statement + 1, Changed: true}
	m.HalfDone = h
	for _, f := range all {
		if f.name != name || f.checksum != checksum {
			continue
		}
		statements, err := f.statements()
		if err != nil {
			return err
		}
		h.Of, h.Changed = len(statements), false
		if statement < len(statements) {
			h.SQL = statements[statement]
		}
	}
	return nil
}
