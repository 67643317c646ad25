package proof_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"portico/portaltest"
)

// rows are the rows of a database by table, each as column=value.
type rows map[string][]map[string]string

var tables sync.Map // database -> []string

// open opens a second connection to a world's database.
func open(t testing.TB, w *portaltest.World) *sql.DB {
	t.Helper()
	driver, dsn := "mysql", w.Database
	if path, ok := strings.CutPrefix(w.Database, "sqlite:"); ok {
		driver, dsn = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=query_only(1)"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func strs(t testing.TB, db *sql.DB, query string) (all []string) {
	t.Helper()
	r, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for r.Next() {
		var s string
		if err := r.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// tablesOf returns the tables of the portal.
func tablesOf(t testing.TB, w *portaltest.World, db *sql.DB) []string {
	t.Helper()
	if l, ok := tables.Load(w.Database); ok {
		return l.([]string)
	}
	query := "SHOW TABLES"
	if w.Engine == "sqlite" {
		query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	}
	l := strs(t, db, query)
	if len(l) < 30 {
		t.Fatalf("only %d tables: %v", len(l), l)
	}
	slices.Sort(l)
	tables.Store(w.Database, l)
	return l
}

// dump reads all tables except the given ones.
func dump(t testing.TB, w *portaltest.World, db *sql.DB, but ...string) rows {
	t.Helper()
	all := rows{}
	for _, table := range tablesOf(t, w, db) {
		if !slices.Contains(but, table) {
			all[table] = read(t, db, table)
		}
	}
	return all
}

func read(t testing.TB, db *sql.DB, table string) (all []map[string]string) {
	t.Helper()
	r, err := db.Query("SELECT * FROM " + table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	columns, err := r.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := r.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := map[string]string{}
		for i, c := range columns {
			switch v := values[i].(type) {
			case nil:
			case []byte:
				row[c] = string(v)
			default:
				row[c] = fmt.Sprint(v)
			}
		}
		all = append(all, row)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// lines returns the rows as sorted lines, so that two dumps can be compared.
func (all rows) lines() []string {
	var l []string
	for table, rs := range all {
		for _, r := range rs {
			l = append(l, table+" "+fmt.Sprint(r)) // fmt sorts the columns
		}
	}
	slices.Sort(l)
	return l
}

// change returns the lines that are in only one of two dumps.
func change(before, after rows) (all []string) {
	a, b := before.lines(), after.lines()
	for _, l := range a {
		if _, found := slices.BinarySearch(b, l); !found {
			all = append(all, "- "+l)
		}
	}
	for _, l := range b {
		if _, found := slices.BinarySearch(a, l); !found {
			all = append(all, "+ "+l)
		}
	}
	return all
}
