package proof_test

import (
	"testing"

	"portico/portal/portaltest"
)

func TestAVisitorLearnsNoMoreThanItProves(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Vera")
		t.Run("1.1: the link in a mail proves the mailbox, not the phone", func(t *testing.T) {
			token := w.Message(a.Email).Token
			r := w.Send(nil, `mutation($i: VerifyEmailInput!) { verifyEmail(input: $i) { person { id email emailVerified phone } userErrors { code } } }`,
				map[string]any{"i": map[string]any{"token": token}})
			person := portaltest.At(r.Data, "verifyEmail", "person")
			if portaltest.String(person, "email") != a.Email || portaltest.At(person, "phone") != nil || len(r.Errors) != 1 || r.Errors[0].Code() != "UNAUTHENTICATED" {
				t.Errorf("%s", r.Raw)
			}
		})
		t.Run("a system actor is a job that there is, and nothing to a visitor", func(t *testing.T) {
			query := `{ node(id: "sys_service.expire") { __typename id } made: node(id: "sys_anything") { id } }`
			if d := w.Must(nil, query, nil); d["node"] != nil || d["made"] != nil {
				t.Errorf("%v", d)
			}
			if d := w.Must(a, query, nil); portaltest.String(d, "node", "__typename") != "SystemActor" || d["made"] != nil {
				t.Errorf("%v", d)
			}
		})
	})
}
