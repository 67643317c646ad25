package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"portico/examples/process"
	"portico/examples/sandbox"
)

// step is an operation of README.md's walk, as printed there.
type step struct{ headers, query, variables, answer string }

var (
	// printed are the parts of a step, in the order of the page.
	printed = regexp.MustCompile("(?ms)^Headers: `([^\\n]*)`$|^```(graphql|json variables|json answer)\\n(.*?)^```$")
	// placeholder matches the place of a value from an earlier answer.
	placeholder = regexp.MustCompile(`<([a-z][a-z -]*)>`)
)

// walk returns the steps in README.md.
func walk(t *testing.T) []step {
	t.Helper()
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var steps []step
	headers := ""
	for _, m := range printed.FindAllStringSubmatch(string(page), -1) {
		switch last := len(steps) - 1; m[2] {
		case "":
			headers = m[1]
		case "graphql":
			steps = append(steps, step{headers: headers, query: m[3]})
			headers = ""
		case "json variables":
			steps[last].variables = m[3]
		case "json answer":
			steps[last].answer = m[3]
		}
	}
	return steps
}

func TestTheReadmesOperationsAreValid(t *testing.T) {
	t.Parallel()
	sdl, err := os.ReadFile("../../schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(sdl)})
	if err != nil {
		t.Fatal(err)
	}
	steps := walk(t)
	if len(steps) < 15 {
		t.Fatalf("the walk has only %d steps", len(steps))
	}
	for _, s := range steps {
		d, errs := gqlparser.LoadQueryWithRules(schema, s.query, nil)
		if errs != nil {
			t.Errorf("%v in\n%s", errs, s.query)
			continue
		}
		vars := map[string]any{}
		if s.variables != "" {
			if err := json.Unmarshal([]byte(s.variables), &vars); err != nil {
				t.Errorf("%v in\n%s", err, s.variables)
			}
		}
		if _, err := validator.VariableValues(schema, d.Operations[0], vars); err != nil {
			t.Errorf("%s: %v", d.Operations[0].Name, err)
		}
	}
}

func TestTheReadmesWalkIsTrue(t *testing.T) {
	t.Parallel()
	server := process.ServeDemonstration(t)
	l, err := sandbox.ReadLogins(server.Logins())
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{"data plane key": l.DataPlaneKey, "owner password": l.People[0].Password}
	for _, person := range l.People {
		if len(person.Roles) > 0 {
			known["operator password"] = person.Password
		}
	}
	c := &sandbox.Client{URL: server.URL(), HTTP: &http.Client{Timeout: time.Minute}}
	for _, s := range walk(t) {
		name, _, _ := strings.Cut(s.query, "{")
		d, err := c.Post(context.Background(), token(filled(t, s.headers, known)), s.query, variables(t, filled(t, s.variables, known)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var want any
		if err := json.Unmarshal([]byte(s.answer), &want); err != nil {
			t.Fatalf("%s: the answer printed: %v", name, err)
		}
		for _, difference := range differences("data", want, d, known) {
			t.Errorf("%s: %s", name, difference)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

// filled replaces placeholders by known values.
func filled(t *testing.T, text string, known map[string]string) string {
	t.Helper()
	return placeholder.ReplaceAllStringFunc(text, func(word string) string {
		value, ok := known[strings.Trim(word, "<>")]
		if !ok {
			t.Fatalf("no answer before this gives %s", word)
		}
		return value
	})
}

func token(headers string) string {
	_, rest, _ := strings.Cut(headers, "Bearer ")
	word, _, _ := strings.Cut(rest, `"`)
	return word
}

func variables(t *testing.T, text string) object {
	t.Helper()
	vars := object{}
	if text == "" {
		return vars
	}
	if err := json.Unmarshal([]byte(text), &vars); err != nil {
		t.Fatal(err)
	}
	return vars
}

// differences compares an answer with the printed one. Members that aren't
// printed may be anything; a placeholder gets its value where it appears first;
// … is any value.
func differences(at string, want, have any, known map[string]string) []string {
	var all []string
	switch want := want.(type) {
	case object:
		o, ok := have.(object)
		if !ok {
			return []string{fmt.Sprintf("%s is %v", at, have)}
		}
		for name, w := range want {
			all = append(all, differences(at+"."+name, w, o[name], known)...)
		}
		return all
	case []any:
		list, ok := have.([]any)
		if !ok || len(list) < len(want) || len(want) == 0 && len(list) > 0 {
			return []string{fmt.Sprintf("%s is %v, want %v", at, have, want)}
		}
		for i, w := range want {
			all = append(all, differences(fmt.Sprintf("%s.%d", at, i), w, list[i], known)...)
		}
		return all
	case string:
		if want == "…" && have != nil {
			return nil
		}
		if m := placeholder.FindStringSubmatch(want); m != nil && m[0] == want {
			text, ok := have.(string)
			if before, bound := known[m[1]]; !ok || bound && before != text {
				return []string{fmt.Sprintf("%s is %v, and %s was %q", at, have, want, before)}
			}
			known[m[1]] = text
			return nil
		}
	}
	if want != have {
		return []string{fmt.Sprintf("%s is %v, want %v", at, have, want)}
	}
	return nil
}
