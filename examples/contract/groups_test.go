package contract_test

import (
	"testing"

	"portico/examples/contract"
	"portico/portaltest"
)

// The operations of grants and groups, unchanged.
func TestGrantsAndGroupsOfTheContractRun(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Acme"), w.Owner("Berta")
		in := func(fields map[string]any) map[string]any { return map[string]any{"input": fields} }
		w.Done(a, contract.Operation("InviteEmployee"), in(map[string]any{"accountId": a.AccountID, "address": b.Phone, "roleIds": []string{"role_developer"}}))
		employee := portaltest.String(w.Done(b, contract.Operation("AcceptInvitation"), in(map[string]any{"token": w.Message(b.Phone).Token})), "employee", "id")
		limit := map[string]any{"amount": "500.00", "currency": "CNY"}
		p := w.Done(a, contract.Operation("UpdateGrants"), in(map[string]any{"employeeId": employee,
			"addGrants": []map[string]any{{"roleId": "role_operations", "perMonth": limit, "secondFactorWithin": 15}}}))
		if portaltest.String(p, "employee", "grants", 1, "perMonth", "amount") != "500.00" || portaltest.String(p, "employee", "contact", "phone") != b.Phone || portaltest.String(p, "employee", "lastActiveAt") == "" {
			t.Errorf("%v", p)
		}
		p = w.Done(a, contract.Operation("CreateGroup"), in(map[string]any{"accountId": a.AccountID, "name": "Buyers",
			"grants": []map[string]any{{"roleId": "role_finance", "perMonth": limit}}}))
		group := portaltest.String(p, "group", "id")
		if portaltest.String(p, "group", "grants", 0, "spentThisMonth", "amount") != "0.00" {
			t.Errorf("%v", p)
		}
		p = w.Done(a, contract.Operation("SetGroupMembers"), in(map[string]any{"groupId": group, "memberIds": []string{employee}}))
		if portaltest.String(p, "group", "members", "nodes", 0, "id") != employee {
			t.Errorf("%v", p)
		}
	})
}
