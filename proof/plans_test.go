package proof_test

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"
	"github.com/vektah/gqlparser/v2/ast"

	"portico/authz"
	"portico/ent/db/migrate"
	"portico/portaltest"
)

const (
	// copies is how many rows each table gets; two of three belong to the
	// account.
	copies = 900
	// mostRead is how many rows of one table a statement may read: a page and
	// the rows filtered out of it, or the batch of a job.
	mostRead = 220
)

// small are tables that may be read in full, since they don't grow with
// customers.
var small = map[string]string{
	"products": "the catalogue", "plans": "the catalogue", "prices": "the catalogue", "terms": "the agreement's documents",
	"roles": "an account's roles are few", "leases": "one a job", "sequences": "one a series", "sandbox_clocks": "one",
	"operators": "the provider's people", "service_keys": "the provider's programs", "portico_migration": "the migrations",
	"former_names": "how often companies are renamed", "access_seals": "the seals in force",
}

// reviewed are statements that may sort what they read, or read more than a
// page; the key is a part of their text.
var reviewed = map[string]string{
	"`action` IN (":                    "what operators opened of one account: by action, and then sorted",
	"`restrictions`.`account_id` IN (": "what restricts one account, and everyone, is few rows, and all of them are read",
	"notice_targets":                   "the notices of the products that one account has, sorted among those for all and for it",
	"SELECT COUNT(`":                   "a total counts up to 10,000 rows, by an index",
	"COUNT(*)":                         "unread notices are counted up to 1,000",
}

// sent is a statement with its values.
type sent struct {
	by, text string
	values   []sqldriver.NamedValue
}

// 5.4: no list, filter or due query reads a whole table, or sorts one.
func TestEveryListAndDueQueryUsesAnIndex(t *testing.T) {
	t.Parallel()
	for _, e := range portaltest.Engines {
		t.Run(e, func(t *testing.T) {
			t.Parallel()
			m := newMeter()
			s := newStage(portaltest.New(t, e, portaltest.Wrapped(m.wrap)))
			many := s.fill(t)
			db := writable(t, s.World)
			grow(t, s, db)
			all := map[string]sent{}
			note := func(by string, f func()) {
				_, texts := m.counted(f)
				for i, text := range texts {
					if strings.HasPrefix(text, "SELECT") || strings.HasPrefix(text, "(SELECT") {
						all[text] = sent{by, text, m.values[i]}
					}
				}
			}
			lists := s.everyList(t, many, note)
			s.everyDue(t, note)
			if lists < 60 || len(all) < 100 {
				t.Errorf("only %d lists and %d statements", lists, len(all))
			}
			t.Logf("%d lists, %d statements", lists, len(all))
			for _, a := range all {
				if why := bare.FindString(a.text); why != "" {
					t.Errorf("%s compares a flag by itself, which no index serves: %q in %s", a.by, why, a.text)
				}
				if why := wasteful(t, db, e, a); why != "" && !excused(a.text) {
					t.Errorf("%s: %s\n%s", a.by, why, a.text)
				}
			}
		})
	}
}

