package history_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"

	"portico/ent"
	"portico/portal"
	"portico/portal/ledger"
	"portico/portal/portaltest"
	"portico/portal/standing"
)

// Every table that money or documents of it depend on, every column: one value
// of it is changed past the program, or a row erased or doubled, in a database
// in which months were played; the checks must say so.

// forged are the tables that are walked.
var forged = []string{"ledger_transactions", "ledger_entries", "balances", "fees", "orders", "order_lines", "services", "bills", "bill_lines",
	"usage_periods", "usage_totals", "usage_events", "top_ups", "payments", "invoices", "invoice_items", "sequences", "restrictions", "arrears", "prices"}

// rowsEach is how many rows of a table are tried.
const rowsEach = 3

// forger changes rows of a world's database past the program.
type forger struct {
	*portaltest.World
	db *sql.DB
}

func newForger(w *portaltest.World) *forger {
	w.T.Helper()
	driver, dsn := "mysql", w.Database
	if path, is := strings.CutPrefix(w.Database, "sqlite:"); is {
		driver, dsn = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_time_format=sqlite"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		w.T.Fatal(err)
	}
	w.T.Cleanup(func() { _ = db.Close() })
	return &forger{w, db}
}

func (f *forger) exec(query string, args ...any) {
	f.T.Helper()
	if _, err := f.db.Exec(query, args...); err != nil {
		f.T.Fatalf("%s: %v", query, err)
	}
}

// ids are some rows of a table: the first, the last, and between.
func (f *forger) ids(table string) []string {
	f.T.Helper()
	rows, err := f.db.Query("SELECT id FROM " + table + " ORDER BY id")
	if err != nil {
		f.T.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			f.T.Fatal(err)
		}
		all = append(all, id)
	}
	if len(all) <= rowsEach {
		return all
	}
	some := make([]string, rowsEach)
	for i := range some {
		some[i] = all[i*(len(all)-1)/(rowsEach-1)]
	}
	return some
}

// row reads a row whole, so that it can be put back.
func (f *forger) row(t *schema.Table, id string) []any {
	f.T.Helper()
	values, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range values {
		into[i] = &values[i]
	}
	if err := f.db.QueryRow("SELECT "+columns(t)+" FROM "+t.Name+" WHERE id = ?", id).Scan(into...); err != nil {
		f.T.Fatal(err)
	}
	for i, v := range values {
		if b, is := v.([]byte); is && t.Columns[i].Type != field.TypeBytes && t.Columns[i].Type != field.TypeJSON {
			values[i] = string(b)
		}
	}
	return values
}

func columns(t *schema.Table) string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = "`" + c.Name + "`"
	}
	return strings.Join(names, ", ")
}

func (f *forger) insert(t *schema.Table, values []any) error {
	_, err := f.db.Exec("INSERT INTO "+t.Name+" ("+columns(t)+") VALUES (?"+strings.Repeat(", ?", len(values)-1)+")", values...)
	return err
}

// other are values that a column could be forged to.
func (f *forger) other(t *schema.Table, c *schema.Column, is any) []any {
	var all []any
	if c.Nullable && is != nil {
		all = append(all, nil)
	}
	now := f.Portal.Store.Now().Add(-3 * time.Hour)
	switch c.Type {
	case field.TypeInt64, field.TypeInt:
		n, _ := is.(int64)
		all = append(all, n+1, n-1)
	case field.TypeBool:
		all = append(all, fmt.Sprint(is) != "true" && fmt.Sprint(is) != "1")
	case field.TypeEnum:
		for _, e := range c.Enums {
			if e != is {
				all = append(all, e)
			}
		}
	case field.TypeTime:
		if at, known := is.(time.Time); known {
			all = append(all, at.Add(time.Hour), at.Add(-24*time.Hour))
		} else {
			all = append(all, now)
		}
	case field.TypeString:
		s, _ := is.(string)
		if n, frac := strings.CutPrefix(s, "0."); frac || s != "" && strings.Trim(s, "0123456789.") == "" {
			all = append(all, "1"+n)
			break
		}
		var another string
		err := f.db.QueryRow("SELECT `"+c.Name+"` FROM "+t.Name+" WHERE `"+c.Name+"` IS NOT NULL AND `"+c.Name+"` <> ? ORDER BY id DESC LIMIT 1", s).Scan(&another)
		if err == nil && !c.Unique {
			all = append(all, another)
		}
		if c.Name == "currency" {
			return append(all, "USD")
		}
		if s != "" || !c.Nullable {
			all = append(all, changed(s))
		}
	case field.TypeJSON, field.TypeBytes:
		all = append(all, []byte(`[{"metric":"forged","quantity":"1"}]`))
	}
	return all
}

