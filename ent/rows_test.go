package ent_test

import (
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"portico/ent/db"
	"portico/portaltest"
)

// Rows are scanned into their own fields, or into variables that all rows of a query
// share (rowScan). For every type each column is read into its field, and rows that
// are read together are the same as when each is read by itself.
func TestRowsOfOneQueryShareNothing(t *testing.T) {
	t.Parallel()
	w := portaltest.New(t, "sqlite")
	shape, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(w.Database, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer shape.Close()
	c := db.NewClient(db.Driver(entsql.OpenDB("sqlite3", shape)))
	compared := 0
	for typ, l := range db.Loaders {
		name := l.Select[strings.LastIndex(l.Select, " ")+1:]
		ids := fillLoose(t, shape, name)
		read := func(where string) map[string]db.Node {
			rows, err := shape.Query(strings.Replace(l.Select, "FROM `", "FROM `loose_", 1) + where)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			found, err := l.Read(c, rows)
			if err != nil {
				t.Fatalf("%s: %v", typ, err)
			}
			return found
		}
		together := read("")
		if len(together) != len(ids) {
			t.Errorf("%s: %d rows were read", typ, len(together))
		}
		for n, id := range ids {
			alone := read(" WHERE id = '" + id + "'")
			if len(alone) != 1 {
				t.Fatalf("%s: %d rows have the id %s", typ, len(alone), id)
			}
			a, b := reflect.ValueOf(together[id]).Elem(), reflect.ValueOf(alone[id]).Elem()
			for i := range a.NumField() {
				f := a.Type().Field(i)
				if f.IsExported() && !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
					t.Errorf("%s.%s of row %s: %v when read together, %v alone", typ, f.Name, id, a.Field(i), b.Field(i))
				}
				column, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if want := fmt.Sprintf("%s of row %d", column, n); f.Type.Kind() == reflect.String && column != "-" && n != 1 && a.Field(i).String() != want {
					t.Errorf("%s.%s of row %s: %v, not %q", typ, f.Name, id, a.Field(i), want)
				}
			}
			compared++
		}
	}
	if compared < 180 {
		t.Errorf("only %d rows were compared", compared)
	}
}

// What a statement selects beside the columns of its table is each row's own.
func TestSelectedValuesAreEachRowsOwn(t *testing.T) {
	t.Parallel()
	for _, engine := range portaltest.Engines {
		w := portaltest.New(t, engine)
		plans, err := w.Portal.Store.Read().Plan.Query().Where(func(s *entsql.Selector) { s.AppendSelectAs(s.C("code"), "again") }).All(w.System())
		if err != nil || len(plans) < 2 {
			t.Fatal(engine, len(plans), err)
		}
		for _, p := range plans {
			if again, err := p.Value("again"); err != nil || fmt.Sprintf("%s", again) != p.Code {
				t.Errorf("%s: %s: %s %v", engine, p.Code, again, err)
			}
		}
	}
}

// fillLoose makes a table like another one, without its constraints, of three rows:
// two with different values, and one between them with NULL where it may be. It
// returns their ids.
func fillLoose(t *testing.T, d *sql.DB, name string) (ids []string) {
	t.Helper()
	name = strings.Trim(name, "`")
	rows, err := d.Query("SELECT name, type, `notnull`, pk FROM pragma_table_info(?)", name)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var columns, marks []string
	values := make([][]any, 3)
	for rows.Next() {
		var column, typ string
		var required, key bool
		if err := rows.Scan(&column, &typ, &required, &key); err != nil {
			t.Fatal(err)
		}
		typ = strings.ToLower(typ)
		columns, marks = append(columns, "`"+column+"` "+typ), append(marks, "?")
		for i := range values {
			var v any
			switch s := fmt.Sprintf("%s of row %d", column, i); {
			case !required && !key && i == 1:
			case typ == "text":
				v = s
			case typ == "blob":
				v = []byte(s)
			case typ == "integer":
				v = i + 1
			case typ == "bool":
				v = i == 0
			case typ == "datetime":
				v = time.Unix(int64(i), 0).UTC()
			case typ == "json":
				v = "null"
			default:
				t.Fatalf("%s.%s is a %s", name, column, typ)
			}
			values[i] = append(values[i], v)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Exec("CREATE TABLE `loose_" + name + "` (" + strings.Join(columns, ", ") + ")"); err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		if _, err := d.Exec("INSERT INTO `loose_"+name+"` VALUES ("+strings.Join(marks, ", ")+")", v...); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, fmt.Sprintf("id of row %d", i))
	}
	return ids
}
