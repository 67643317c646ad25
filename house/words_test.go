package house_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// scope is where a word is looked for.
type scope int

const (
	comments     scope = 1 << iota // comments of Go files
	testComments                   // comments of Go tests
	graphql                        // *.graphql
	markdown                       // *.md
	names                          // names that Go files declare
	testNames                      // names that Go tests declare
	fieldNames                     // fields of Go structs
	packageNames                   // names of Go packages
	fileNames                      // names of Go files, without .go and _test.go
	columns                        // fields of the entities in ent/schema; a storage key may be any word

	prose = comments | graphql | markdown
)

// retired are words that are no longer used.
type retired struct {
	in scope
	// words are separated by |; a * matches any letters. In prose a word is
	// matched in upper and lower case, and a space also matches a line break. A
	// name is matched exactly.
	words string
	// instead is what to say.
	instead string
	// below is the folder where the words aren't used; "" is the whole tree.
	below string
}

// retiredWords is the table of words that are no longer used. To retire a word,
// add a line.
var retiredWords = []retired{
	{in: prose, words: "tells whether", instead: "reports whether"},
	{in: prose, words: "says whether", instead: "reports whether, states whether"},
	{in: prose, words: "nobody's", instead: "of no person, of no account, unattributed"},
	{in: prose, words: "nought", instead: "zero"},
	{in: prose, words: "whatever becomes of", instead: "regardless of"},
	{in: prose, words: "is to be had", instead: "is available"},
	{in: prose, words: "as far as that goes", instead: "if possible"},
	{in: prose, words: "save where", instead: "except where"},
	{in: packageNames, words: "act", instead: "command"},
	{in: names, words: "Afresh", instead: "ReloadPrincipal"},
	{in: names, words: "sibling|siblings|Sibling|Siblings", instead: "batch"},
	{in: names | fileNames, words: "hot_*", instead: "statement"},
	{in: names | fileNames, words: "puzzle*", instead: "captcha, captchaFixture"},
	{in: names | fileNames, words: "purse|Purse", instead: "balance, balances"},
	{in: fileNames, words: "more", instead: "what the file holds, as routes"},
	{in: names, words: "told|said", instead: "what it holds, as refusals, codes, requests"},
	{in: testNames, words: "seen", instead: "what it holds, as refusals, codes, requests"},
	{in: columns, words: "turn|revision", instead: "version, with the storage key that is there"},
	{in: fieldNames, words: "turn|Turn|revision|Revision", instead: "version", below: "ent"},
	{in: fieldNames, words: "turn|Turn|revision|Revision", instead: "version", below: "portal"},
	{in: names, words: "press|Press|sheet|Sheet|paper|Paper", instead: "printer, content, canvas", below: "portal/finance/invoice"},
	{in: names, words: "Hold", instead: "LockBalance; a hold is money reserved", below: "portal/finance/ledger"},
}

// foreignText are texts that the project doesn't write.
var foreignText = []place{
	{"portal/customer/agreement/demo", "it is the agreement's own text"},
}

// words finds the retired words of a table.
type words struct {
	*tree
	table []retired
	// inProse and asName match the word of each row.
	inProse, asName []*regexp.Regexp
}

// wordsOf prepares a table for a tree.
func wordsOf(tr *tree, table []retired) words {
	w := words{tree: tr, table: table}
	for _, r := range table {
		w.inProse = append(w.inProse, regexp.MustCompile(`(?i)\b(?:`+strings.NewReplacer(" ", `[\s/*#]+`, "*", `\w*`).Replace(r.words)+`)\b`))
		w.asName = append(w.asName, regexp.MustCompile(`^(?:`+strings.ReplaceAll(r.words, "*", `\w*`)+`)$`))
	}
	return w
}

// applies reports whether a row of the table applies to a file.
func (r retired) applies(in scope, path string) bool {
	return r.in&in != 0 && (r.below == "" || within(path, r.below))
}

// Comments, documents and names use the terms of the field.
func TestWordsThatAreNoLongerUsed(t *testing.T) {
	w := wordsOf(read(t, root), retiredWords)
	w.find(t)
	report(t, w.tree)
}

// find adds a fault for each retired word of the tree.
func (w words) find(t *testing.T) {
	t.Helper()
	for _, s := range w.files {
		if s.generated || within(s.path, "ent/db") {
			continue
		}
		w.inNames(s)
		w.inColumns(s)
		file := w.fset.File(s.file.FileStart)
		text, err := os.ReadFile(filepath.Join(w.root, filepath.FromSlash(s.path)))
		if err != nil {
			t.Fatal(err)
		}
		for _, group := range s.file.Comments {
			in := comments
			if s.test {
				in |= testComments
			}
			w.inText(in, s.path, string(text[file.Offset(group.Pos()):file.Offset(group.End())]), file.Line(group.Pos()))
		}
	}
	err := filepath.WalkDir(w.root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); p != w.root && (strings.HasPrefix(name, ".") || slices.Contains([]string{"testdata", "node_modules", "data", "bin", "tmp"}, name)) {
				return fs.SkipDir
			}
			return nil
		}
		in := map[string]scope{".graphql": graphql, ".md": markdown}[filepath.Ext(p)]
		rel, err := filepath.Rel(w.root, p)
		if err != nil || in == 0 || excused(filepath.ToSlash(rel), foreignText) {
			return err
		}
		text, err := os.ReadFile(p)
		w.inText(in, filepath.ToSlash(rel), string(text), 1)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// inText adds a fault for each retired word of a text that starts at a line.
func (w words) inText(in scope, path, text string, line int) {
	for i, r := range w.table {
		if !r.applies(in, path) {
			continue
		}
		for _, at := range w.inProse[i].FindAllStringIndex(text, -1) {
			w.faults = append(w.faults, fmt.Sprintf("%s:%d: %q is no longer used; say %s", path, line+strings.Count(text[:at[0]], "\n"), text[at[0]:at[1]], r.instead))
		}
	}
}

