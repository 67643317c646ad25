package proof_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/authz"
	"portico/clause"
	"portico/portal/access/staff"
	"portico/portaltest"
)

var update = flag.Bool("update", false, "write testdata/matrix.golden anew, to be reviewed")

const golden = "testdata/matrix.golden"

// told is one refusal of an answer, wherever it stands.
type told struct {
	code, clause, remedy, at string
}

func (r told) String() string {
	s := r.code
	if r.clause != "" {
		s += "(" + r.clause + ")"
	}
	return s
}

// refusals collects every refusal of an answer: top-level errors, userErrors,
// and what a preview, a report or an entitlement tells.
func refusals(r portaltest.Response) (root, below []told) {
	for _, e := range r.Errors {
		t := told{code: e.Code(), clause: text(e.Extensions["clause"]), remedy: text(portaltest.At(e.Extensions["remedy"], "description"))}
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
				root = append(root, told{code: portaltest.String(e, "code"), clause: portaltest.String(e, "clause"),
					remedy: portaltest.String(e, "remedy", "description")})
			}
		}
	}
	return root, below
}

// onlyRoot tells whether nothing was done: what an error's path leads into is
// then an argument.
func onlyRoot(r portaltest.Response) bool {
	for _, v := range r.Data {
		if v != nil {
			return false
		}
	}
	return true
}

func text(v any) string { s, _ := v.(string); return s }

// result tells in a word what became of an operation.
func result(r portaltest.Response) string {
	root, below := refusals(r)
	if len(root) > 0 {
		return joined(root)
	}
	for field, v := range r.Data {
		if v == nil {
			return "null"
		}
		if field == "entitlement" && portaltest.At(v, "allowed") != true {
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

func joined(l []told) string {
	var s []string
	for _, t := range l {
		if !slices.Contains(s, t.String()) {
			s = append(s, t.String())
		}
	}
	return strings.Join(s, "+")
}

// cast are the actors of the matrix, in its order: for each role, who acts for
// which account.
func (s *stage) cast() (roles []string, as func(role string, x *side) *portaltest.Actor) {
	roles = append([]string{"visitor"}, staff.RoleCodes()...)
	roles = append(roles, "data-plane")
	roles = append(roles, staff.OperatorRoles...)
	return roles, func(role string, x *side) *portaltest.Actor {
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
}

// tried is one operation, sent once.
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
			t.Errorf("%s as %s: %s rests on a clause and tells no clause or no remedy: %s", name, role, refusal.code, r.Raw)
		}
	}
	return got
}

// ordered are the operations in the order in which they are tried: acceptTerms
// comes last, since it lifts what the terms forbid.
func ordered() []string {
	var names []string
	for _, f := range append(fields(published().Query), fields(published().Mutation)...) {
		names = append(names, f.Name)
	}
	slices.SortStableFunc(names, func(a, b string) int {
		if last := "acceptTerms"; a == last || b == last {
			return map[bool]int{true: 1, false: -1}[a == last]
		}
		return 0
	})
	return names
}

// matrix executes every operation as every role that is wanted.
func (s *stage) matrix(t *testing.T, wanted func(role string) bool) []string {
	roles, as := s.cast()
	var lines []string
	for _, name := range ordered() {
		o, ok := operations[name]
		if !ok {
			t.Errorf("%s has no line in operations: say how it is tried", name)
			continue
		}
		for _, role := range roles {
			if !wanted(role) {
				continue
			}
			line := fmt.Sprintf("%s %s", name, role)
			if o.everyones {
				line += " : " + s.tried(t, name, role, s.a, as(role, s.a))
				if due := s.tried(t, name, role, s.due, as(role, s.due)); !strings.HasSuffix(line, " : "+due) {
					line += " | terms-due: " + due
				}
				lines = append(lines, line)
				continue
			}
			for _, c := range []struct {
				column string
				x      *side
				by     *side
			}{{"own", s.a, s.a}, {"foreign", s.b, s.a}, {"unverified", s.unverified, s.unverified}, {"terms-due", s.due, s.due}} {
				line += fmt.Sprintf(" | %s: %s", c.column, s.tried(t, name, role, c.x, as(role, c.by)))
			}
			lines = append(lines, line)
		}
	}
	for name := range operations {
		if !slices.Contains(ordered(), name) {
			t.Errorf("%s is no operation any more", name)
		}
	}
	return lines
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	read := func() []string { return strings.Split(strings.TrimSpace(file(t, golden)), "\n") }
	t.Run("operation x role x account x standing, as reviewed", func(t *testing.T) {
		t.Parallel()
		lines := newStage(portaltest.New(t, "sqlite")).matrix(t, func(string) bool { return true })
		if *update {
			if err := os.WriteFile(golden, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(read(), lines); diff != "" {
			t.Errorf("reviewed (-), and now (+); go test ./proof -run Matrix -update writes it anew:\n%s", diff)
		}
	})
	t.Run("on MariaDB as on SQLite", func(t *testing.T) {
		t.Parallel()
		some := func(role string) bool {
			return slices.Contains([]string{"visitor", "owner", "finance", "data-plane", "compliance"}, role)
		}
		lines := newStage(portaltest.New(t, "mariadb")).matrix(t, some)
		want := slices.DeleteFunc(read(), func(l string) bool { return !some(strings.Fields(l)[1]) })
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("reviewed (-), and now (+):\n%s", diff)
		}
	})
}

// TestMatrixObeysThePolicy reads the golden file against policy.csv: who holds
// a mutation's permission does it on its own account, and nobody else does.
func TestMatrixObeysThePolicy(t *testing.T) {
	law := authz.Law()
	for _, line := range strings.Split(strings.TrimSpace(file(t, golden)), "\n") {
		words := strings.Fields(line)
		f := published().Mutation.Fields.ForName(words[0])
		if f == nil {
			f = published().Query.Fields.ForName(words[0])
		}
		can := permission(f.Directives.ForName("can"), "do")
		if can == "" {
			continue
		}
		p, _ := authz.ParsePermission(can)
		holds := law.Role(words[1]).Has(p)
		own := strings.TrimPrefix(strings.Split(line, " | ")[min(1, strings.Count(line, " | "))], "own: ")
		if i := strings.Index(line, " : "); i > 0 {
			own = strings.Split(line[i+3:], " | ")[0]
		}
		if refused := own == "FORBIDDEN" || own == "UNAUTHENTICATED"; holds == refused {
			t.Errorf("%s: %s holds %s: %v", line, words[1], can, holds)
		}
		if foreign := strings.Index(line, "| foreign: done"); foreign > 0 && !operator(words[1]) {
			t.Errorf("%s: somebody else's account", line)
		}
	}
}

func operator(role string) bool {
	return role == "data-plane" || slices.Contains(staff.OperatorRoles, role)
}
