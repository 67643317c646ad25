package proof_test

import (
	"slices"
	"strings"
	"testing"

	"portico/authz"
	"portico/clause"
	"portico/portal/access/staff"
)

// shown is what the matrix shows of a role's right, by an operation's root field
// or by a field of an account: it is there or refused. The golden file is what
// executed operations answered, and it is reviewed: it knows nothing of
// policy.csv.
type shown struct {
	role string
	p    authz.Permission
}

// column is what an operation answered a role in a column of the golden file;
// of what is everyone's, in the only one.
func column(line, name string) string {
	if _, all, is := strings.Cut(line, " : "); is {
		own, due, _ := strings.Cut(all, " | terms-due: ")
		return map[bool]string{true: own, false: due}[name == "own"]
	}
	_, got, _ := strings.Cut(line, " | "+name+": ")
	got, _, _ = strings.Cut(got, " | ")
	return got
}

// guarding is the permission that a root field asks for; false if it asks for none.
func guarding(operation string) (authz.Permission, bool) {
	f := published().Query.Fields.ForName(operation)
	if f == nil {
		f = published().Mutation.Fields.ForName(operation)
	}
	return authz.ParsePermission(permission(f.Directives.ForName("can"), "do"))
}

func matrixLines(t *testing.T) []string {
	t.Helper()
	return strings.Split(strings.TrimSpace(file(t, golden)), "\n")
}

// rights are what the matrix shows that roles may and may not do on their own
// account.
func rights(t *testing.T) map[shown]bool {
	t.Helper()
	all := map[shown]bool{}
	for _, line := range matrixLines(t) {
		words := strings.Fields(line)
		operation, role, own := words[0], words[1], column(line, "own")
		if p, asks := guarding(operation); asks {
			all[shown{role, p}] = own != "FORBIDDEN" && own != "UNAUTHENTICATED"
		}
		if operation != "account" || !strings.HasPrefix(own, "done") {
			continue
		}
		without := strings.Split(strings.TrimPrefix(own, "done without "), ",")
		hidden := map[string]bool{}
		for _, name := range without {
			hidden[name] = true
		}
		for _, f := range fields(published().Types["Account"]) {
			if p, asks := authz.ParsePermission(permission(f.Directives.ForName("can"), "do")); asks {
				all[shown{role, p}] = !hidden[f.Name]
			}
		}
	}
	return all
}

// grounds gives the clause of each right, by which its test is called: the clause
// that its line in policy.csv names, as it is written, or that asks for the
// decision; else that of the section in which the role stands.
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
	seen := rights(t)
	for _, role := range append(staff.RoleCodes(), append([]string{"data-plane"}, staff.OperatorRoles...)...) {
		for _, p := range authz.Permissions() {
			does, is := seen[shown{role, p}]
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
// force, with it.
var denying = map[string]string{"unverified": "VERIFICATION_REQUIRED", "terms-due": "TERMS_ACCEPTANCE_REQUIRED"}

func TestStandingDeniesWhatTheMatrixShows(t *testing.T) {
	for in, code := range denying {
		denied := map[authz.Permission]clause.Ref{}
		done := map[authz.Permission]bool{}
		for _, line := range matrixLines(t) {
			words := strings.Fields(line)
			p, asks := guarding(words[0])
			if !asks || words[1] != "owner" {
				continue
			}
			got := column(line, in)
			if _, after, is := strings.Cut(got, code+"("); is {
				ref, _, _ := strings.Cut(after, ")")
				denied[p] = clause.Ref(ref)
			}
			done[p] = done[p] || strings.HasPrefix(got, "done")
		}
		if len(denied) < 3 {
			t.Errorf("%s refuses in the matrix %v alone", code, denied)
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
