package ent

import (
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"

	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/migrate"
)

// This file checks the values of every statement, whether written by ent or by
// hand. Each value must fit the alphabet of its column, in the same way on both
// engines.
//
// An ASCII column (ids, codes, numbers, hashes) holds printable ASCII that
// doesn't end with a space. Any other text column holds UTF-8 without NUL. Each
// column holds at most the number of characters with which it was declared. A
// written value that doesn't fit is INVALID_INPUT at the column's name. A value
// that is only compared, and can't be in the column, is replaced by another
// text that can't be in it and has the same place in the sort order. So the
// statement finds nothing. Without this it would fail on one engine (MariaDB
// doesn't compare ASCII with other characters) or find too much (MariaDB
// ignores spaces at the end).

// alphabet describes the texts that a column can hold.
type alphabet struct {
	column string
	ascii  bool
	// most is the maximum number of characters; 0 if there is no maximum.
	most int
}

// alphabets holds the text columns of ent/schema by table and name.
var alphabets = func() map[string]map[string]*alphabet {
	all := map[string]map[string]*alphabet{}
	for _, t := range migrate.Tables {
		all[t.Name] = map[string]*alphabet{}
		for _, c := range t.Columns {
			if c.Type != field.TypeString && c.Type != field.TypeEnum {
				continue
			}
			all[t.Name][c.Name] = alphabetOf(t, c)
		}
	}
	return all
}()

func alphabetOf(t *schema.Table, c *schema.Column) *alphabet {
	a := &alphabet{column: c.Name, ascii: c.Collation == "ascii_bin" || c.Type == field.TypeEnum || c == t.PrimaryKey[0]}
	switch declared := c.SchemaType[dialect.MySQL]; {
	case c.Type == field.TypeEnum:
	case declared != "":
		_, _ = fmt.Sscanf(declared, "varchar(%d)", &a.most)
	case c.Size < 1<<16:
		a.most = int(c.Size)
	}
	return a
}

const (
	// beyondASCII sorts after every text that an ASCII column can hold.
	beyondASCII = "\x7f"
	// beyondText occurs in no text.
	beyondText = "\x00"
)

// printable returns the number of bytes at the start of a text that an ASCII
// column can hold. It is the length of the text if the column can hold all of
// it.
func printable(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return i
		}
	}
	return len(strings.TrimRight(s, " "))
}

// impossible returns another text that the column can't hold, with the same
// place in the sort order as s.
func (a *alphabet) impossible(s string) string {
	if a != nil && a.ascii {
		return s[:printable(s)] + beyondASCII
	}
	s = strings.ToValidUTF8(s, beyondText)
	return s[:strings.IndexByte(s, 0)] + beyondText
}

// holds reports whether a column can hold a text, regardless of its length. It
// is also called on nil, for an unknown column.
func (a *alphabet) holds(s string) bool {
	if a != nil && a.ascii {
		return printable(s) == len(s)
	}
	return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}

// refuse returns what is wrong with a text that is written to the column; nil
// if nothing is wrong.
func (a *alphabet) refuse(s string) error {
	switch {
	case a.holds(s) && (a == nil || a.most == 0 || len(s) <= a.most || utf8.RuneCountInString(s) <= a.most):
		return nil
	case a == nil:
		return clause.Invalid.With("detail", notText)
	case !a.holds(s) && a.ascii:
		return clause.Invalid.At(fieldOf(a.column)).With("detail", notASCII)
	case !a.holds(s):
		return clause.Invalid.At(fieldOf(a.column)).With("detail", notText)
	}
	return tooLong(a.column, a.most)
}

var (
	notASCII = clause.Text{ZH: "只能使用可见的 ASCII 字符，且不能以空格结尾", EN: "only visible ASCII characters are accepted, without a space at the end"}
	notText  = clause.Text{ZH: "须为有效的 UTF-8 文本，不含 NUL 字符", EN: "only valid UTF-8 text without NUL characters is accepted"}
)

func tooLong(column string, most int) error {
	return clause.Invalid.At(fieldOf(column)).With("detail", clause.Text{
		ZH: fmt.Sprintf("最多 %d 个字符", most), EN: fmt.Sprintf("at most %d characters are accepted", most)})
}

// fieldOf returns the API's name of a column.
func fieldOf(column string) string {
	words := strings.Split(column, "_")
	for i, w := range words[1:] {
		if w != "" {
			words[i+1] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "")
}

// refusedByField converts an error of ent's own validation (a text that is too
// long for its column, an invalid enum value) to a refusal at the field. If the
// field wasn't given at all, the error is a programming error and stays as it
// is.
func refusedByField(err error, given func(name string) bool) error {
	var v *db.ValidationError
	if !errors.As(err, &v) || !given(v.Name) {
		return err
	}
	return clause.Invalid.At(fieldOf(v.Name)).With("detail", clause.Text{ZH: "过长，或不是可用的值", EN: "it is too long, or not one of the permitted values"}).Because(err)
}

// maxPlans is the maximum number of statements whose placeholders are cached.
const maxPlans = 2000

var (
	plans     sync.Map // query -> []slot
	planCount atomic.Int64
)

func slotsOf(query string) []slot {
	if s, ok := plans.Load(query); ok {
		return s.([]slot)
	}
	s := readSlots(query)
	if planCount.Load() < maxPlans {
		if _, loaded := plans.LoadOrStore(query, s); !loaded {
			planCount.Add(1)
		}
	}
	return s
}

// surelyFits is a length up to which printable ASCII fits every column that a
// hand-written statement fills. Ent checks the columns of its own statements.
const surelyFits = 40

// fitted converts arguments to values that both engines store in the same way:
// times in UTC and whole microseconds, and texts that their columns can hold.
func fitted(query string, args []any) ([]any, error) {
	var slots []slot
	for i, a := range args {
		s, ok := "", true
		switch v := a.(type) {
		case time.Time:
			if stored := v.UTC().Truncate(time.Microsecond); stored != v { // otherwise it stays where it is
				args[i] = stored
			}
			continue
		case *time.Time:
			if v != nil {
				args[i] = v.UTC().Truncate(time.Microsecond)
			}
			continue
		case string:
			s = v
		case *string:
			if v != nil {
				s = *v
			}
		case sql.NullString:
			s = v.String
		case nil, int, int64, bool, []byte:
			continue
		default:
			r := reflect.ValueOf(a)
			if ok = r.Kind() == reflect.String; ok {
				s = r.String()
			}
		}
		if !ok || len(s) <= surelyFits && printable(s) == len(s) {
			continue
		}
		if slots == nil {
			slots = slotsOf(query)
		}
		var at slot
		if i < len(slots) {
			at = slots[i]
		}
		switch {
		case at.writes:
			if err := at.column.refuse(s); err != nil {
				return nil, err
			}
		case !at.column.holds(s):
			args[i] = at.column.impossible(s)
		}
	}
	return args, nil
}
