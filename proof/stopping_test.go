package proof_test

import (
	"strings"
	"testing"

	"portico/authz"
	"portico/portaltest"
)

// goingOn returns the mutations by which a customer stops services and those by
// which it settles.
func goingOn() []string {
	var names []string
	for _, f := range fields(published().Mutation) {
		p, is := authz.ParsePermission(permission(f.Directives.ForName("can"), "do"))
		if is && (p.Stops() || p.Settles()) {
			names = append(names, f.Name)
		}
	}
	return names
}

func TestStoppingAndSettlingAreNeverBlocked(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newStage(w)
		x := s.due
		names := goingOn()
		if len(names) < 8 {
			t.Fatalf("only %v go on", names)
		}
		for _, name := range names {
			t.Run("0: "+name+" goes on while an acceptance is due", func(t *testing.T) {
				want := "done"
				if name == "declineTerms" { // it must be confirmed first
					want = "CLOSING_NOT_CONFIRMED(0)"
				}
				if got := s.tried(t, name, "owner", x, x.owner); !strings.HasPrefix(got, want) {
					t.Errorf("%s instead of %s", got, want)
				}
			})
		}
		left := map[string]map[string]any{}
		for _, name := range names {
			left[name] = operations[name].args(s, x, x.owner)
		}
		in := input{"accountId": x.account, "termsId": s.termsID, "confirm": true}
		s.Done(x.owner, `mutation($i: DeclineTermsInput!) { declineTerms(input: $i) { closing { id } userErrors { code } } }`, input{"i": in})
		for _, name := range names {
			t.Run("0: "+name+" goes on while the account is being closed", func(t *testing.T) {
				got := result(s.Send(x.owner, document(name, left[name], shape{first: 1, depth: 1}), left[name]))
				if strings.Contains(got, "ACCOUNT_CLOSING") || strings.Contains(got, "TERMS_ACCEPTANCE_REQUIRED") || strings.Contains(got, "FORBIDDEN") {
					t.Error(got)
				}
			})
		}
	})
}

func TestAPolicyThatBlocksStoppingOrSettlingIsRefused(t *testing.T) {
	model := file(t, "../authz/model.conf")
	policy := file(t, "../authz/policy.csv")
	for _, p := range authz.Permissions() {
		if !p.Stops() && !p.Settles() {
			continue
		}
		t.Run("0: "+p.String(), func(t *testing.T) {
			resource, action, _ := strings.Cut(p.String(), ":")
			line := func(ref string) string {
				return policy + "\np, when:SOMETHING, " + resource + ", " + action + ", deny, " + ref + "\n"
			}
			if _, err := authz.Load(model, line("0")); err == nil {
				t.Error("it was loaded")
			}
			if _, err := authz.Load(model, line("1.6")); err != nil {
				t.Errorf("by another clause: %v", err)
			}
		})
	}
}
