package web_test

import (
	"net/http/httptest"
	"testing"

	"portico/portaltest"
	"portico/server/servertest"
)

func TestAnOperatorWhoFollowsAnAccountIsRecorded(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := httptest.NewServer(w.Handler())
		t.Cleanup(s.Close)
		a, operator := w.Verified("Followed"), w.Operator("support")
		own := map[string]any{"accountId": a.AccountID}
		accesses := func() float64 {
			got := w.Must(a, `query($id: ID!) { account(id: $id) { accesses { totalCount } } }`, map[string]any{"id": a.AccountID})
			n, _ := portaltest.At(got, "account", "accesses", "totalCount").(float64)
			return n
		}
		before := accesses()
		for _, c := range []struct {
			name string
			who  *portaltest.Actor
			want float64
		}{{"6.2: who follows the notices of its own account opens nothing", a, before}, {"6.2: an operator who follows them is shown to the customer", operator, before + 1}} {
			t.Run(c.name, func(t *testing.T) {
				e := servertest.Listen(t, s.URL, w.Token(c.who), servertest.Posted, own)
				servertest.PublishNotice(w, operator, map[string]any{"title": c.name})
				if title, _ := e.Title(); title != c.name {
					t.Fatal(title)
				}
				if got := accesses(); got != c.want {
					t.Fatalf("%v looks, want %v", got, c.want)
				}
			})
		}
	})
}
