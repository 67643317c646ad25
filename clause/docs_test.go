package clause_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"portico/clause"
)

// row is a row of docs/terms.md.
type row struct {
	clause     clause.Ref
	title      string
	kind       clause.Kind
	operations []string
	tests      []string
	state      string
}

// sources are the names to which the rows may refer.
type sources struct {
	fields map[string]map[string]bool // fields by type of the schema
	tests  map[string]bool            // test functions and names of subtests
	texts  map[string]bool            // string literals of portal/, for the names of jobs
}

func TestDocsTermsHasARowForEachClause(t *testing.T) {
	root := repository(t)
	text, err := os.ReadFile(filepath.Join(root, "docs", "terms.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range check(string(text), readSources(t, root)) {
		t.Error(problem)
	}
}

func TestDocsTermsProblemsAreFound(t *testing.T) {
	src := sources{
		fields: map[string]map[string]bool{"Mutation": {"placeOrder": true}, "Account": {"standing": true}},
		tests:  map[string]bool{"TestArrears": true, "3.8: on day eight of arrears paid services stop": true},
		texts:  map[string]bool{"arrears": true},
	}
	var whole strings.Builder
	for _, c := range clause.Table {
		state := "not yet"
		if c.Kind == clause.Words {
			state = "done"
		}
		fmt.Fprintf(&whole, "| %s | %s | %s | | | %s |\n", c.Ref, c.Title.EN, c.Kind, state)
	}
	const was = "| 3.8 | Arrears and suspension of services | enforced | | | not yet |\n"
	with := func(line string) string { return strings.Replace(whole.String(), was, line, 1) }
	for name, text := range map[string]string{
		"not yet":          whole.String(),
		"an operation":     with("| 3.8 | Arrears and suspension of services | enforced | `placeOrder`, `Account.standing` | `TestArrears` | partly: no appeal |\n"),
		"a job, a subtest": with("| 3.8 | Arrears and suspension of services | enforced | `job:arrears` | `3.8: on day eight of arrears paid services stop` | done |\n"),
	} {
		if got := check(text, src); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
	for name, text := range map[string]string{
		"the row is missing":     with(""),
		"the row is there twice": with(was + was),
		"the clause is unknown":  with(was + "| 3.10 | More | text | | | not yet |\n"),
		"the kind differs":       with(strings.Replace(was, "enforced", "recorded", 1)),
		"the title differs":      with(strings.Replace(was, "Arrears", "Debts", 1)),
		"the state is unknown":   with(strings.Replace(was, "not yet", "soon", 1)),
		"a cell is missing":      with("| 3.8 | Arrears and suspension of services | enforced | | not yet |\n"),
		"text isn't shown":       strings.Replace(whole.String(), "| text | | | done |", "| text | | | not yet |", 1),
		"the operation is none":  with("| 3.8 | Arrears and suspension of services | enforced | `payLater` | `TestArrears` | done |\n"),
		"the field is none":      with("| 3.8 | Arrears and suspension of services | enforced | `Account.mood` | `TestArrears` | done |\n"),
		"the job is none":        with("| 3.8 | Arrears and suspension of services | enforced | `job:nap` | `TestArrears` | done |\n"),
		"the test is none":       with("| 3.8 | Arrears and suspension of services | enforced | `placeOrder` | `TestNothing` | done |\n"),
		"done without operation": with("| 3.8 | Arrears and suspension of services | enforced | | `TestArrears` | done |\n"),
		"done without test":      with("| 3.8 | Arrears and suspension of services | enforced | `placeOrder` | | partly: untested |\n"),
		"named but without code": with("| 3.8 | Arrears and suspension of services | enforced | placeOrder | `TestArrears` | done |\n"),
	} {
		if got := check(text, src); len(got) == 0 {
			t.Errorf("%s: not seen", name)
		}
	}
}

func TestSourcesAreRead(t *testing.T) {
	sdl := "\"\"\"\ntype Mutation { fake: Int }\n\"\"\"\nextend type Mutation {\n  \"says {x}\"\n  placeOrder(\n    input: PlaceOrderInput! # fee: no\n  ): PlaceOrderPayload! @can(do: ORDER_PLACE)\n}\ninput PlaceOrderInput { planId: ID! }\ntype Account implements Node & Tenant @key(fields: \"id\") {\n  standing: Standing\n}\n"
	fields := map[string]map[string]bool{}
	readSDL(sdl, fields)
	if !fields["Mutation"]["placeOrder"] || !fields["Account"]["standing"] {
		t.Errorf("fields are missing: %v", fields)
	}
	if fields["Mutation"]["fake"] || fields["Mutation"]["input"] || fields["PlaceOrderInput"] != nil || len(fields) != 2 {
		t.Errorf("what is no field was taken for one: %v", fields)
	}
	tests := map[string]bool{}
	readTests("func TestOne(t *testing.T) {\n\tt.Run(\"3.8: day eight\", func(t *testing.T) {})\n}\nfunc helper() {}\nfunc Test_x(t *testing.T) {}\n", tests)
	if !tests["TestOne"] || !tests["3.8: day eight"] || !tests["Test_x"] || len(tests) != 3 {
		t.Errorf("tests: %v", tests)
	}
}

// check returns what is wrong with the rows of docs/terms.md.
func check(text string, src sources) []string {
	var problems []string
	wrong := func(r clause.Ref, format string, args ...any) {
		problems = append(problems, string(r)+": "+fmt.Sprintf(format, args...))
	}
	rows := map[clause.Ref]row{}
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| clause |") {
			continue
		}
		r, err := readRow(line)
		if err != nil {
			wrong("row", "%v", err)
			continue
		}
		if _, twice := rows[r.clause]; twice {
			wrong(r.clause, "has two rows")
		}
		rows[r.clause] = r
		c, ok := clause.Lookup(r.clause)
		if !ok {
			wrong(r.clause, "is no clause")
			continue
		}
		if r.kind != c.Kind || r.title != c.Title.EN {
			wrong(r.clause, "is %q, %s; the table has %q, %s", r.title, r.kind, c.Title.EN, c.Kind)
		}
		checkRow(r, src, func(format string, args ...any) { wrong(r.clause, format, args...) })
	}
	for _, c := range clause.Table {
		if _, ok := rows[c.Ref]; !ok {
			wrong(c.Ref, "has no row")
		}
	}
	return problems
}

