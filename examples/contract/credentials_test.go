package contract_test

import (
	"testing"

	"portico/examples/contract"
	"portico/portaltest"
)

// A person's own credentials.
func TestTheCredentialsOfTheContractRun(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Acme")
		in := func(fields map[string]any) map[string]any { return map[string]any{"input": fields} }
		const number, mailbox = "+8613711000099", "moved@example.com"
		p := w.Done(a, contract.Operation("ChangePhone"), in(map[string]any{"phone": number, "code": w.Code(number, "CHANGE_PHONE"), "currentPassword": portaltest.Password}))
		if portaltest.String(p, "person", "phone") != number {
			t.Errorf("%v", p)
		}
		p = w.Done(a, contract.Operation("ChangeEmail"), in(map[string]any{"email": mailbox, "currentPassword": portaltest.Password}))
		if portaltest.String(p, "person", "email") != a.Email || portaltest.String(p, "person", "pendingEmail") != mailbox {
			t.Errorf("%v", p)
		}
		d := w.Must(a, `{ viewer { sessions(first: 20) { nodes { id } } } }`, nil)
		id := portaltest.String(d, "viewer", "sessions", "nodes", 0, "id")
		if p := w.Done(a, contract.Operation("RevokeSession"), in(map[string]any{"sessionId": id})); portaltest.String(p, "revokedSessionId") != id {
			t.Errorf("%v", p)
		}
		w.Begin(a)
		p = w.Done(a, contract.Operation("ExportMyData"), in(map[string]any{"currentPassword": portaltest.Password}))
		if portaltest.String(p, "export", "status") != "READY" || portaltest.String(p, "export", "downloadUrl") == "" {
			t.Errorf("%v", p)
		}
	})
}
