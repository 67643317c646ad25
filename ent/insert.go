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
	"portico/ent/shape"
)

// Insert inserts rows of one type, all columns as the rows hold them, with
// statements whose texts are fixed: one for up to 64 rows, else several for up to
// [shape.RowsPerInsert] each. It costs less than ent's builders and is meant for
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
	for size := 0; len(rows) > 0; {
		n, text := shape.InsertSizes[size], t.texts[size]
		if len(rows) <= mostTogether {
			n, text = len(rows), t.few[len(rows)-1]
		} else if n > len(rows) || n*len(t.fields) > mostValues {
			size++
			continue
		}
		args := make([]any, 0, n*len(t.fields))
		for _, row := range rows[:n] {
			var err error
			if args, err = t.append(tx, args, reflect.ValueOf(row).Elem()); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(tx, text(), args...); err != nil {
			return err
		}
		if tx.changes.recorded && watched(reflect.TypeFor[T]().Name()) {
			for _, row := range rows[:n] {
				tx.changes.created(reflect.ValueOf(row).Elem().Field(t.fields[0]).String())
			}
		}
		rows = rows[n:]
	}
	return nil
}

// append appends what is sent for a row. A row without an id gets one.
func (t *insertable) append(tx *Tx, args []any, row reflect.Value) ([]any, error) {
	if id := row.Field(t.fields[0]); id.Len() == 0 {
		id.SetString(NewID(t.prefix))
	}
	if t.account >= 0 {
		if err := ownable(tx, row.Field(t.account).String()); err != nil {
			return nil, err
		}
	}
	for i, f := range t.fields {
		a, err := t.value(row.Field(f), t.json[i])
		if err != nil {
			return nil, err
		}
		args = append(args, a)
	}
	return args, nil
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
	prefix  string          // of ids
	fields  []int           // of the struct, by column; the first is the id
	json    []bool          // by column: it holds JSON
	account int             // the field of the account; -1 if the rows belong to none
	few     []func() string // the statements that insert 1, 2, 3 … rows
	texts   []func() string // the statements that insert so many rows, by shape.InsertSizes
}

// mostTogether is up to how many rows are inserted with one statement, whatever
// their number.
const mostTogether = 64

// mostValues is the largest number of values of a statement that both engines take.
const mostValues = 32_766

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
	row := "(?" + strings.Repeat(", ?", len(names)-1) + ")"
	text := func(n int) func() string {
		return sync.OnceValue(func() string {
			return "INSERT INTO " + table + " (" + columns + ") VALUES " + row + strings.Repeat(", "+row, n-1)
		})
	}
	for n := range mostTogether {
		t.few = append(t.few, text(n+1))
	}
	for _, n := range shape.InsertSizes {
		t.texts = append(t.texts, text(n))
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
