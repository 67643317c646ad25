package engine

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// placeholder is replaced by the name of the copy in a template's scripts.
const placeholder = "«copy»"

// complete is the table that marks a template as complete.
const complete = "zz_template_complete"

// template is a database with the schema applied, and the scripts that create and empty
// a copy of it, each in one round trip.
type template struct {
	*host
	name          string
	create, empty string
}

func newTemplate(ctx context.Context, s Schema) (*template, error) {
	h, err := shared()
	if err != nil {
		return nil, err
	}
	t := &template{host: h, name: unique()}
	if s.Version != "" {
		sum := sha256.Sum256([]byte(s.Version))
		t.name = "portico_template_" + hex.EncodeToString(sum[:8])
	}
	if err := t.apply(ctx, s); err != nil {
		return nil, fmt.Errorf("applying the schema to MariaDB: %w", err)
	}
	if err := t.script(ctx); err != nil {
		return nil, fmt.Errorf("reading the schema of MariaDB: %w", err)
	}
	return t, nil
}

// apply creates the template, once for all processes that use its name.
func (t *template) apply(ctx context.Context, s Schema) error {
	conn, err := t.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	var got sql.NullInt64
	if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, 600)", t.name).Scan(&got); err != nil || got.Int64 != 1 {
		return errors.Join(errors.New("another process has been creating the template for too long"), err)
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "DO RELEASE_LOCK(?)", t.name) }()
	var done int
	const q = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = ? AND table_name = ?"
	if err := conn.QueryRowContext(ctx, q, t.name, complete).Scan(&done); err != nil || done == 1 {
		return err
	}
	if _, err := conn.ExecContext(ctx, "DROP DATABASE IF EXISTS "+t.name+"; CREATE DATABASE "+t.name); err != nil {
		return err
	}
	if err := s.MySQL(ctx, dsn(t.config, t.name)); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "CREATE TABLE "+t.name+"."+complete+" (id int PRIMARY KEY)")
	return err
}

// script reads the template's tables and writes the scripts.
func (t *template) script(ctx context.Context) error {
	var odd int
	const q = `SELECT (SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = ? AND table_type <> 'BASE TABLE')
		+ (SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = ?)
		+ (SELECT COUNT(*) FROM information_schema.routines WHERE routine_schema = ?)`
	if err := t.db.QueryRowContext(ctx, q, t.name, t.name, t.name).Scan(&odd); err != nil {
		return err
	}
	if odd > 0 {
		return fmt.Errorf("the schema has %d views, triggers or routines, which can't be copied", odd)
	}
	tables, err := t.strings(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_name <> ? ORDER BY table_name", t.name, complete)
	if err != nil {
		return err
	}
	const begin = "SET @checks = @@foreign_key_checks, foreign_key_checks = 0;\n"
	const end = "SET foreign_key_checks = @checks"
	create := "CREATE DATABASE " + placeholder + ";\nUSE " + placeholder + ";\n" + begin
	empty, fill := begin, ""
	for _, table := range tables {
		ddl, rows, err := t.read(ctx, table)
		if err != nil {
			return err
		}
		create += ddl + ";\n"
		empty += "DELETE FROM " + placeholder + "." + quote(table) + ";\n"
		fill += rows
	}
	// The connection goes back to the pool and must not use a database that may be
	// dropped.
	t.create, t.empty = create+fill+end+";\nUSE information_schema", empty+fill+end
	return nil
}

// read returns a table's DDL, and the statement that copies its rows if it has any.
func (t *template) read(ctx context.Context, table string) (ddl, fill string, err error) {
	from := t.name + "." + quote(table)
	if err := t.db.QueryRowContext(ctx, "SHOW CREATE TABLE "+from).Scan(new(string), &ddl); err != nil {
		return "", "", err
	}
	var filled bool
	if err := t.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+from+")").Scan(&filled); err != nil || !filled {
		return ddl, "", err
	}
	columns, err := t.strings(ctx, "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ? AND is_generated = 'NEVER' ORDER BY ordinal_position", t.name, table)
	if err != nil {
		return "", "", err
	}
	for i, c := range columns {
		columns[i] = quote(c)
	}
	list := strings.Join(columns, ", ")
	return ddl, fmt.Sprintf("INSERT INTO %s.%s (%s) SELECT %s FROM %s;\n", placeholder, quote(table), list, list, from), nil
}

func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func (t *template) strings(ctx context.Context, query string, args ...any) (all []string, err error) {
	rows, err := t.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// copy creates a database like the template.
func (t *template) copy(ctx context.Context) (string, error) {
	name := unique()
	if _, err := t.db.ExecContext(ctx, strings.ReplaceAll(t.create, placeholder, name)); err != nil {
		return "", fmt.Errorf("copying the template: %w", err)
	}
	return name, nil
}
