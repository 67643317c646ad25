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

// MigrationStatus is what a database has of the migrations of this program.
type MigrationStatus struct {
	// Applied are those that it has, by name.
	Applied []AppliedMigration `json:"applied"`
	// Waiting are the names of those that it doesn't have, in their order. One that
	// is half done is the first of them.
	Waiting []string `json:"waiting"`
	// HalfDone is the one that was begun and isn't done; null if there is none. On
	// SQLite there never is: each is one transaction.
	HalfDone *HalfDoneMigration `json:"halfDone"`
	// Running reports whether a process migrates the database now.
	Running bool `json:"running"`
}

// AppliedMigration is a migration that a database has.
type AppliedMigration struct {
	Name string `json:"name"`
	// At is when it was applied (RFC 3339, UTC).
	At string `json:"at"`
	// Changed marks one whose file here isn't the one that was applied, Unknown one
	// that this program doesn't have: a later release's.
	Changed bool `json:"changed"`
	Unknown bool `json:"unknown"`
}

// HalfDoneMigration is a migration that was begun and isn't done.
type HalfDoneMigration struct {
	Name string `json:"name"`
	// Statement counts from 1 and is where [Store.Migrate] goes on, Of is how many
	// there are, and SQL is its text. It may have run already, those before it have,
	// and those after it haven't. Statement is more than Of where all of them have.
	// Of is 0 and SQL empty where this program can't go on.
	Statement int    `json:"statement"`
	Of        int    `json:"of"`
	SQL       string `json:"sql"`
	// Changed reports that its file isn't this program's: only the release that
	// began it, or one with the same file, goes on with it.
	Changed bool `json:"changed"`
}

// MigrationStatus reads which migrations the database has, which wait, and which
// is half done. It changes nothing, and needs nobody's permission.
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

// statusMigrator reads the row of whoever migrates, if there is one: the table is
// made by the first migration.
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
