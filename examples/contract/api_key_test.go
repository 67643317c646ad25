package contract_test

import (
	"testing"

	"portico/examples/contract"
	"portico/portaltest"
)

// The operations of keys, unchanged.
func TestKeysOfTheContractRun(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		app := w.Application(a, "MAINLAND")
		in := func(fields map[string]any) map[string]any { return map[string]any{"input": fields} }
		p := w.Done(a, contract.Operation("CreateApiKey"), in(map[string]any{"accountId": a.AccountID, "name": "Sync",
			"permissions": []string{"APPLICATION_READ", "ACCOUNT_READ"}, "applicationIds": []string{app}, "networks": []string{"192.0.2.0/24"}}))
		id, first := portaltest.String(p, "apiKey", "id"), portaltest.String(p, "secret")
		p = w.Done(a, contract.Operation("RotateApiKey"), in(map[string]any{"apiKeyId": id}))
		if portaltest.String(p, "previousUntil") == "" || portaltest.String(p, "secret") == first {
			t.Errorf("%v", p)
		}
		keys := func() any {
			return portaltest.At(w.Must(a, contract.Operation("Keys"), map[string]any{"id": a.AccountID}), "account", "apiKeys", "nodes", 0)
		}
		read := map[string]any{"id": a.AccountID}
		for _, secret := range []string{first, portaltest.String(p, "secret")} {
			if d := w.Must(portaltest.Keyed(a.AccountID, secret), `query($id: ID!) { account(id: $id) { id applications(first: 1) { nodes { id } } } }`, read); portaltest.String(d, "account", "applications", "nodes", 0, "id") != app {
				t.Errorf("%v", d)
			}
		}
		if k := keys(); portaltest.String(k, "status") != "ACTIVE" || portaltest.String(k, "applications", 0, "id") != app || portaltest.String(k, "lastUsedAt") == "" || portaltest.String(k, "owner", "id") == "" {
			t.Errorf("%v", k)
		}
		p = w.Done(a, contract.Operation("RevokeApiKey"), in(map[string]any{"apiKeyId": id}))
		if portaltest.String(p, "apiKey", "status") != "REVOKED" || portaltest.String(keys(), "status") != "REVOKED" {
			t.Errorf("%v", p)
		}
	})
}