// changed is a text of the same length that differs in its last letter.
func changed(s string) string {
	if s == "" {
		return "X"
	}
	last := "X"
	if strings.HasSuffix(s, last) {
		last = "Y"
	}
	return s[:len(s)-1] + last
}

// found is what the checks say.
func (f *forger) found() []string {
	f.T.Helper()
	wrong, err := ledger.Check(f.System(), f.Portal.Store, portal.Rules()...)
	if err != nil {
		return []string{"error: " + err.Error()}
	}
	var all []string
	for _, w := range wrong {
		all = append(all, w.Rule)
	}
	differ, err := standing.Check(f.System(), f.Portal.Store, portal.Standing())
	if err != nil {
		return []string{"error: " + err.Error()}
	}
	for range differ {
		all = append(all, "STANDING")
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// forgery is one change, and how it is told of.
type forgery struct{ what, how string }

// each forges a row of a table in every way, sees what is found, and puts it
// back.
func (f *forger) each(t *schema.Table, id string, see func(forgery, []string)) {
	was := f.row(t, id)
	restore := func() {
		f.exec("DELETE FROM "+t.Name+" WHERE id = ?", id)
		if err := f.insert(t, was); err != nil {
			f.T.Fatal(err)
		}
	}
	for i, c := range t.Columns {
		if c.Name == "id" {
			continue
		}
		for _, v := range f.other(t, c, was[i]) {
			if _, err := f.db.Exec("UPDATE "+t.Name+" SET `"+c.Name+"` = ? WHERE id = ?", v, id); err != nil {
				continue // the database itself refuses it
			}
			see(forgery{t.Name + "." + c.Name, fmt.Sprintf("%s: %v became %v", id, was[i], v)}, f.found())
			restore()
		}
	}
	f.exec("DELETE FROM "+t.Name+" WHERE id = ?", id)
	see(forgery{t.Name + ".DELETE", id}, f.found())
	if err := f.insert(t, was); err != nil {
		f.T.Fatal(err)
	}
	twin := slices.Clone(was)
	for i, c := range t.Columns {
		if s, is := was[i].(string); is && (c.Name == "id" || c.Unique) {
			twin[i] = changed(s)
		}
	}
	if f.insert(t, twin) == nil {
		see(forgery{t.Name + ".INSERT", id}, f.found())
		f.exec("DELETE FROM "+t.Name+" WHERE id = ?", twin[0])
	}
}

func TestEveryForgeryIsFound(t *testing.T) {
	t.Parallel()
	w := portaltest.New(t, "sqlite")
	play(w, rand.New(rand.NewPCG(9, 9)), 300)
	f := newForger(w)
	if found := f.found(); len(found) > 0 {
		t.Fatalf("before anything is forged: %v", found)
	}
	missed := map[string][]string{}
	walked := 0
	for _, table := range ent.Tables() {
		if !slices.Contains(forged, table.Name) {
			continue
		}
		ids := f.ids(table.Name)
		if len(ids) == 0 {
			t.Errorf("no row of %s was played", table.Name)
		}
		for _, id := range ids {
			f.each(table, id, func(what forgery, found []string) {
				walked++
				if len(found) == 0 {
					missed[what.what] = append(missed[what.what], what.how)
				}
			})
		}
	}
	if found := f.found(); len(found) > 0 {
		t.Fatalf("after all is put back: %v", found)
	}
	t.Logf("%d forgeries", walked)
	for what, how := range missed {
		if unknowable[what] == "" {
			t.Errorf("%s: not found: %s", what, how)
		}
	}
}

// unknowable are columns that no other row implies, each with why.
var unknowable = map[string]string{}
