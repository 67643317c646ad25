package proof_test

import (
	"fmt"
	"regexp"
	"testing"

	"portico/portaltest"
)

// stepsUp matches a statement that records that a session passed a second factor:
// it takes nothing away.
var stepsUp = regexp.MustCompile("^UPDATE [`\"]?sessions[`\"]? SET [`\"]?second_factor_at[`\"]? = \\? WHERE")

// takesAway matches a statement that may end what admitted a caller: the
// session, its limits, the work on an account, a role of it, the membership of a
// group, the permissions of a role, or an API key.
var takesAway = regexp.MustCompile("^(UPDATE|DELETE FROM) [`\"]?(sessions|session_policies|employees|grants|memberships|roles)\\b|^UPDATE [`\"]?api_keys[`\"]? SET .*revoked_at[`\"]? = \\?")

func TestWhatMayEndAStreamIsMarked(t *testing.T) {
	t.Parallel()
	m := newMeter()
	s := newStage(portaltest.New(t, "sqlite", portaltest.Wrapped(m.wrap)))
	marked := 0
	for _, f := range fields(published().Mutation) {
		t.Run("1.4: "+f.Name, func(t *testing.T) {
			o, by := operations[f.Name], s.able(f.Name)
			args := o.args(s, s.a, by)
			doc := fmt.Sprintf("mutation($input: %s) { %s(input: $input) { userErrors { code } } }", f.Arguments.ForName("input").Type, f.Name)
			_, texts := m.counted(func() { s.Send(by, doc, args) })
			var found []string
			for _, text := range texts {
				if takesAway.MatchString(text) && !stepsUp.MatchString(text) {
					found = append(found, text)
				}
			}
			ends := f.Directives.ForName("ends") != nil
			if ends {
				marked++
			}
			if ends != (len(found) > 0) {
				t.Errorf("it is marked @ends: %v, and sends %q", ends, found)
			}
			if o.done != nil {
				o.done(s.a, by)
			}
		})
	}
	if marked < 9 {
		t.Errorf("only %d are marked @ends", marked)
	}
}
