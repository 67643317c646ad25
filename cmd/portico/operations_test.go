package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// operations returns docs/operations.md.
func operations(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	quoted = regexp.MustCompile("`([^`]+)`")
	rule   = regexp.MustCompile(`(?m)^-- ([A-Z_]+):`)
)

func TestWhatIsWorthAnAlertIsLogged(t *testing.T) {
	_, list, found := strings.Cut(operations(t), "And by their `msg`: ")
	if !found {
		t.Fatal("the page has no list of messages")
	}
	list, _, _ = strings.Cut(list, "\n")
	var source strings.Builder
	for _, folder := range []string{"ent", "graph", "portal", "server"} {
		err := filepath.WalkDir("../../"+folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			source.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	messages := quoted.FindAllStringSubmatch(list, -1)
	for _, m := range messages {
		if !strings.Contains(source.String(), `"`+m[1]+`"`) {
			t.Errorf("nothing logs %q", m[1])
		}
	}
	if len(messages) < 8 {
		t.Errorf("only %d messages", len(messages))
	}
}

func TestTheOperationsPageHasEveryRule(t *testing.T) {
	_, table, _ := strings.Cut(operations(t), "| rules | what they hold |")
	table, _, _ = strings.Cut(table, "\n\n")
	printed := map[string]bool{}
	for _, name := range regexp.MustCompile(`[A-Z_]{3,}`).FindAllString(table, -1) {
		printed[name] = true
	}
	files, err := filepath.Glob("../../ent/rules/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no rules", err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range rule.FindAllStringSubmatch(string(text), -1) {
			if !printed[m[1]] {
				t.Errorf("%s: the rule %s is not in the table", filepath.Base(f), m[1])
			}
		}
	}
}
