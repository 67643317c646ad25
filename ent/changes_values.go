package ent

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"portico/ent/db"
	"portico/money"
)

// plain returns a value that isn't a pointer; nil for a nil pointer.
func plain(v any) any {
	r := reflect.ValueOf(v)
	if r.Kind() != reflect.Pointer {
		return v
	}
	if r.IsNil() {
		return nil
	}
	return r.Elem().Interface()
}

func accountOf(row db.Node) string {
	switch row := row.(type) {
	case *db.Account:
		return row.ID
	case *db.Role:
		return row.AccountID
	case db.Tenant:
		return row.TenantID()
	}
	return ""
}

// written returns a value as the API writes it; nil for none.
func written(column string, value any, currency string) *string {
	var s string
	switch v := value.(type) {
	case nil:
		return nil
	case string:
		s = v
	case bool:
		s = strconv.FormatBool(v)
	case time.Time:
		s = v.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
	case int64:
		if strings.HasSuffix(column, "_minor") && currency != "" {
			s = money.New(v, money.Currency(currency)).String() + " " + currency
			break
		}
		s = strconv.FormatInt(v, 10)
	default:
		if r := reflect.ValueOf(value); r.Kind() == reflect.String {
			s = r.String()
			break
		}
		b, err := json.Marshal(value)
		if err != nil {
			return nil
		}
		s = string(b)
	}
	return &s
}

// opened returns the personal data of a sealed value.
func (c *changes) opened(cols *columns, column string, value any) (string, bool) {
	sealed, _ := value.([]byte)
	if len(sealed) == 0 {
		return "", false
	}
	for _, s := range sealedColumns {
		if s.table != cols.table || s.column != column {
			continue
		}
		if v, err := c.store.unsealed(s, sealed); err == nil {
			return v, true
		}
	}
	return "", true
}

func (c *changes) masked(cols *columns, column string, value any) *string {
	v, is := c.opened(cols, column, value)
	if !is {
		return nil
	}
	m := Masked(v)
	return &m
}

func (c *changes) equal(cols *columns, column string, a, b any) bool {
	x, _ := c.opened(cols, column, a)
	y, _ := c.opened(cols, column, b)
	return x == y
}

// fieldName returns the name of a column in the API.
func fieldName(column string) string {
	words := strings.Split(strings.TrimSuffix(column, "_minor"), "_")
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

// columns are the columns of a type: their names, and by name the index of the
// struct's field.
type columns struct {
	typ   reflect.Type
	table string
	names []string
	at    map[string]int
}

var columnsByType sync.Map // reflect.Type -> *columns

func columnsOf(row db.Node) *columns {
	typ := reflect.TypeOf(row).Elem()
	if c, ok := columnsByType.Load(typ); ok {
		return c.(*columns)
	}
	list, table, _ := strings.Cut(strings.TrimPrefix(db.Loaders[typ.Name()].Select, "SELECT "), " FROM ")
	c := &columns{typ: typ, table: strings.Trim(table, "`"), at: map[string]int{}}
	for _, name := range strings.Split(list, ", ") {
		c.names = append(c.names, strings.Trim(name, "`"))
	}
	next := 0
	for i := range typ.NumField() {
		if f := typ.Field(i); !f.Anonymous && f.IsExported() && next < len(c.names) {
			c.at[c.names[next]] = i
			next++
		}
	}
	stored, _ := columnsByType.LoadOrStore(typ, c)
	return stored.(*columns)
}

// Masked returns personal data in a form that its holder recognises and that tells
// nobody else what it is: +86****8000, a***@example.com.
func Masked(s string) string {
	const hidden = "****"
	if user, domain, is := strings.Cut(s, "@"); is && user != "" && !strings.Contains(domain, "@") {
		return string([]rune(user)[:1]) + "***@" + domain
	}
	r := []rune(s)
	switch {
	case len(r) >= 11:
		return string(r[:3]) + hidden + string(r[len(r)-4:])
	case len(r) >= 6:
		return string(r[:1]) + hidden + string(r[len(r)-1:])
	}
	return hidden
}