func excused(text string) bool {
	for part := range reviewed {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// bare matches a boolean column that is a condition without an operator.
var bare = func() *regexp.Regexp {
	var flags []string
	for _, table := range migrate.Tables {
		for _, c := range table.Columns {
			if c.Type == field.TypeBool {
				flags = append(flags, c.Name)
			}
		}
	}
	return regexp.MustCompile("(WHERE|AND|OR|NOT) \\(?(`\\w+`\\.)?`(" + strings.Join(flags, "|") + ")`( AND| OR| ORDER| LIMIT|\\)|$)")
}()

// everyList reads every list of the schema: of one account and of several; from
// the start, from the end and after a cursor; with each value of each filter
// alone and with all filters.
func (s *stage) everyList(t *testing.T, many *portaltest.Actor, note func(string, func())) (n int) {
	read := func(name string, by *portaltest.Actor, query string, variables map[string]any) portaltest.Response {
		n++
		var r portaltest.Response
		note(name, func() { r = s.Send(by, query, variables) })
		if len(r.Errors) > 0 {
			t.Errorf("%s: %s", query, r.Raw)
		}
		return r
	}
	const selected = "{ totalCount nodes { __typename } pageInfo { endCursor } }"
	try := func(f *ast.FieldDefinition, by *portaltest.Actor, within, after string, path ...any) {
		for _, filter := range filters(f) {
			args := strings.TrimPrefix(filter+", ", ", ")
			query := within + f.Name + "(" + args + "first: 20) " + selected + after
			r := read(query, by, query, nil)
			query = within + f.Name + "(" + args + "last: 20) { nodes { __typename } }" + after
			read(query, by, query, nil)
			cursor := portaltest.String(portaltest.At(r.Data, path...), "pageInfo", "endCursor")
			if cursor != "" {
				query = within + f.Name + "(" + args + "first: 20, after: \"" + cursor + "\") { nodes { __typename } }" + after
				read(query, by, query, nil)
			}
		}
	}
	for _, f := range fields(published().Types["Account"]) {
		if f.Arguments.ForName("first") != nil {
			try(f, s.a.owner, "{ account(id: \""+s.a.account+"\") { ", " } }", "account", f.Name)
			try(f, many, "{ viewer { accounts(first: 20) { nodes { ", " } } } }")
		}
	}
	for _, f := range fields(published().Types["Viewer"]) {
		if f.Arguments.ForName("first") != nil {
			try(f, many, "{ viewer { ", " } }", "viewer", f.Name)
		}
	}
	for _, f := range fields(published().Query) {
		if f.Arguments.ForName("first") != nil {
			try(f, s.able(f.Name), "{ ", " }", f.Name)
		}
	}
	for _, do := range []string{"ORDER_PLACE", "ACCOUNT_READ", "PAYER_DESIGNATE"} {
		query := `{ whoCan(on: "` + s.a.account + `", do: ` + do + `, first: 20) { totalCount nodes { id } } }`
		read("who can", s.a.owner, query, nil)
	}
	query := `{ account(id: "` + s.a.account + `") { unreadNoticeCount standing { restrictions { code } } balance { cash { amount } } } }`
	read("an account", s.a.owner, query, nil)
	return n
}

// filters returns the filter arguments of a list as written in a document:
// none, each value of each filter alone, and the first value of all.
func filters(f *ast.FieldDefinition) (all []string) {
	var firsts, needed []string
	for _, a := range f.Arguments {
		if slices.Contains([]string{"first", "last", "after", "before"}, a.Name) {
			continue
		}
		values := literals(a.Type)
		firsts = append(firsts, a.Name+": "+values[len(values)-1])
		if a.Type.NonNull {
			needed = append(needed, a.Name+": "+values[0])
			continue
		}
		for _, v := range values {
			all = append(all, a.Name+": "+v)
		}
	}
	if len(needed) > 0 {
		for i := range all {
			all[i] = strings.Join(append(slices.Clone(needed), all[i]), ", ")
		}
		return append(all, strings.Join(needed, ", "))
	}
	return append(append(all, ""), strings.Join(firsts, ", "))
}

// literals returns values of a type as written in a document; for an input
// object, each of its fields alone, and last all of them.
func literals(of *ast.Type) []string {
	if of.Elem != nil {
		var list []string
		for _, v := range literals(of.Elem) {
			list = append(list, "["+v+"]")
		}
		return list
	}
	d := published().Types[of.Name()]
	switch d.Kind {
	case ast.Enum:
		var values []string
		for _, v := range d.EnumValues {
			values = append(values, v.Name)
		}
		return values
	case ast.InputObject:
		var values, together []string
		for _, f := range d.Fields {
			some := literals(f.Type)
			together = append(together, f.Name+": "+some[0])
			for _, v := range some {
				values = append(values, "{"+f.Name+": "+v+"}")
			}
		}
		return append(values, "{"+strings.Join(together, ", ")+"}")
	}
	switch of.Name() {
	case "Boolean":
		return []string{"false", "true"}
	case "Int", "Float":
		return []string{"1"}
	case "Time":
		return []string{`"` + portaltest.Start.Format(time.RFC3339) + `"`}
	case "ID":
		return []string{`"ordr_01J0000000000000000000000X"`}
	}
	return []string{`"text"`}
}

// everyDue asks every job when it is due, and runs each job that has nothing to
// do.
func (s *stage) everyDue(t *testing.T, note func(string, func())) {
	for _, j := range s.Portal.Jobs {
		ctx := authz.With(context.Background(), authz.AsSystem(j.Name))
		note(j.Name, func() {
			at, any, err := j.Next(ctx, s.Portal.Store)
			if err != nil {
				t.Errorf("%s: %v", j.Name, err)
			}
			now := s.Portal.Store.Now()
			if j.OnWall {
				now = s.Portal.Store.Wall()
			}
			if j.Name == "ledger.reconcile" || any && !at.After(now) { // a check may read everything once a day
				return
			}
			if _, err := j.Run(ctx, s.Portal.Store); err != nil {
				t.Errorf("%s: %v", j.Name, err)
			}
		})
	}
}

// wasteful returns what a statement's plan reads in full or sorts; "" if
// nothing.
func wasteful(t *testing.T, db *sql.DB, engine string, a sent) string {
	t.Helper()
	values := make([]any, len(a.values))
	for i, v := range a.values {
		values[i] = v.Value
	}
	if engine == "sqlite" {
		return wastefulSQLite(plan(t, db, "EXPLAIN QUERY PLAN "+a.text, values), a.text)
	}
	return wastefulMariaDB(plan(t, db, "ANALYZE "+a.text, values), a.text)
}

// plan returns the rows of a plan, by column.
func plan(t *testing.T, db *sql.DB, query string, values []any) (steps []map[string]string) {
	t.Helper()
	r, err := db.Query(query, values...)
	if err != nil {
		t.Fatalf("%v: %s", err, query)
	}
	defer func() { _ = r.Close() }()
	columns, err := r.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
		cells, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := r.Scan(into...); err != nil {
			t.Fatal(err)
		}
		step := map[string]string{}
		for i, c := range columns {
			step[c] = cells[i].String
		}
		steps = append(steps, step)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}

var tableNamed = regexp.MustCompile("(?:FROM|JOIN) `?([a-z_]+)`?(?: AS)?(?: `?([a-z_0-9]+)`?)?")

// isSmall reports whether a name in a plan is a small table, an alias of one,
// or the result of a part of the statement.
func isSmall(name, text string) bool {
	if strings.HasPrefix(name, "<") || name == "" {
		return true
	}
	table := name
	if !isTable(name) {
		table = aliases(text)[name]
	}
	_, is := small[table]
	return is || !isTable(table)
}

func isTable(name string) bool {
	return slices.ContainsFunc(migrate.Tables, func(t *schema.Table) bool { return t.Name == name })
}

var aliasesOf sync.Map // of a statement's text -> map[string]string

// aliases returns the tables of a statement by their aliases.
func aliases(text string) map[string]string {
	if known, found := aliasesOf.Load(text); found {
		return known.(map[string]string)
	}
	all := map[string]string{}
	for _, m := range tableNamed.FindAllStringSubmatch(text, -1) {
		all[m[2]] = m[1]
	}
	aliasesOf.Store(text, all)
	return all
}

func wastefulSQLite(steps []map[string]string, text string) string {
	byID := true
	for _, step := range steps {
		words := strings.Fields(step["detail"])
		if len(words) < 2 || words[0] != "SCAN" && words[0] != "SEARCH" || isSmall(words[1], text) {
			continue
		}
		byID = byID && (strings.Contains(step["detail"], "(id=?)") || strings.Contains(step["detail"], " AND id=?)") || byKey(step["detail"]))
		// A scan of an index without a condition reads a page of all rows.
		if words[0] == "SCAN" && (!strings.Contains(step["detail"], "INDEX") || strings.Contains(text, "WHERE")) {
			return step["detail"]
		}
	}
	for _, step := range steps {
		if strings.HasPrefix(step["detail"], "USE TEMP B-TREE FOR ORDER BY") && !byID {
			return step["detail"]
		}
	}
	return ""
}

var indexUsed = regexp.MustCompile(`INDEX (\w+) \((.*)\)`)

// byKey reports whether a step of a plan finds single rows by a unique index.
func byKey(detail string) bool {
	used := indexUsed.FindStringSubmatch(detail)
	return used != nil && slices.ContainsFunc(migrate.Tables, func(t *schema.Table) bool {
		return slices.ContainsFunc(t.Indexes, func(x *schema.Index) bool {
			return x.Unique && x.Name == used[1] && strings.Count(used[2], "=?") == len(x.Columns)
		})
	})
}

func wastefulMariaDB(steps []map[string]string, text string) string {
	for _, step := range steps {
		var read float64
		_, _ = fmt.Sscan(step["r_rows"], &read)
		if isSmall(step["table"], text) {
			continue
		}
		if read > mostRead {
			return fmt.Sprintf("%s: %s by %q reads %.0f rows", step["table"], step["type"], step["key"], read)
		}
		if strings.Contains(step["Extra"], "Using filesort") && read > 2*20 {
			return fmt.Sprintf("%s: %s by %q sorts %.0f rows", step["table"], step["type"], step["key"], read)
		}
	}
	return ""
}
