package proof_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"portico/clause"
	"portico/portaltest"
)

// strange are texts that a client may send by mistake or on purpose, each with
// its name.
var strange = []struct{ name, text string }{
	{"Chinese", "应用"},
	{"an id that ends in Chinese", "appl_应用"},
	{"beyond the BMP", "😀𠮷"},
	{"NUL", "a\x00b"},
	{"control characters", "a\x1b[31m\x07"},
	{"a lone combining character", "\u0301"},
	{"a space at its end", "appl_01 "},
	{"10,000 letters", strings.Repeat("a", 10_000)},
	{"10,000 characters of Chinese", strings.Repeat("应", 10_000)},
}

// leaf is one place in an operation's input that takes text.
type leaf struct {
	operation string
	// path leads to the leaf from the arguments; a list on it has one element.
	path []string
}

func (l leaf) String() string { return l.operation + "." + strings.Join(l.path, ".") }

// leaves returns all places of a root field's arguments that take text:
// strings, IDs, and scalars that are written as text. An input that contains
// itself is walked once.
func leaves(f *ast.FieldDefinition) []leaf {
	var all []leaf
	var walk func(t *ast.Type, path []string, above []string)
	walk = func(t *ast.Type, path, above []string) {
		d := published().Types[t.Name()]
		switch {
		case d.Kind == ast.InputObject && !slices.Contains(above, d.Name):
			for _, g := range d.Fields {
				walk(g.Type, append(slices.Clip(path), g.Name), append(slices.Clip(above), d.Name))
			}
		case d.Kind == ast.Scalar && !slices.Contains([]string{"Int", "Float", "Boolean", "Upload"}, d.Name):
			all = append(all, leaf{f.Name, path})
		}
	}
	for _, a := range f.Arguments {
		walk(a.Type, []string{a.Name}, nil)
	}
	return all
}

// wanting returns a value for a field that has none, so that the fields beside
// it are checked.
func wanting(t *ast.Type) any {
	d := published().Types[t.Name()]
	var v any
	switch {
	case d.Kind == ast.InputObject:
		in := input{}
		for _, f := range d.Fields {
			if f.Type.NonNull {
				in[f.Name] = wanting(f.Type)
			}
		}
		v = in
	case d.Kind == ast.Enum:
		v = d.EnumValues[0].Name
	case d.Name == "Int":
		v = 1
	case d.Name == "Boolean":
		v = true
	case d.Name == "Time":
		v = "2026-03-02T02:00:00Z"
	default:
		v = "1"
	}
	if t.Elem != nil {
		return []any{v}
	}
	return v
}

// put sets the leaf of a value to a text, and adds the values around it.
func put(at any, t *ast.Type, path []string, text string) any {
	if t.Elem != nil {
		list, _ := at.([]any)
		if len(list) == 0 {
			list = []any{nil}
		}
		return append([]any{put(list[0], t.Elem, path, text)}, list[1:]...)
	}
	if len(path) == 0 {
		return text
	}
	in, ok := at.(input)
	if !ok {
		in = wanting(t).(input)
	}
	in[path[0]] = put(in[path[0]], published().Types[t.Name()].Fields.ForName(path[0]).Type, path[1:], text)
	return in
}

// spoilt returns valid arguments of an operation, except for one text.
func (s *stage) spoilt(f *ast.FieldDefinition, l leaf, by *portaltest.Actor, text string) map[string]any {
	args := operations[f.Name].args(s, s.subject(f.Name), by)
	if in, ok := args["input"].(input); ok && l.path[min(1, len(l.path)-1)] == "audience" { // an input has one kind of audience only
		in["audience"], in["channels"] = input{}, []any{"IN_SITE"}
	}
	args[l.path[0]] = put(args[l.path[0]], f.Arguments.ForName(l.path[0]).Type, l.path[1:], text)
	return args
}

// broke reports whether an answer has an internal error.
func broke(r portaltest.Response) bool {
	root, below := refusals(r)
	return r.Status >= http.StatusInternalServerError || slices.ContainsFunc(append(root, below...), func(r codeAt) bool { return r.code == "INTERNAL" || r.code == "" })
}

// TestEveryTextIsTakenOrRefusedWithACode sends every kind of text to every
// place that takes text. It is accepted or refused with a code, the same on
// both engines, and nothing fails.
func TestEveryTextIsTakenOrRefusedWithACode(t *testing.T) {
	t.Parallel()
	answers := make([][]string, len(portaltest.Engines))
	t.Run("engines", func(t *testing.T) {
		for i, engine := range portaltest.Engines {
			t.Run(engine, func(t *testing.T) {
				t.Parallel()
				w := portaltest.New(t, engine)
				answers[i] = newStage(w).fuzz(t)
				if n := len(answers[i]); n < 800 {
					t.Errorf("only %d cases", n)
				} else {
					t.Logf("%d cases", n)
				}
				sound(t, w, "after every text")
			})
		}
	})
	for _, other := range answers[1:] {
		if diff := cmp.Diff(answers[0], other); diff != "" && len(answers[0]) > 0 && len(other) > 0 {
			t.Errorf("the engines answer differently (-%s, +others):\n%s", portaltest.Engines[0], diff)
		}
	}
}

