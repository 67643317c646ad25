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

// This file is the guard at the door to the data: every value of every
// statement, ent's and those written by hand, is held to the alphabet of its
// column, the same on both engines.
//
// A column in ASCII (ids, codes, numbers, hashes) takes printable ASCII that
// doesn't end in a space; any other column of text takes UTF-8 without NUL; and
// each at most as many characters as it was declared with. What is written and
// doesn't fit is INVALID_INPUT at the column's name. What is only compared and
// can't be in the column is replaced by a text that can't be there either and
// has the same place in its order: the statement finds nothing, instead of
// failing on one engine (MariaDB refuses to compare ASCII with anything else) or
// finding too much (MariaDB ignores spaces at the end).

// alphabet is what a column of text takes.
type alphabet struct {
	column string
	ascii  bool
	// most is how many characters it holds; 0 where that is not bounded.
	most int
}

// alphabets are the columns of text by table and name, as ent/schema has them.
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
	// beyondASCII sorts after all that a column in ASCII may hold.
	beyondASCII = "\x7f"
	// beyondText is in no text.
	beyondText = "\x00"
)

// printable is how many bytes of a text, from its start, a column in ASCII may
// hold; all of them, if it may hold the text.
func printable(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return i
		}
	}
	return len(strings.TrimRight(s, " "))
}

// impossible returns a text that the column can't hold either, in its order at
// the place of one that it can't hold.
func (a *alphabet) impossible(s string) string {
	if a != nil && a.ascii {
		return s[:printable(s)] + beyondASCII
	}
	s = strings.ToValidUTF8(s, beyondText)
	return s[:strings.IndexByte(s, 0)] + beyondText
}

// holds reports whether a column may hold a text, whatever its length; nil is a
// column that is not known.
func (a *alphabet) holds(s string) bool {
	if a != nil && a.ascii {
		return printable(s) == len(s)
	}
	return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}

// refuse says what is wrong with a text that is written to the column, nil if
// nothing is.
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
	notASCII = clause.Text{ZH: "只能使用可见的 ASCII 字符，且不能以空格结尾", EN: "it takes visible ASCII characters only, and no space at the end"}
	notText  = clause.Text{ZH: "须为有效的 UTF-8 文本，不含 NUL 字符", EN: "it takes valid UTF-8 text without NUL characters"}
)

func tooLong(column string, most int) error {
	return clause.Invalid.At(fieldOf(column)).With("detail", clause.Text{
		ZH: fmt.Sprintf("最多 %d 个字符", most), EN: fmt.Sprintf("it takes at most %d characters", most)})
}

// fieldOf is the API's spelling of a column's name.
func fieldOf(column string) string {
	words := strings.Split(column, "_")
	for i, w := range words[1:] {
		if w != "" {
			words[i+1] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "")
}

// refusedByField makes of what ent's own check of a field refuses (a text longer
// than its column, no value of an enum) a refusal at that field. A field that
// was not given at all stays a mistake of ours.
func refusedByField(err error, given func(name string) bool) error {
	var v *db.ValidationError
	if !errors.As(err, &v) || !given(v.Name) {
		return err
	}
	return clause.Invalid.At(fieldOf(v.Name)).With("detail", clause.Text{ZH: "过长，或不是可用的值", EN: "it is too long, or none of its values"}).Because(err)
}

// maxPlans bounds the statements whose placeholders are remembered.
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

// surelyFits is the length up to which printable ASCII fits into every column
// that a statement written by hand fills; ent checks its own.
const surelyFits = 40

// fitted makes arguments what both engines keep alike: times in UTC, whole
// microseconds, and texts that their columns can hold.
func fitted(query string, args []any) ([]any, error) {
	var slots []slot
	for i, a := range args {
		s, ok := "", true
		switch v := a.(type) {
		case time.Time:
			args[i] = v.UTC().Truncate(time.Microsecond)
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
