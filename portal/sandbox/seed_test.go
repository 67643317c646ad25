package sandbox_test

import (
	"path/filepath"
	"reflect"
	"testing"

	"portico/portal/sandbox"
	"portico/portaltest"
)

func TestTheDemonstrationLogins(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		file := filepath.Join(t.TempDir(), "logins.json")
		logins, err := sandbox.Seed(w.System(), w.Portal.Store, file)
		if err != nil {
			t.Fatal(err)
		}
		signedIn := func(t *testing.T, l sandbox.Login) string {
			p := w.Done(nil, `mutation($i: SignInInput!) { signIn(input: $i) { session { accessToken } userErrors { code } } }`,
				map[string]any{"i": map[string]any{"login": l.Phone, "password": l.Password}})
			return portaltest.String(p, "session", "accessToken")
		}
		const me = `{ viewer { person { name } accounts(first: 5) { nodes { name owner { person { name } } viewerPermissions } } operator { roles } } }`
		t.Run("1.5: an employee of the customer's holds the role finance there, and no account of its own", func(t *testing.T) {
			d := w.SendToken(signedIn(t, logins.People[2]), me, nil).Data
			accounts := portaltest.At(d, "viewer", "accounts", "nodes").([]any)
			if len(accounts) != 1 || portaltest.String(accounts[0], "owner", "person", "name") != logins.People[0].Person {
				t.Fatalf("%v", d)
			}
			held := map[any]bool{}
			for _, p := range portaltest.At(accounts[0], "viewerPermissions").([]any) {
				held[p] = true
			}
			if !held["TOP_UP_START"] || held["ORDER_PLACE"] || held["EMPLOYEE_INVITE"] {
				t.Fatalf("%v", held)
			}
		})
		t.Run("started again, it keeps them", func(t *testing.T) {
			again, err := sandbox.Seed(w.System(), w.Portal.Store, file)
			if err != nil || !reflect.DeepEqual(again, logins) {
				t.Fatal(again, err)
			}
			for _, l := range logins.People {
				signedIn(t, l)
			}
		})
	})
}