func (s *stage) fuzz(t *testing.T) (answers []string) {
	s.a.furnish()
	for _, f := range append(fields(published().Query), fields(published().Mutation)...) {
		for _, l := range leaves(f) {
			for _, kind := range strange {
				by := s.able(f.Name)
				args := s.spoilt(f, l, by, kind.text)
				s.Wall.Advance(2 * time.Minute)
				r := s.Send(by, document(f.Name, args, shape{first: 1, depth: 1}), args)
				if broke(r) {
					t.Errorf("%s, %s: %.600s", l, kind.name, r.Raw)
				}
				got := result(r)
				if strings.HasPrefix(got, "done") {
					operations[f.Name].doneBy(s.subject(f.Name), by)
				}
				answers = append(answers, fmt.Sprintf("%s, %s: %s", l, kind.name, got))
			}
		}
	}
	return append(append(answers, s.fuzzFilters(t)...), s.fuzzPages(t)...)
}

// ways lead to the types, other than Account, whose fields take a text.
var ways = map[string]string{
	"Account": "",
	"Plan":    "products(first: 2) { nodes { plans { %s { id } } } }",
	"Terms":   "terms(kind: SERVICE_TERMS) { %s { number } }",
}

// fuzzFilters sends the texts to the arguments of fields below the root.
func (s *stage) fuzzFilters(t *testing.T) (answers []string) {
	for _, d := range definitions(published()) {
		if d.Kind != ast.Object || d == published().Query || d == published().Mutation || d == published().Subscription {
			continue
		}
		for _, f := range fields(d) {
			for _, l := range leaves(f) {
				if slices.Contains([]string{"Viewer", "Group", "Application"}, d.Name) && len(l.path) == 1 && (l.path[0] == "after" || l.path[0] == "before") {
					continue // the same as those of Account
				}
				way, known := ways[d.Name]
				if !known {
					t.Errorf("%s.%s: say how it is tried", d.Name, l)
					continue
				}
				for _, kind := range strange {
					argument := f.Arguments.ForName(l.path[0])
					args := map[string]any{"id": s.a.account, "v": put(nil, argument.Type, l.path[1:], kind.text)}
					doc := fmt.Sprintf("query($id: ID!, $v: %s) { account(id: $id) { id } %s }", argument.Type, fmt.Sprintf(way, fmt.Sprintf("%s(%s: $v)", f.Name, argument.Name)))
					if d.Name == "Account" {
						doc = fmt.Sprintf("query($id: ID!, $v: %s) { account(id: $id) { %s(%s: $v) { nodes { __typename } } } }", argument.Type, f.Name, argument.Name)
					}
					r := s.Send(s.a.owner, doc, args)
					if broke(r) {
						t.Errorf("%s.%s, %s: %.600s", d.Name, l, kind.name, r.Raw)
					}
					answers = append(answers, fmt.Sprintf("%s.%s, %s: %s", d.Name, l, kind.name, result(r)))
				}
			}
		}
	}
	return answers
}

// fuzzPages sends the texts as the last element of every path that the server
// has beside the API.
func (s *stage) fuzzPages(t *testing.T) (answers []string) {
	for _, page := range []struct{ method, path, query string }{
		{http.MethodGet, "/notices/", ""}, {http.MethodGet, "/notices", "?before="}, {http.MethodGet, "/notices", "?after="},
		{http.MethodGet, "/files/", ""}, {http.MethodGet, "/invoices/", ""}, {http.MethodGet, "/sandbox/pay/", ""},
		{http.MethodPost, "/sandbox/pay/", ""}, {http.MethodPost, "/payments/", ""},
	} {
		for _, kind := range strange {
			target := page.path + page.query + url.QueryEscape(kind.text)
			if page.query == "" {
				target = page.path + url.PathEscape(kind.text)
			}
			for _, by := range []*portaltest.Actor{nil, s.a.owner} {
				r := httptest.NewRequest(page.method, target, strings.NewReader("payer="+url.QueryEscape(kind.text)))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				if by != nil {
					r.Header.Set("Authorization", "Bearer "+s.Begin(by))
				}
				rec := httptest.NewRecorder()
				s.Handler().ServeHTTP(rec, r)
				if rec.Code >= http.StatusInternalServerError {
					t.Errorf("%s %.100s: %d", page.method, target, rec.Code)
				}
				answers = append(answers, fmt.Sprintf("%s %.100s, %s: %d", page.method, target, kind.name, rec.Code))
			}
		}
	}
	return answers
}

// halfWidth matches a Western punctuation mark beside a Chinese character.
var halfWidth = regexp.MustCompile(`\p{Han}[,;:!?]|[,;:!?] ?\p{Han}`)

func TestChineseTextHasFullWidthMarks(t *testing.T) {
	for code, r := range clause.All() {
		texts := []clause.Text{r.Text, r.Plain}
		if r.Remedy != nil {
			texts = append(texts, r.Remedy.Text)
		}
		for _, text := range texts {
			if m := halfWidth.FindString(text.ZH); m != "" {
				t.Errorf("%s: %q in %q", code, m, text.ZH)
			}
		}
	}
}
