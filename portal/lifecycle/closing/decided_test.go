package closing_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portico/ent/db/notice"
	closingunit "portico/portal/lifecycle/closing"
	"portico/portaltest"
)

// TestADecisionPromisesNothingThatStandingDenies decides a verification while
// the account is closed. The notice to the owner names what refuses an order,
// in both languages (0, 5.2).
func TestADecisionPromisesNothingThatStandingDenies(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		support := w.Operator("support")
		coming := publish(t, w, "two")
		w.AdvanceTo(w.Portal.Store.Now().Add(time.Minute))
		for n, decision := range []string{"APPROVE", "REJECT"} {
			for closes, what := range map[bool]string{false: "0: " + decision + " while the account goes on", true: "0: " + decision + " while it is closed"} {
				t.Run(what, func(t *testing.T) {
					serial := 8100 + 2*n
					if closes {
						serial++
					}
					a := w.Owner(fmt.Sprint("Decided", serial))
					id := portaltest.String(w.Done(a, `mutation($i: SubmitVerificationInput!) { submitVerification(input: $i) { verification { id } `+userErrors+` } }`,
						input{"i": input{"accountId": a.AccountID, "kind": "MAINLAND_COMPANY", "legalName": "Decided", "country": "CN", "registrationNumber": portaltest.CreditCode(serial)}}), "verification", "id")
					if closes {
						w.Done(a, declineOne, declining(a, coming, true))
					}
					w.Done(support, `mutation($i: ReviewVerificationInput!) { reviewVerification(input: $i) { verification { status } `+userErrors+` } }`,
						input{"i": input{"verificationId": id, "decision": decision, "reason": "x"}})
					row, err := w.Portal.Store.Read().Notice.Query().Where(notice.SubjectID(id)).Only(w.System())
					if err != nil {
						t.Fatal(err)
					}
					if row.BodyEn == nil {
						t.Fatal("no English text")
					}
					zh, en := strings.HasSuffix(row.Body, closingunit.AccountClosing.Text.ZH), strings.HasSuffix(*row.BodyEn, closingunit.AccountClosing.Text.EN)
					if zh != closes || en != closes {
						t.Errorf("%s / %s", row.Body, *row.BodyEn)
					}
				})
			}
		}
	})
}
