package ent

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
)

// Insert inserts rows of one type, all columns as the rows hold them, with one
// statement whose text is fixed. It costs less than ent's builders and is meant for
// what is written often. A row without an id gets one; ent's other defaults aren't
// applied. Values of enumerations and texts of up to 40 printable characters aren't
// checked, so a caller passes only what the program or the database made.
//
// Only the unit that owns the type may call it (checked by house). Like every create
// it refuses rows of accounts that the principal doesn't reach, with
// [clause.NotFound].
func Insert[T any](tx *Tx, rows ...*T) error {
	if len(rows) == 0 {
		return nil
	}
	if tx.Principal() == nil {
		return errNoPrincipal
	}
	t := tableOf(reflect.TypeFor[T]())
	args := make([]any, 0, len(rows)*len(t.fields))
	for _, row := range rows {
		v := reflect.ValueOf(row).Elem()
		if id := v.Field(t.fields[0]); id.Len() == 0 {
			id.SetString(NewID(t.prefix))
		}
		if t.account >= 0 {
			if err := ownable(tx, v.Field(t.account).String()); err != nil {
				return err
			}
		}
		for i, f := range t.fields {
			a, err := t.value(v.Field(f), t.json[i])
			if err != nil {
				return err
			}
			args = append(args, a)
		}
	}
	_, err := tx.ExecContext(tx, t.insert(len(rows)), args...)
	if err == nil && tx.changes.recorded && watched(reflect.TypeFor[T]().Name()) {
		for _, row := range rows {
			tx.changes.created(reflect.ValueOf(row).Elem().Field(t.fields[0]).String())
		}
	}
	return err
}

// ownable refuses a row of an account that the principal doesn't reach.
func ownable(ctx context.Context, account string) error {
	if _, all, err := reach(ctx); err != nil || all {
		return err
	}
	narrowed, is := authz.Narrowed(ctx)
	if !authz.From(ctx).Reaches(account) || is && account != narrowed {
		return clause.NotFound
	}
	return nil
}

// insertable is how rows of a type are inserted.
type insertable struct {
	prefix  string // of ids
	fields  []int  // of the struct, by column; the first is the id
	json    []bool // by column: it holds JSON
	account int    // the field of the account; -1 if the rows belong to none
	begin   string // up to VALUES
	row     string // the placeholders of one row
	few     []string
}

// fewTexts is the largest number of rows for which the text is kept.
const fewTexts = 4

var insertables sync.Map // reflect.Type -> *insertable

func tableOf(typ reflect.Type) *insertable {
	if t, ok := insertables.Load(typ); ok {
		return t.(*insertable)
	}
	t, _ := insertables.LoadOrStore(typ, newInsertable(typ))
	return t.(*insertable)
}

// newInsertable reads the columns of a type off the statement that loads its rows:
// they come in the order of its fields. It panics for what is no entity, which is an
// error of the program.
func newInsertable(typ reflect.Type) *insertable {
	loader, known := db.Loaders[typ.Name()]
	columns, table, cut := strings.Cut(strings.TrimPrefix(loader.Select, "SELECT "), " FROM ")
	names := strings.Split(columns, ", ")
	t := &insertable{account: -1}
	for i := range typ.NumField() {
		f := typ.Field(i)
		if f.Anonymous || !f.IsExported() {
			continue
		}
		if f.Name == "AccountID" && db.Tenanted[typ.Name()] {
			t.account = i
		}
		t.fields, t.json = append(t.fields, i), append(t.json, isJSON(f.Type))
	}
	if !known || !cut || len(names) != len(t.fields) {
		panic(fmt.Sprintf("ent: %s can't be inserted", typ))
	}
	for prefix, name := range db.Prefixes {
		if name == typ.Name() {
			t.prefix = prefix
		}
	}
	t.begin = "INSERT INTO " + table + " (" + columns + ") VALUES "
	t.row = "(?" + strings.Repeat(", ?", len(names)-1) + ")"
	for n := range fewTexts {
		t.few = append(t.few, t.begin+t.row+strings.Repeat(", "+t.row, n))
	}
	return t
}

var timeType, bytesType = reflect.TypeFor[time.Time](), reflect.TypeFor[[]byte]()

// isJSON reports whether values of a field's type are stored as JSON.
func isJSON(typ reflect.Type) bool {
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch typ.Kind() {
	case reflect.String, reflect.Int64, reflect.Bool:
		return false
	}
	return typ != timeType && typ != bytesType
}

// insert returns the text that inserts n rows.
func (t *insertable) insert(n int) string {
	if n <= len(t.few) {
		return t.few[n-1]
	}
	return t.begin + t.row + strings.Repeat(", "+t.row, n-1)
}

// value returns what is sent for a field.
func (t *insertable) value(v reflect.Value, isJSON bool) (any, error) {
	if isJSON {
		text, err := json.Marshal(v.Interface())
		return json.RawMessage(text), err
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil, nil
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.String:
		return v.String(), nil
	case reflect.Int64:
		return v.Int(), nil
	case reflect.Bool:
		return v.Bool(), nil
	}
	return v.Interface(), nil
}
