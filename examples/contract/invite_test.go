package contract_test

import (
	"testing"
	"time"

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

// Employees from a file, and the review of what they hold, unchanged.
func TestFilesAndReviewsOfTheContractRun(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Acme"), w.Person("Berta")
		p := w.Done(a, contract.Operation("ImportEmployees"), map[string]any{"input": map[string]any{"accountId": a.AccountID,
			"csv": "address,roles\n" + b.Phone + ",finance\n110,finance\n"}})
		if portaltest.At(p, "invited") != float64(1) || portaltest.String(p, "rows", 0, "result") != "INVITED" || portaltest.String(p, "rows", 1, "code") != "PHONE_INVALID" ||
			portaltest.String(p, "rows", 1, "address") != "110" {
			t.Errorf("%v", p)
		}
		w.Done(b, contract.Operation("AcceptInvitation"), map[string]any{"input": map[string]any{"token": w.Message(b.Phone).Token}})
		w.AdvanceTo(w.Portal.Store.Now().Add(90 * 24 * time.Hour))
		d := w.Must(a, contract.Operation("AccessReview"), map[string]any{"id": a.AccountID})
		if portaltest.String(d, "account", "accessReview", "nodes", 0, "grant", "role", "code") == "" || portaltest.At(d, "account", "accessReview", "nodes", 0, "lastUsedAt") != nil {
			t.Errorf("%v", d)
		}
	})
}

// What one may do, and what one sees of an application, unchanged.
func TestPermissionsOfTheContractAreRead(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Acme", "100.00")
		app := w.Application(a, "MAINLAND")
		w.Done(a, contract.Operation("PlaceOrder"), map[string]any{"key": "first", "input": map[string]any{"accountId": a.AccountID, "applicationId": app,
			"planId": w.PlanID("im-developer"), "expectedTotal": map[string]any{"amount": "0.00", "currency": "CNY"}}})
		d := w.Must(a, contract.Operation("MayI"), map[string]any{"on": app, "do": "ORDER_PLACE"})
		if portaltest.At(d, "can", "allowed") != true || portaltest.String(d, "can", "grants", 0, "role", "code") != "owner" {
			t.Errorf("%v", d)
		}
		d = w.Must(a, contract.Operation("Mine"), map[string]any{"id": app})
		if portaltest.String(d, "node", "viewerPermissions", 0) == "" || portaltest.String(d, "node", "account", "id") != a.AccountID ||
			portaltest.String(d, "node", "services", "nodes", 0, "status") != "RUNNING" {
			t.Errorf("%v", d)
		}
	})
}
