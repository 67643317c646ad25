package contract_test

import (
	"testing"

	"portico/examples/contract"
	"portico/portaltest"
)

// The operations of invitations, unchanged.
func TestInvitationsOfTheContractRun(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		in := func(fields map[string]any) map[string]any { return map[string]any{"input": fields} }
		limit := map[string]any{"amount": "500.00", "currency": "CNY"}
		p := w.Done(a, contract.Operation("Invite"), in(map[string]any{"accountId": a.AccountID, "address": "nora@example.com",
			"grants": []map[string]any{{"roleId": "role_operations", "perOrder": limit, "perMonth": limit, "secondFactorWithin": 15}}}))
		if portaltest.String(p, "invitation", "status") != "PENDING" || portaltest.String(p, "invitation", "grants", 0, "perMonth", "amount") != "500.00" {
			t.Errorf("%v", p)
		}
		id := map[string]any{"id": a.AccountID}
		d := w.Must(a, contract.Operation("People"), id)
		if portaltest.String(d, "account", "invitations", "nodes", 0, "grants", 0, "role", "code") != "operations" || portaltest.String(d, "account", "invitations", "nodes", 0, "address") != "nora@example.com" {
			t.Errorf("%v", d)
		}
		token := w.Message("nora@example.com").Token
		d = w.Must(nil, contract.Operation("Invited"), map[string]any{"token": token})
		if portaltest.String(d, "invitationPreview", "account", "name") != "Acme Ltd" || portaltest.String(d, "invitationPreview", "roles", 0, "name") == "" {
			t.Errorf("%v", d)
		}
		phone := "+8613700000051"
		p = w.Done(nil, contract.Operation("Join"), in(map[string]any{"token": token, "personName": "Nora", "password": portaltest.Password, "phone": phone,
			"code": w.Code(phone, "REGISTER"), "declaresFullCapacity": true, "acceptedTermsIds": w.TermsIDs()}))
		if portaltest.String(p, "session", "accessToken") == "" || portaltest.String(p, "employee", "id") == "" {
			t.Errorf("%v", p)
		}
		d = w.Must(a, contract.Operation("People"), map[string]any{"id": a.AccountID, "filter": map[string]any{"search": "Nora"}})
		if portaltest.String(d, "account", "employees", "nodes", 0, "grants", 0, "perOrder", "amount") != "500.00" || len(portaltest.At(d, "account", "invitations", "nodes").([]any)) != 0 {
			t.Errorf("%v", d)
		}
	})
}
