package contract_test

import (
	"testing"
	"time"

	"portico/examples/contract"
	"portico/portaltest"
)

// The operations about second factors, unchanged.
func TestSecondFactorsOfTheContractRun(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Acme")
		in := func(fields map[string]any) map[string]any { return map[string]any{"input": fields} }
		p := w.Done(a, contract.Operation("AddTotp"), in(map[string]any{"name": "Phone", "currentPassword": portaltest.Password}))
		app := &portaltest.App{ID: portaltest.String(p, "totp", "id"), Secret: portaltest.String(p, "totp", "secret")}
		p = w.Done(a, contract.Operation("ConfirmTotp"), in(map[string]any{"secondFactorId": app.ID, "code": w.Shown(app)}))
		if codes, _ := portaltest.At(p, "recoveryCodes").([]any); len(codes) != 10 || portaltest.String(p, "secondFactor", "kind") != "TOTP" {
			t.Errorf("%v", p)
		}
		w.Wall.Advance(30 * time.Second)
		p = w.Done(nil, contract.Operation("SignInChallenged"), in(map[string]any{"login": a.Phone, "password": portaltest.Password}))
		p = w.Done(nil, contract.Operation("AnswerChallenge"), in(map[string]any{"challengeId": portaltest.String(p, "challenge", "id"), "method": "TOTP", "code": w.Shown(app)}))
		if portaltest.String(p, "session", "accessToken") == "" {
			t.Errorf("%v", p)
		}
		w.Wall.Advance(time.Minute)
		p = w.Done(nil, contract.Operation("SignInWithCode"), in(map[string]any{"phone": a.Phone, "code": w.Code(a.Phone, "SIGN_IN")}))
		if portaltest.At(p, "session") != nil || portaltest.String(p, "challenge", "id") == "" {
			t.Errorf("1.4: a code alone lets in who has a second factor: %v", p)
		}
		w.Wall.Advance(30 * time.Second)
		if p = w.Done(a, contract.Operation("StepUp"), in(map[string]any{"method": "TOTP", "code": w.Shown(app)})); portaltest.String(p, "steppedUpUntil") == "" {
			t.Errorf("%v", p)
		}
		v := w.Must(a, `{ viewer { secondFactors { id kind name addedAt lastUsedAt } recoveryCodesLeft steppedUpUntil } }`, nil)
		if portaltest.String(v, "viewer", "secondFactors", 0, "name") != "Phone" || portaltest.At(v, "viewer", "recoveryCodesLeft") != 10.0 {
			t.Errorf("%v", v)
		}
		p = w.Done(a, contract.Operation("RemoveSecondFactor"), in(map[string]any{"secondFactorId": app.ID}))
		if portaltest.At(p, "viewer", "recoveryCodesLeft") != 0.0 {
			t.Errorf("%v", p)
		}
	})
}

// The operations about passkeys, unchanged.
func TestPasskeysOfTheContractRun(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, k := w.Owner("Acme"), w.NewPasskey()
		in := func(fields map[string]any) map[string]any { return map[string]any{"input": fields} }
		p := w.Done(a, contract.Operation("BeginPasskey"), in(map[string]any{"name": "Laptop", "currentPassword": portaltest.Password}))
		p = w.Done(a, contract.Operation("FinishPasskey"), in(map[string]any{"challengeId": portaltest.String(p, "challenge", "id"), "credential": k.Create(portaltest.At(p, "challenge", "options"))}))
		if codes, _ := portaltest.At(p, "recoveryCodes").([]any); len(codes) != 10 || portaltest.String(p, "secondFactor", "kind") != "PASSKEY" {
			t.Errorf("%v", p)
		}
		q := w.Done(a, contract.Operation("SetSecondFactorPolicy"), in(map[string]any{"accountId": a.AccountID, "scope": "EVERYONE"}))
		if portaltest.String(q, "account", "secondFactorPolicy", "scope") != "EVERYONE" {
			t.Errorf("%v", q)
		}
		p = w.Done(nil, contract.Operation("BeginPasskeySignIn"), in(map[string]any{}))
		p = w.Done(nil, contract.Operation("FinishPasskeySignIn"), in(map[string]any{"challengeId": portaltest.String(p, "challenge", "id"), "credential": k.Sign(portaltest.At(p, "challenge", "options"))}))
		if portaltest.String(p, "session", "accessToken") == "" {
			t.Errorf("%v", p)
		}
	})
}