func checkRow(r row, src sources, wrong func(string, ...any)) {
	for _, op := range r.operations {
		typ, field, qualified := strings.Cut(op, ".")
		job, isJob := strings.CutPrefix(op, "job:")
		switch {
		case isJob && !src.texts[job]:
			wrong("names the job %q, which portal/ doesn't", job)
		case isJob:
		case qualified && !src.fields[typ][field]:
			wrong("names %s, which no .graphql file has", op)
		case !qualified && !src.fields["Query"][op] && !src.fields["Mutation"][op] && !src.fields["Subscription"][op]:
			wrong("names %s, which no .graphql file has", op)
		}
	}
	for _, name := range r.tests {
		if !src.tests[name] {
			wrong("names the test %q, which isn't there", name)
		}
	}
	state, missing, _ := strings.Cut(r.state, ":")
	switch {
	case r.state == "not yet" && r.kind == clause.Words:
	case r.state == "not yet":
		return
	case r.state == "done", state == "partly" && strings.TrimSpace(missing) != "":
	default:
		wrong("has the state %q", r.state)
	}
	if r.kind == clause.Words && r.state != "done" {
		wrong("is text, which `terms` shows, yet %s", r.state)
	}
	if r.kind == clause.Enforced && (len(r.operations) == 0 || len(r.tests) == 0) {
		wrong("is enforced and %s, yet names no operation or no test", r.state)
	}
}

var code = regexp.MustCompile("`([^`]+)`")

func readRow(line string) (row, error) {
	cells := strings.Split(strings.Trim(line, " |\t"), "|")
	if strings.Count(line, "|") != 7 || len(cells) != 6 {
		return row{}, fmt.Errorf("not six cells: %s", line)
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	r := row{clause: clause.Ref(cells[0]), title: cells[1], kind: clause.Kind(cells[2]), state: cells[5]}
	for i, list := range []*[]string{&r.operations, &r.tests} {
		cell := cells[3+i]
		for _, m := range code.FindAllStringSubmatch(cell, -1) {
			*list = append(*list, m[1])
		}
		if rest := strings.Trim(code.ReplaceAllString(cell, ""), ", "); rest != "" {
			return row{}, fmt.Errorf("%q stands outside backticks: %s", rest, line)
		}
	}
	return r, nil
}

// repository returns the folder of go.mod.
func repository(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above this folder")
		}
		dir = filepath.Dir(dir)
	}
}

func readSources(t *testing.T, root string) sources {
	t.Helper()
	src := sources{fields: map[string]map[string]bool{}, tests: map[string]bool{}, texts: map[string]bool{}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "data" || name == "tmp") {
			return fs.SkipDir
		}
		where, _ := filepath.Rel(root, path)
		where = filepath.ToSlash(where)
		isSDL := strings.HasPrefix(where, "graph/") && strings.HasSuffix(where, ".graphql")
		isTest := strings.HasSuffix(where, "_test.go") && where != "clause/docs_test.go"
		isPortal := strings.HasPrefix(where, "portal/") && strings.HasSuffix(where, ".go") && !isTest
		if d.IsDir() || !isSDL && !isTest && !isPortal {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch {
		case isSDL:
			readSDL(string(text), src.fields)
		case isTest:
			readTests(string(text), src.tests)
		default:
			for _, m := range literal.FindAllStringSubmatch(string(text), -1) {
				src.texts[m[1]] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

var (
	literal     = regexp.MustCompile(`"([a-z][a-z0-9._-]*)"`)
	testName    = regexp.MustCompile(`(?m)^func (Test\w*)\(`)
	runName     = regexp.MustCompile("\\.Run\\((?:\"([^\"]+)\"|`([^`]+)`),")
	description = regexp.MustCompile(`(?s)""".*?"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*`)
	arguments   = regexp.MustCompile(`\([^()]*\)`)
	objectType  = regexp.MustCompile(`(?:^|\s)type\s+(\w+)[^{}]*\{([^{}]*)\}`)
	fieldName   = regexp.MustCompile(`(\w+)\s*:`)
)

func readTests(text string, into map[string]bool) {
	for _, m := range testName.FindAllStringSubmatch(text, -1) {
		into[m[1]] = true
	}
	for _, m := range runName.FindAllStringSubmatch(text, -1) {
		into[m[1]+m[2]] = true
	}
}

// readSDL collects the fields of the object types, without descriptions,
// comments and arguments.
func readSDL(text string, into map[string]map[string]bool) {
	text = description.ReplaceAllString(text, " ")
	for arguments.MatchString(text) {
		text = arguments.ReplaceAllString(text, " ")
	}
	for _, m := range objectType.FindAllStringSubmatch(text, -1) {
		if into[m[1]] == nil {
			into[m[1]] = map[string]bool{}
		}
		for _, f := range fieldName.FindAllStringSubmatch(m[2], -1) {
			into[m[1]][f[1]] = true
		}
	}
}
