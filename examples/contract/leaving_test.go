package contract_test

import (
	"testing"

	"portico/examples/contract"
	"portico/portaltest"
)

// The operations of leaving, unchanged.
func TestLeavingOfTheContractRuns(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Acme"), w.Owner("Berta")
		in := func(fields map[string]any) map[string]any { return map[string]any{"input": fields} }
		w.Done(a, contract.Operation("InviteEmployee"), in(map[string]any{"accountId": a.AccountID, "address": b.Phone, "roleIds": []string{"role_administrator"}}))
		berta := portaltest.String(w.Done(b, contract.Operation("AcceptInvitation"), in(map[string]any{"token": w.Message(b.Phone).Token})), "employee", "id")
		p := w.Done(b, contract.Operation("InviteEmployee"), in(map[string]any{"accountId": a.AccountID, "address": "+8613700000099", "roleIds": []string{"role_developer"}}))
		invitation := portaltest.String(p, "invitation", "id")
		d := w.Must(a, contract.Operation("Leaving"), map[string]any{"employeeId": berta})
		h := portaltest.At(d, "offboardingPreview", "holdings", 0)
		if portaltest.String(h, "kind") != "INVITATIONS" || portaltest.At(h, "count") != 1.0 || portaltest.String(h, "node", "id") != invitation || portaltest.String(h, "node", "__typename") != "Invitation" ||
			portaltest.At(h, "transferable") != false || portaltest.String(h, "refusal", "code") != "SUCCESSOR_REQUIRED" || portaltest.String(d, "offboardingPreview", "refusals", 0, "remedy", "operation") != "offboardEmployee" {
			t.Errorf("%v", d)
		}
		w.AddTotp(a)
		w.AddTotp(b)
		p = w.Done(a, contract.Operation("OfferOwnership"), in(map[string]any{"employeeId": berta}))
		if portaltest.String(p, "offer", "status") != "PENDING" || portaltest.String(p, "offer", "expiresAt") == "" {
			t.Errorf("%v", p)
		}
		p = w.Done(b, contract.Operation("AcceptOwnership"), in(map[string]any{"offerId": portaltest.String(p, "offer", "id")}))
		if portaltest.String(p, "account", "id") != a.AccountID || portaltest.String(p, "account", "owner", "id") != berta {
			t.Errorf("%v", p)
		}
	})
}
