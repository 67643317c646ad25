package proof_test

import (
	"slices"
	"strings"
	"testing"

	"portico/authz"
	"portico/clause"
	"portico/portal/access/staff"
)

// roleRight is a permission of a role, as the matrix shows it: by the outcome of an
// operation, or by a field of an account that is there or missing. The matrix
// holds what executed operations answered, and it is reviewed: it knows nothing
// of policy.csv.
type roleRight struct {
	role string
	p    authz.Permission
}

// guarding returns the permission that an operation asks for; false if it asks
// for none.
func guarding(operation string) (authz.Permission, bool) {
	return authz.ParsePermission(permission(fieldOf(operation).Directives.ForName("can"), "do"))
}

// rights returns what roles may and may not do on their own account, as the
// matrix shows it.
func rights(t *testing.T) map[roleRight]bool {
	t.Helper()
	all := map[roleRight]bool{}
	show := func(role string, p authz.Permission, may bool) {
		if before, is := all[roleRight{role, p}]; is && before != may {
			t.Errorf("the matrix shows both that %s may and that it may not %s", role, p)
		}
		all[roleRight{role, p}] = may
	}
	for c, outcome := range matrixCells(t) {
		if c.column != "own" {
			continue
		}
		if p, asks := guarding(c.operation); asks {
			show(c.role, p, outcome != "FORBIDDEN" && outcome != "UNAUTHENTICATED")
		}
		if c.operation != "account" || !strings.HasPrefix(outcome, "done") {
			continue
		}
		hidden := strings.Split(strings.TrimPrefix(outcome, "done without "), ",")
		for _, f := range fields(published().Types["Account"]) {
			if p, asks := authz.ParsePermission(permission(f.Directives.ForName("can"), "do")); asks {
				show(c.role, p, !slices.Contains(hidden, f.Name))
			}
		}
	}
	return all
}

// grounds returns the clause of each right, which names its test: the clause
// that its line in policy.csv names, or the one of the decision; else the clause
// of the section in which the role stands.
func grounds(t *testing.T) func(role string, p authz.Permission) clause.Ref {
	t.Helper()
	lines, err := authz.Lines(file(t, "../authz/policy.csv"))
	if err != nil {
		t.Fatal(err)
	}
	var line func(subject string, p authz.Permission) *authz.Line
	line = func(subject string, p authz.Permission) *authz.Line {
		for i, l := range lines {
			if l.Subject != subject {
				continue
			}
			if l.Has != "" {
				if found := line(l.Has, p); found != nil {
					return found
				}
			} else if l.Permission == p {
				return &lines[i]
			}
		}
		return nil
	}
	return func(role string, p authz.Permission) clause.Ref {
		at := slices.IndexFunc(lines, func(l authz.Line) bool { return l.Subject == role })
		own := authz.Line{Section: lines[at].Section}
		if found := line(role, p); found != nil {
			own.Clause, own.Permission = found.Clause, p
		}
		return own.Ground()
	}
}

func TestRolesMayWhatTheMatrixShows(t *testing.T) {
	law, ground := authz.Law(), grounds(t)
	rights := rights(t)
	for _, role := range append(staff.RoleCodes(), append([]string{"data-plane"}, staff.OperatorRoles...)...) {
		for _, p := range authz.Permissions() {
			does, is := rights[roleRight{role, p}]
			if !is {
				continue
			}
			name := string(ground(role, p)) + ": " + role + " may"
			if !does {
				name += " not"
			}
			t.Run(name+" "+p.String(), func(t *testing.T) {
				if law.Role(role).Has(p) != does {
					t.Errorf("the matrix shows %v, the policy allows %v", does, law.Role(role).Has(p))
				}
			})
		}
	}
}

// denying are the columns of the matrix in which a restriction of standing is in
// force, with its code.
var denying = map[string]string{"unverified": "VERIFICATION_REQUIRED", "terms-due": "TERMS_ACCEPTANCE_REQUIRED"}

func TestStandingDeniesWhatTheMatrixShows(t *testing.T) {
	for in, code := range denying {
		denied := map[authz.Permission]clause.Ref{}
		done := map[authz.Permission]bool{}
		for c, got := range matrixCells(t) {
			p, asks := guarding(c.operation)
			if !asks || c.role != "owner" || c.column != in {
				continue
			}
			if _, after, is := strings.Cut(got, code+"("); is {
				ref, _, _ := strings.Cut(after, ")")
				denied[p] = clause.Ref(ref)
			}
			done[p] = done[p] || strings.HasPrefix(got, "done")
		}
		if len(denied) < 3 {
			t.Errorf("%s refuses only %v in the matrix", code, denied)
		}
		for _, p := range authz.Permissions() {
			ref, is := denied[p]
			if !is && !done[p] {
				continue
			}
			name := "0: " + code + " leaves " + p.String()
			if is {
				name = string(ref) + ": " + code + " denies " + p.String()
			}
			t.Run(name, func(t *testing.T) {
				by, denies := authz.Law().Denies(code, p)
				if denies != is || by != ref {
					t.Errorf("the matrix shows %v by %q, the policy says %v by %q", is, ref, denies, by)
				}
			})
		}
	}
}
