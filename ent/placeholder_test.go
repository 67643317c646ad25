package ent

import (
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/schema/field"
	"github.com/google/go-cmp/cmp"

	"portico/ent/db/migrate"
)

func TestThePlaceholdersOfEveryColumnAreFound(t *testing.T) {
	n := 0
	for _, table := range migrate.Tables {
		for _, c := range table.Columns {
			if c.Type != field.TypeString && c.Type != field.TypeEnum {
				continue
			}
			n++
			if a := alphabets[table.Name][c.Name]; a.ascii != (c.Collation == "ascii_bin" || c.Type == field.TypeEnum || c.Name == "id") {
				t.Errorf("%s.%s: in ASCII is %v", table.Name, c.Name, a.ascii)
			}
			for _, d := range []string{dialect.MySQL, dialect.SQLite} {
				on, other := entsql.Dialect(d).Table(table.Name), entsql.Dialect(d).Table("leases").As("t1")
				for want, q := range map[string]entsql.Querier{
					c.Name:                         entsql.Dialect(d).Select(on.C("id")).From(on).Where(entsql.EQ(on.C(c.Name), "x")),
					c.Name + " " + c.Name + " job": entsql.Dialect(d).Select("id").From(on).Join(other).On(on.C("id"), other.C("id")).Where(entsql.And(entsql.In(on.C(c.Name), "x", "y"), entsql.GT(other.C("job"), "z"))),
					c.Name + "= id":                entsql.Dialect(d).Update(table.Name).Set(c.Name, "x").Where(entsql.EQ("id", "y")),
					"id= " + c.Name + "= id= " + c.Name + "=": entsql.Dialect(d).Insert(table.Name).Columns("id", c.Name).Values("x", "y").Values("v", "w"),
				} {
					text, args := q.Query()
					if got := Placeholders(text); got != want || len(args) != strings.Count(want, " ")+1 {
						t.Errorf("%s: %q, want %q", text, got, want)
					}
				}
			}
		}
	}
	if n < 200 {
		t.Errorf("only %d columns", n)
	}
}

func TestThePlaceholdersOfStatementsByHandAreFound(t *testing.T) {
	for query, want := range map[string]string{
		"INSERT INTO usage_totals (id, account_id, metric, hour) VALUES (?, ?, ?, ?), (?, ?, ?, ?) ON DUPLICATE KEY UPDATE level_at = ?, metric = ?": "id= account_id= metric= - id= account_id= metric= - - metric=",
		"INSERT INTO leases (id, job) VALUES (?, ?) ON CONFLICT (job) DO UPDATE SET holder = ? WHERE job <> ?":                                       "id= job= holder= job",
		"update usage_periods SET events = events + CASE id WHEN ? THEN ? ELSE 0 END WHERE id IN (?, ?) AND account_id IN (?) AND status = 'OPEN'":   "- - id id account_id",
		"SELECT id FROM (SELECT id FROM audit_events WHERE account_id = ? AND (`action` = ?) ORDER BY at DESC, id DESC LIMIT ?) AS part":             "account_id action id",
	} {
		if diff := cmp.Diff(want, Placeholders(query)); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
}

func TestWhatAColumnCannotHoldKeepsItsPlaceInItsOrder(t *testing.T) {
	ascii := &alphabet{column: "id", ascii: true, most: 40}
	for _, s := range []string{"appl_应用", "应用", "a\x00", "a\x7fb", "😀"} {
		got := ascii.impossible(s)
		if ascii.holds(s) || ascii.holds(got) || got != ascii.impossible(got) {
			t.Errorf("%q became %q", s, got)
		}
		for _, other := range []string{"", "a", "a!", "appl_", "appl_z", "b", "~"} {
			if s[0] != 'a' || s[1] >= 0x80 { // a control character sorts before every value of the column
				if (other < s) != (other < got) {
					t.Errorf("%q isn't where %q is: %q", got, s, other)
				}
			}
		}
	}
	for s, holds := range map[string]bool{"": true, "a b": true, "~": true, "a ": false, " a": true, "\t": false, "é": false} {
		if ascii.holds(s) != holds {
			t.Errorf("%q: %v", s, !holds)
		}
	}
	text := &alphabet{column: "name", most: 3}
	for s, refused := range map[string]bool{"": false, "柏柏柏": false, "柏柏柏柏": true, "a\x00": true, "\xff": true, "𠮷 ": false} {
		if err := text.refuse(s); (err != nil) != refused {
			t.Errorf("%q: %v", s, err)
		}
	}
}