// inNames adds a fault for each retired word in a file's name and in the names
// that it declares.
func (w words) inNames(s source) {
	w.inName(s, fileNames, strings.TrimSuffix(strings.TrimSuffix(path.Base(s.path), ".go"), "_test"), s.file.Name.Pos())
	w.inName(s, packageNames, strings.TrimSuffix(s.file.Name.Name, "_test"), s.file.Name.Pos())
	in := names
	if s.test {
		in |= testNames
	}
	for _, id := range declared(s.file) {
		w.inName(s, in, id.Name, id.Pos())
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if st, is := n.(*ast.StructType); is {
			for _, f := range st.Fields.List {
				for _, id := range f.Names {
					w.inName(s, fieldNames, id.Name, id.Pos())
				}
			}
		}
		return true
	})
}

// inColumns adds a fault for each retired word among an entity's fields.
func (w words) inColumns(s source) {
	if !within(s.path, "ent/schema") {
		return
	}
	keys := map[ast.Node]bool{} // the arguments of StorageKey and of column
	ast.Inspect(s.file, func(n ast.Node) bool {
		if keys[n] {
			return false
		}
		switch n := n.(type) {
		case *ast.CallExpr:
			sel, is := n.Fun.(*ast.SelectorExpr)
			own, _ := n.Fun.(*ast.Ident)
			if is && sel.Sel.Name == "StorageKey" || own != nil && own.Name == "column" {
				for _, key := range n.Args {
					keys[key] = true
				}
			}
		case *ast.BasicLit:
			if name, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				w.inName(s, columns, name, n.Pos())
			}
		}
		return true
	})
}

// inName adds a fault if a name is a retired word.
func (w words) inName(s source, in scope, name string, pos token.Pos) {
	for i, r := range w.table {
		if r.applies(in, s.path) && w.asName[i].MatchString(name) {
			w.fault(pos, "%s is no longer a name; say %s", name, r.instead)
		}
	}
}

// declared returns the names that a file declares.
func declared(f *ast.File) (all []*ast.Ident) {
	add := func(exprs ...ast.Expr) {
		for _, e := range exprs {
			if id, is := e.(*ast.Ident); is {
				all = append(all, id)
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			if n.Name != nil {
				add(n.Name)
			}
		case *ast.FuncDecl:
			add(n.Name)
		case *ast.TypeSpec:
			add(n.Name)
		case *ast.ValueSpec:
			all = append(all, n.Names...)
		case *ast.Field:
			all = append(all, n.Names...)
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				add(n.Lhs...)
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				add(n.Key, n.Value)
			}
		}
		return true
	})
	return all
}

// Each word of the table is found in each place where it is looked for.
func TestEachWordThatIsNoLongerUsedIsFound(t *testing.T) {
	for _, r := range retiredWords {
		for word := range strings.SplitSeq(strings.ReplaceAll(r.words, "*", "Of"), "|") {
			broken := strings.Replace(word, " ", "\n// ", 1)
			for in, sample := range map[scope]struct{ name, text string }{
				comments:     {"a.go", "package a\n\n// It " + broken + " it.\n"},
				testComments: {"a_test.go", "package a\n\n// It " + strings.ToUpper(word) + " it.\n"},
				graphql:      {"a.graphql", `"Field that ` + word + ` it."`},
				markdown:     {"a.md", "It " + strings.Replace(word, " ", "\n", 1) + " it."},
				names:        {"a.go", "package a\n\nvar " + word + " = 1\n"},
				testNames:    {"a_test.go", "package a\n\nfunc f() { for " + word + " := range 1 { _ = " + word + " } }\n"},
				fieldNames:   {"a.go", "package a\n\ntype x struct{ " + word + " int }\n"},
				packageNames: {"a.go", "package " + word + "\n"},
				fileNames:    {word + "_test.go", "package a\n"},
				columns:      {"ent/schema/a.go", "package a\n\nvar _ = number(\"" + word + "\").StorageKey(\"a\")\n"},
			} {
				if r.in&in == 0 {
					continue
				}
				if found := sampled(t, path.Join(r.below, sample.name), sample.text, retired{in, r.words, r.instead, r.below}); len(found) != 1 {
					t.Errorf("%s: %q: %v", sample.name, sample.text, found)
				}
			}
		}
	}
}

func TestOtherWordsAreNotFound(t *testing.T) {
	all := retired{1<<20 - 1, "tells whether|told|turn", "", "portal"}
	for name, text := range map[string]string{
		"told.go":                             "package told\n\n// It tells whether.\n",
		"portal/a.go":                         "// Code generated by a program. DO NOT EDIT.\n\npackage a\n\n// It tells whether.\n",
		"portal/b.go":                         "package a\n\n// It tells, whether or not; toldX, untold.\n\nvar toldX = \"told\" // a\n",
		"portal/customer/agreement/demo/a.md": "It tells whether.",
		"portal/testdata/a.md":                "It tells whether.",
	} {
		if found := sampled(t, name, text, all); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
	const key = "package schema\n\nvar _ = number(\"version\").StorageKey(\"turn\")\n"
	if found := sampled(t, "ent/schema/a.go", key, retired{columns, "turn", "", ""}); len(found) > 0 {
		t.Errorf("a storage key: %v", found)
	}
}

// sampled returns the faults of a tree of one file, by a table of one row.
func sampled(t *testing.T, name, text string, row retired) []string {
	t.Helper()
	dir := t.TempDir()
	p := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	w := wordsOf(read(t, dir), []retired{row})
	w.find(t)
	return w.faults
}
