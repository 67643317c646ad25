package service_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"portico/portaltest"
)

const deletionPreview = `query($id: ID!, $c: [ID!]) { applicationDeletionPreview(applicationId: $id, confirmsEnding: $c) {
	services { service { plan { code } } paidUntil lost { amount } } lost { amount currency } refusals { code clause remedy { operation input } } } }`

// TestWhatIsPaidIsNotDeletedUnseen checks that paid time is shown and must be
// confirmed before an application is deleted.
func TestWhatIsPaidIsNotDeletedUnseen(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Funded("Deleting", "9000.00"), w.Verified("Foreign")
		id := w.Application(a, "MAINLAND")
		preview := func(confirms ...string) any {
			t.Helper()
			return w.Must(a, deletionPreview, input{"id": id, "c": confirms})["applicationDeletionPreview"]
		}
		t.Run("3.6: where nothing was paid for, it needs no confirmation", func(t *testing.T) {
			free := w.Application(a, "MAINLAND")
			open(w, a, free, "im-developer", "0.00", nil)
			open(w, a, free, "rtc-payg", "0.00", nil)
			p := w.Must(a, deletionPreview, input{"id": free})["applicationDeletionPreview"]
			if portaltest.String(p, "lost", "amount") != "0.00" || len(portaltest.At(p, "services").([]any)) != 2 || len(portaltest.At(p, "refusals").([]any)) != 0 {
				t.Errorf("%v", p)
			}
			w.Done(a, deletion, input{"i": input{"applicationId": free}})
		})
		first := open(w, a, id, "im-flagship", "1500.00", month(1))
		second := open(w, a, id, "im-flagship", "1500.00", month(1)) // renews
		open(w, a, id, "rtc-payg", "0.00", nil)
		w.AdvanceTo(portaltest.Start.AddDate(0, 0, 10)) // 21 of the 31 days of the first term are left
		t.Run("3.6: what is lost is shown to the fen, in the preview and by the refusal", func(t *testing.T) {
			p := preview()
			if portaltest.String(p, "lost", "amount") != "2516.13" || portaltest.String(p, "services", 0, "lost", "amount") != "2516.13" || portaltest.String(p, "services", 0, "paidUntil") == "" ||
				portaltest.String(p, "services", 1, "lost", "amount") != "0.00" || portaltest.At(p, "services", 1, "paidUntil") != nil || portaltest.String(p, "refusals", 0, "code") != "ENDS_PAID_SERVICES" {
				t.Fatalf("%v", p)
			}
			for _, confirms := range [][]string{nil, {first}, {"serv_other"}} {
				r := w.Refused(a, deletion, input{"i": input{"applicationId": id, "confirmsEnding": confirms}})
				if r.Code != "ENDS_PAID_SERVICES" || r.Clause != "3.6" || strings.Join(r.Field, ".") != "input.confirmsEnding" || r.Remedy.Operation != "deleteApplication" ||
					fmt.Sprint(r.Remedy.Input["confirmsEnding"]) != "["+second+"]" {
					t.Errorf("%v: %+v %+v", confirms, r, r.Remedy)
				}
			}
			if p := preview(second); len(portaltest.At(p, "refusals").([]any)) != 0 {
				t.Errorf("confirmed: %v", p)
			}
		})
		if r := w.Send(b, deletionPreview, input{"id": id}); len(r.Errors) != 1 || r.Errors[0].Code() != "NOT_FOUND" {
			t.Errorf("3.6: a stranger gets %s", r.Raw)
		}
		t.Run("3.6: the remedy of the refusal deletes it, once of several at a time", func(t *testing.T) {
			again := w.Refused(a, deletion, input{"i": input{"applicationId": id}}).Remedy.Input
			var wg sync.WaitGroup
			codes := make([]string, 3)
			for i := range codes {
				wg.Go(func() {
					r := w.Send(a, deletion, input{"i": again})
					codes[i] = portaltest.String(r.Data, "deleteApplication", "application", "status") + portaltest.String(r.Data, "deleteApplication", "userErrors", 0, "code")
				})
			}
			wg.Wait()
			if got := strings.Join(codes, " "); strings.Count(got, "APPLICATION_DELETED") != 2 || strings.Count(got, "DELETED") != 3 {
				t.Error(got)
			}
		})
	})
}
