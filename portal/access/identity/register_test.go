package identity_test

import (
	"testing"

	"portico/portaltest"
)

func TestRegister(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Ada Wong")
		d := w.Must(a, `{ viewer { person { id name phone email emailVerified } accounts { totalCount nodes { id number name status viewerPermissions } } operator { roles } } }`, nil)
		if got := portaltest.String(d, "viewer", "person", "phone"); got != a.Phone {
			t.Errorf("phone %q, want %q", got, a.Phone)
		}
		if got := portaltest.String(d, "viewer", "accounts", "nodes", 0, "id"); got != a.AccountID {
			t.Errorf("account %q, want %q", got, a.AccountID)
		}
		if w.Must(nil, `{ viewer { person { id } } }`, nil)["viewer"] != nil {
			t.Error("a visitor is no viewer")
		}
	})
}
