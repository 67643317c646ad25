package proof_test

import (
	"flag"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/authz"
	"portico/clause"
	"portico/portal/access/staff"
	"portico/portaltest"
)

var update = flag.Bool("update", false, "write the files of testdata/matrix, to be reviewed")

// codeAt is the code of one refusal of an answer, with its clause and remedy;
// at is the path of the field that it is about.
type codeAt struct {
	code, clause, remedy, at string
}

func (r codeAt) String() string {
	s := r.code
	if r.clause != "" {
		s += "(" + r.clause + ")"
	}
	return s
}

// refusals returns every refusal of an answer: top-level errors, userErrors,
// and those that a preview, a report or an entitlement lists. Root are those of
// the operation, below those of fields of its answer.
func refusals(r portaltest.Response) (root, below []codeAt) {
	for _, e := range r.Errors {
		t := codeAt{code: e.Code(), clause: text(e.Extensions["clause"]), remedy: text(portaltest.At(e.Extensions["remedy"], "description"))}
		var path []string
		for _, p := range e.Path[min(1, len(e.Path)):] {
			if s, ok := p.(string); ok && s != "nodes" {
				path = append(path, s)
			}
		}
		if t.at = strings.Join(path, "."); t.at == "" || onlyRoot(r) {
			root = append(root, t)
		} else {
			below = append(below, t)
		}
	}
	for _, v := range r.Data {
		for _, name := range []string{"userErrors", "refusals", "rejected", "overLimit"} {
			list, _ := portaltest.At(v, name).([]any)
			for _, e := range list {
				root = append(root, codeAt{code: portaltest.String(e, "code"), clause: portaltest.String(e, "clause"),
					remedy: portaltest.String(e, "remedy", "description")})
			}
		}
	}
	return root, below
}

// onlyRoot reports whether nothing was done. An error's path then leads into
// the arguments.
func onlyRoot(r portaltest.Response) bool {
	for _, v := range r.Data {
		if v != nil {
			return false
		}
	}
	return true
}

func text(v any) string { s, _ := v.(string); return s }

// result returns the outcome of an operation in a few words.
func result(r portaltest.Response) string {
	root, below := refusals(r)
	if len(root) > 0 {
		return joined(root)
	}
	for field, v := range r.Data {
		if v == nil {
			return "null"
		}
		if (field == "entitlement" || field == "can") && portaltest.At(v, "allowed") != true {
			return "not allowed"
		}
		if l, ok := v.([]any); ok && !slices.ContainsFunc(l, func(x any) bool { return x != nil }) {
			return "nulls"
		}
	}
	if len(below) == 0 {
		return "done"
	}
	var at []string
	for _, t := range below {
		if t.code != "FORBIDDEN" {
			return "done but " + joined(below)
		}
		if !slices.Contains(at, t.at) {
			at = append(at, t.at)
		}
	}
	slices.Sort(at)
	return "done without " + strings.Join(at, ",")
}

func joined(l []codeAt) string {
	var s []string
	for _, t := range l {
		if !slices.Contains(s, t.String()) {
			s = append(s, t.String())
		}
	}
	return strings.Join(s, "+")
}

// as returns the actor of a role for an account; nil for the visitor.
func (s *stage) as(role string, x *side) *portaltest.Actor {
	switch {
	case role == "visitor":
		return nil
	case role == "data-plane":
		return s.program
	case s.provider[role] != nil:
		return s.provider[role]
	}
	return x.employ(role)
}

// tried sends an operation once and returns its outcome.
func (s *stage) tried(t *testing.T, name, role string, x *side, by *portaltest.Actor) string {
	t.Helper()
	o := operations[name]
	args := o.args(s, x, by)
	r := s.Send(by, document(name, args, shape{first: 2, depth: 2}), args)
	got := result(r)
	if strings.HasPrefix(got, "done") && o.done != nil {
		o.done(x, by)
	}
	root, below := refusals(r)
	for _, refusal := range append(root, below...) {
		declared, known := clause.Declared(refusal.code)
		switch {
		case !known:
			t.Errorf("%s as %s: a refusal without a code that is declared: %s", name, role, r.Raw)
		case refusal.code == clause.Broken.Code, refusal.code == clause.Malformed.Code:
			t.Errorf("%s as %s: %s", name, role, r.Raw)
		case declared.Clause != "" && (refusal.clause == "" || refusal.remedy == ""):
			t.Errorf("%s as %s: %s rests on a clause and has no clause or no remedy: %s", name, role, refusal.code, r.Raw)
		}
	}
	return got
}

