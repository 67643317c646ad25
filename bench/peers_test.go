package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"portico/bench/floor"
)

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEachPeerHasAServer(t *testing.T) {
	served := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^  '?([a-z-]+)'?: \['\./(\w+\.mjs)', (?:true|false)\],$`).FindAllStringSubmatch(readFile(t, "peers/serve.mjs"), -1) {
		served[m[1]] = m[2]
	}
	if len(served) != len(peers) {
		t.Errorf("serve.mjs has %d servers, the table %d", len(served), len(peers))
	}
	for _, p := range peers {
		if !p.graphql || !p.peer {
			t.Errorf("%s: a peer speaks GraphQL", p.name)
		}
		if file, ok := served[p.name]; !ok {
			t.Errorf("%s: serve.mjs has no such server", p.name)
		} else if !strings.Contains(readFile(t, filepath.Join("peers", file)), "export ") {
			t.Errorf("%s: %s exports nothing", p.name, file)
		}
	}
	if programs, err := withPeers(usualPeers); err != nil || len(programs) != len(ours)+4 {
		t.Errorf("%d programs are measured, %v", len(programs), err)
	}
	for _, names := range []string{"express", "yoga,yoga", ""} {
		if _, err := withPeers(names); err == nil {
			t.Errorf("%q are measured", names)
		}
	}
}

// The peers execute the floor's statements: each one, and no other by that name.
func TestPeersUseTheFloorsStatements(t *testing.T) {
	statements, used := floor.Statements(), map[string]bool{}
	files, err := filepath.Glob("peers/data/*.mjs")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, m := range regexp.MustCompile(`\bsql\.(\w+)`).FindAllStringSubmatch(readFile(t, file), -1) {
			if statements[m[1]] == "" {
				t.Errorf("%s: the floor has no statement %q", file, m[1])
			}
			used[m[1]] = true
		}
	}
	for name := range statements {
		if !used[name] {
			t.Errorf("the peers don't use the floor's statement %q", name)
		}
	}
}

// The peers' schema is a part of the published one.
func TestPeersHaveAPartOfTheSchema(t *testing.T) {
	load := func(file string) *ast.Schema {
		s, err := gqlparser.LoadSchema(&ast.Source{Name: file, Input: readFile(t, file)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	whole, part := load("../schema.graphql"), load("peers/schema.graphql")
	fields := 0
	for name, d := range part.Types {
		of := whole.Types[name]
		if of == nil {
			t.Errorf("there is no type %s", name)
			continue
		}
		for _, f := range d.Fields {
			fields++
			if is := of.Fields.ForName(f.Name); is == nil || is.Type.String() != f.Type.String() {
				t.Errorf("%s.%s isn't of type %s", name, f.Name, f.Type)
			}
		}
	}
	if fields < 40 {
		t.Errorf("only %d fields were compared", fields)
	}
	for _, document := range []string{pointQuery, listQuery, placeMutation} {
		if _, err := gqlparser.LoadQueryWithRules(part, document, rules.NewDefaultRules()); err != nil {
			t.Errorf("%s: %v", document, err)
		}
	}
}

// acceptedOfNode are the licences of the packages that the peers are installed
// with. Portico contains none of them.
var acceptedOfNode = []string{"MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "0BSD", "BlueOak-1.0.0",
	"(MIT OR WTFPL)", "(BSD-2-Clause OR MIT OR Apache-2.0)", "(MIT AND BSD-3-Clause)"}

func TestThePackagesOfThePeersAreFixed(t *testing.T) {
	var lock struct {
		Packages map[string]struct{ Version, Integrity, Resolved, License string }
	}
	if err := json.Unmarshal([]byte(readFile(t, "peers/package-lock.json")), &lock); err != nil {
		t.Fatal(err)
	}
	for name, p := range lock.Packages {
		if name == "" {
			continue
		}
		if p.Integrity == "" || p.Resolved != "" {
			t.Errorf("%s: the lock file needs an integrity sum, and names no registry", name)
		}
		if !slices.Contains(acceptedOfNode, p.License) {
			t.Errorf("%s has the licence %q", name, p.License)
		}
	}
	var own struct{ Dependencies map[string]string }
	if err := json.Unmarshal([]byte(readFile(t, "peers/package.json")), &own); err != nil {
		t.Fatal(err)
	}
	if len(own.Dependencies) == 0 {
		t.Error("package.json has no dependencies")
	}
	for name, version := range own.Dependencies {
		if lock.Packages["node_modules/"+name].Version != version {
			t.Errorf("%s: package.json has %s, the lock file another version", name, version)
		}
	}
}

// fake returns a side in this process that gives one answer.
func fake(t *testing.T, p program, answer string) *side {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) }))
	t.Cleanup(s.Close)
	c := Customer{Token: "pa_token", AccountID: "acct_1", Orders: []string{"ordr_1"}, Applications: []string{"appl_1", "appl_2", "appl_3"}}
	return &side{load: newLoad(p, place{0, 3}, s.URL, "test", &Fixture{Customers: []Customer{c, c}})}
}

func TestSidesThatAnswerDifferentlyAreFound(t *testing.T) {
	const (
		rest = `{"id": "ordr_1", "number": "7", "total": {"amount": "15.00", "currency": "CNY"}}`
		same = `{"data": {"node": {"number": "7", "total": {"currency": "CNY", "amount": "15.00"}, "id": "ordr_1"}}}`
	)
	peer := program{name: "peer", graphql: true, peer: true}
	for name, c := range map[string]struct {
		answer string
		agrees bool
	}{
		"the same":        {same, true},
		"another value":   {strings.Replace(same, "15.00", "15.0", 1), false},
		"a value less":    {strings.Replace(same, `"number": "7", `, "", 1), false},
		"nothing":         {`{"data": {"node": null}}`, false},
		"an error":        {`{"errors": [{"message": "FORBIDDEN"}], "data": {"node": null}}`, false},
		"what isn't JSON": {"ordr_1", false},
	} {
		sides := []*side{fake(t, ours[theFloor], rest), fake(t, ours[thePortico], same), fake(t, peer, c.answer)}
		if err := agree(workloads[0], sides); (err == nil) != c.agrees {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASideThatRefusesNothingIsFound(t *testing.T) {
	peer := program{name: "peer", graphql: true, peer: true}
	if err := fake(t, peer, `{"data":{"node":{"number":"7"}}}`).refuses(); err == nil {
		t.Error("a side that answers whoever asks isn't found")
	}
	if err := fake(t, peer, `{"data":{"node":null}}`).refuses(); err != nil {
		t.Error(err)
	}
}

func TestWhatDiffersFromOrderToOrderIsMasked(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		column string
		value  any
		want   string
	}{
		{"number", "20260131-7K3MZQ2X", "*"},
		{"running_key", "appl_01KBDY3M5SZ5V1Q9T0000000AA|prod_01KBDY3M5SZ5V1Q9T0000000AB", "appl|prod"},
		{"answer", []byte(`{"order":"ordr_01KBDY3M5SZ5V1Q9T0000000AA"}`), `{"order":"ordr"}`},
		{"placed_at", now.Add(-3 * time.Millisecond), "0s"},
		{"expires_at", now.Add(28*24*time.Hour + time.Second), "672h0m0s"},
		{"total_minor", int64(150_000), "150000"},
		{"partner", nil, "<nil>"},
	} {
		if got := mask(c.column, c.value, now); got != c.want {
			t.Errorf("%s: %s instead of %s", c.column, got, c.want)
		}
	}
}

func TestPercentiles(t *testing.T) {
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(i+1))
	}
	for _, c := range []struct {
		of      []time.Duration
		p, want int
	}{{hundred, 50, 50}, {hundred, 99, 99}, {hundred[:1], 99, 1}, {hundred[:3], 50, 2}, {hundred[:10], 99, 10}} {
		if got := percentile(c.of, c.p); got != time.Duration(c.want) {
			t.Errorf("percentile %d of %d values: %d instead of %d", c.p, len(c.of), got, c.want)
		}
	}
}
