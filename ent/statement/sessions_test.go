package statement_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/authz"
	"portico/ent/statement"
	"portico/portaltest"
)

// Reloading the principal of a session or a key gives the same as its token.
func TestPrincipalsAreThoseOfTheirTokens(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := w.Portal.Store
		gone := w.Owner("Gone")
		sessions, keys, want := []string{"sess_none"}, []string{"skey_none"}, map[string]*authz.Principal{}
		for _, a := range []*portaltest.Actor{w.Owner("Principal"), w.Operator("support", "platform"), w.Person("Nobody's"), w.DataPlane(), gone} {
			p, err := statement.Principal(w.System(), s, w.Token(a))
			if err != nil {
				t.Fatal(err)
			}
			id := p.SessionID
			if p.Kind == authz.Key {
				id = p.ID
				keys = append(keys, id)
			} else {
				sessions = append(sessions, id)
			}
			want[id] = p
			if a == gone {
				delete(want, id)
			}
		}
		w.Done(gone, `mutation { signOut(input: {everywhere: false}) { userErrors { code } } }`, nil)
		got, err := statement.Principals(w.System(), s, sessions, keys)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, sorted); diff != "" {
			t.Error(diff)
		}
	})
}