// schemaOrder returns the operations in the order of the schema.
func schemaOrder() []string {
	var names []string
	for _, f := range append(fields(published().Query), fields(published().Mutation)...) {
		names = append(names, f.Name)
	}
	return names
}

// ordered returns the operations in the order in which they are tried:
// acceptTerms comes last, since it lifts what the terms forbid.
func ordered() []string {
	const last = "acceptTerms"
	return append(slices.DeleteFunc(schemaOrder(), func(name string) bool { return name == last }), last)
}

// matrix sends every operation as every role that is wanted.
func (s *stage) matrix(t *testing.T, wanted func(role string) bool) cells {
	all := cells{}
	for _, name := range ordered() {
		o, ok := operations[name]
		if !ok {
			t.Errorf("%s has no line in operations: add how it is tried", name)
			continue
		}
		for _, role := range matrixRoles() {
			if !wanted(role) {
				continue
			}
			for _, c := range []struct {
				column string
				x      *side
				by     *side
			}{{"own", s.a, s.a}, {"foreign", s.b, s.a}, {"unverified", s.unverified, s.unverified}, {"terms-due", s.due, s.due}} {
				if !o.everyones || c.column == "own" || c.column == "terms-due" {
					all[cell{name, role, c.column}] = s.tried(t, name, role, c.x, s.as(role, c.by))
				}
			}
		}
	}
	for name := range operations {
		if !slices.Contains(ordered(), name) {
			t.Errorf("%s is in operations and not in the schema", name)
		}
	}
	return all
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	t.Run("operation x role x account x standing, as reviewed", func(t *testing.T) {
		if !*update { // the other one reads what this one writes
			t.Parallel()
		}
		files := folded(newStage(portaltest.New(t, "sqlite")).matrix(t, func(string) bool { return true }))
		if *update {
			writeGolden(t, files)
		}
		lines := func(files map[string]string) map[string][]string {
			split := map[string][]string{}
			for name, text := range files {
				split[name] = strings.Split(text, "\n")
			}
			return split
		}
		if diff := cmp.Diff(lines(goldenFiles(t)), lines(files)); diff != "" {
			t.Errorf("reviewed (-), and now (+); go test ./proof -run TestMatrix -update writes it:\n%s", diff)
		}
	})
	t.Run("on MariaDB as on SQLite", func(t *testing.T) {
		t.Parallel()
		some := func(role string) bool {
			return slices.Contains([]string{"visitor", "owner", "finance", "data-plane", "compliance"}, role)
		}
		got := newStage(portaltest.New(t, "mariadb")).matrix(t, some)
		want := matrixCells(t)
		maps.DeleteFunc(want, func(c cell, _ string) bool { return !some(c.role) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("reviewed (-), and now (+):\n%s", diff)
		}
	})
}

// TestMatrixObeysThePolicy compares the reviewed matrix with policy.csv: a role
// that holds the permission of an operation may do it on its own account, and no
// other role may.
func TestMatrixObeysThePolicy(t *testing.T) {
	law := authz.Law()
	for c, outcome := range matrixCells(t) {
		p, asks := guarding(c.operation)
		if !asks {
			continue
		}
		holds := law.Role(c.role).Has(p)
		if refused := outcome == "FORBIDDEN" || outcome == "UNAUTHENTICATED"; c.column == "own" && holds == refused {
			t.Errorf("%v: %s; holds %s: %v", c, outcome, p, holds)
		}
		if c.column == "foreign" && strings.HasPrefix(outcome, "done") && !operator(c.role) {
			t.Errorf("%v: %s on another customer's account", c, outcome)
		}
	}
}

func operator(role string) bool {
	return role == "data-plane" || slices.Contains(staff.OperatorRoles, role)
}
