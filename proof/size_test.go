package proof_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"

	"portico/ent/db/migrate"
	"portico/portaltest"
)

// writable opens a second connection to a world's database, to fill it.
func writable(t *testing.T, w *portaltest.World) *sql.DB {
	t.Helper()
	driver, dsn := "mysql", w.Database+"&interpolateParams=true"
	if path, ok := strings.CutPrefix(w.Database, "sqlite:"); ok {
		driver, dsn = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=synchronous(OFF)&_time_format=sqlite"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// grow adds thousands of rows to every table that may grow. They are copies of
// the first row of the stage's account: two of three belong to that account,
// nothing is due, and the states alternate.
func grow(t *testing.T, s *stage, db *sql.DB) {
	t.Helper()
	mariadb := s.Engine == "mariadb"
	for _, table := range migrate.Tables {
		if _, is := small[table.Name]; is {
			continue
		}
		sample := firstOf(t, db, table, s.a.account)
		names := make([]string, len(table.Columns))
		for i, c := range table.Columns {
			names[i] = "`" + c.Name + "`"
		}
		insert := "INSERT OR IGNORE INTO "
		if mariadb {
			insert = "INSERT IGNORE INTO "
		}
		place := "(?" + strings.Repeat(", ?", len(names)-1) + ")"
		for part := range slices.Chunk(numbers(copies), 250) {
			var values []any
			for _, i := range part {
				values = append(values, copyOf(table, sample, i, s.a.account)...)
			}
			if _, err := db.Exec(insert+"`"+table.Name+"` ("+strings.Join(names, ", ")+") VALUES "+place+strings.Repeat(", "+place, len(part)-1), values...); err != nil {
				t.Fatalf("%s: %v", table.Name, err)
			}
		}
		if mariadb {
			if _, err := db.Exec("ANALYZE TABLE `" + table.Name + "`"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func numbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// firstOf returns a row of a table, one of the account if there is one; nil if
// the table is empty.
func firstOf(t *testing.T, db *sql.DB, table *schema.Table, account string) []any {
	t.Helper()
	names, order := make([]string, len(table.Columns)), ""
	for i, c := range table.Columns {
		if names[i] = "`" + c.Name + "`"; c.Name == "account_id" {
			order = " ORDER BY account_id <> '" + account + "'"
		}
	}
	row, into := make([]any, len(names)), make([]any, len(names))
	for i := range row {
		into[i] = &row[i]
	}
	err := db.QueryRow("SELECT " + strings.Join(names, ", ") + " FROM `" + table.Name + "`" + order + " LIMIT 1").Scan(into...)
	if err == sql.ErrNoRows {
		return nil
	}
	if err != nil {
		t.Fatalf("%s: %v", table.Name, err)
	}
	return row
}

// copyOf returns the i-th copy of a row.
func copyOf(table *schema.Table, sample []any, i int, account string) []any {
	unique := map[string]bool{}
	for _, x := range table.Indexes {
		for _, c := range x.Columns {
			unique[c.Name] = unique[c.Name] || x.Unique
		}
	}
	owned := slices.ContainsFunc(table.Columns, func(c *schema.Column) bool { return c.Name == "account_id" })
	row := make([]any, len(table.Columns))
	for k, c := range table.Columns {
		var v any
		if sample != nil {
			v = sample[k]
		}
		switch {
		case c.Name == "id":
			row[k] = fmt.Sprintf("copy_%021d", i)
			continue
		case c.Name == "account_id" && i%3 > 0:
			row[k] = account
			continue
		case c.Name == "account_id":
			row[k] = fmt.Sprintf("acct_%026d", i)
			continue
		case c.Type == field.TypeEnum && (v != nil || sample == nil && !c.Nullable):
			row[k] = c.Enums[i%len(c.Enums)]
			continue
		case v == nil && c.Nullable:
			continue
		}
		refers := c.Type == field.TypeString && (strings.HasSuffix(c.Name, "_id") || strings.HasSuffix(c.Name, "_by"))
		row[k] = varied(c, v, i, c.Unique || unique[c.Name] || refers && (owned || i%3 == 0))
	}
	return row
}

func varied(c *schema.Column, v any, i int, unique bool) any {
	switch c.Type {
	case field.TypeTime:
		return portaltest.Start.Add(time.Duration(i+1) * time.Hour)
	case field.TypeBool:
		return i%2 == 0
	case field.TypeInt64, field.TypeInt:
		return int64(i + 1000)
	case field.TypeBytes:
		return []byte("-")
	case field.TypeJSON:
		if v == nil {
			return "[]"
		}
	case field.TypeString:
		if v == nil || unique {
			text := fmt.Sprintf("copy %d", i)
			return text[:min(len(text), int(max(3, c.Size)))]
		}
	}
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	return v
}
