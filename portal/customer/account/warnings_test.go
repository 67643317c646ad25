package account_test

import (
	"slices"
	"testing"

	"portico/portaltest"
)

func TestACheckDigitThatAPersonMayOverruleGoesToTheReviewer(t *testing.T) {
	const submit = `mutation($i: SubmitVerificationInput!) { submitVerification(input: $i) { verification { id warnings }
		userErrors { code message clause field remedy { description operation input } } } }`
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Warned")
		op := w.Operator("compliance")
		sent := func(kind, number string, confirms bool) map[string]any {
			return map[string]any{"i": map[string]any{"accountId": a.AccountID, "kind": kind, "legalName": "厦门示例（集团）有限公司", "country": "CN",
				"registrationNumber": number, "confirmsNumber": confirms}}
		}
		reject := func(p map[string]any) {
			w.Done(op, reviewOne, map[string]any{"i": map[string]any{"verificationId": portaltest.String(p, "verification", "id"), "decision": "REJECT", "reason": "Illegible."}})
		}
		warnings := func(p map[string]any, want ...any) {
			t.Helper()
			if got, _ := portaltest.At(p, "verification", "warnings").([]any); !slices.Equal(got, want) {
				t.Errorf("1.3: warnings %v, want %v", got, want)
			}
			read := w.Must(op, `query($id: ID!) { node(id: $id) { ... on Verification { warnings } } }`, map[string]any{"id": portaltest.String(p, "verification", "id")})
			if got, _ := portaltest.At(read["node"], "warnings").([]any); !slices.Equal(got, want) {
				t.Errorf("1.3: the reviewer reads %v, want %v", got, want)
			}
			reject(p)
		}
		warnings(w.Done(a, submit, sent("MAINLAND_COMPANY", "91350203M0001FUE2P", false)), "CHECK_DIGIT_KNOWN_WRONG")
		warnings(w.Done(a, submit, sent("MAINLAND_COMPANY", portaltest.CreditCode(77), true)))
		for kind, number := range map[string]string{"MAINLAND_COMPANY": "91110108MA01CQ8T76", "MAINLAND_ORGANISATION": "91110108MA01CQ8T76", "NATURAL_PERSON": "110105194912310021"} {
			r := w.Refused(a, submit, sent(kind, number, false))
			refused(t, r, "REGISTRATION_NUMBER_INVALID", "1.3", "input.registrationNumber")
			again := r.Remedy.Input
			if kind == "NATURAL_PERSON" { // the number of a person isn't shown again
				if again["registrationNumber"] != nil {
					t.Errorf("the remedy has %v", again)
				}
				again["registrationNumber"] = number
			}
			if r.Remedy.Operation != "submitVerification" {
				t.Fatalf("%+v", r.Remedy)
			}
			warnings(w.Done(a, submit, map[string]any{"i": again}), "CHECK_DIGIT_CONFIRMED")
		}
		for label, number := range map[string]string{"17 characters": "91110108MA01CQ8T7", "a letter that isn't used": "91110108MA01CQ8TO6", "no number": "号码"} {
			if r := w.Refused(a, submit, sent("MAINLAND_COMPANY", number, true)); r.Code != "REGISTRATION_NUMBER_INVALID" || r.Remedy.Operation != "" {
				t.Errorf("1.3: %s, confirmed: %+v", label, r)
			}
		}
	})
}
