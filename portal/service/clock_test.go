package service_test

import (
	"testing"
	"time"

	"portico/portal"
	"portico/portal/ledger"
	"portico/portal/portaltest"
)

// TestNothingEndsBeforeItBegan ends services on a replica whose clock is behind
// the one that opened them, as two that do so at once are by a moment.
func TestNothingEndsBeforeItBegan(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Behind", "9000.00")
		behind := func() { w.Wall.Advance(-time.Second) }
		for _, c := range []struct {
			what string
			do   func(app string)
		}{
			{"3.7: by a renewal", func(app string) {
				open(w, a, app, "im-flagship", "1500.00", month(1))
				behind()
				open(w, a, app, "im-flagship", "1500.00", month(1))
			}},
			{"3.7: by another plan", func(app string) {
				open(w, a, app, "im-developer", "0.00", nil)
				behind()
				open(w, a, app, "im-flagship", "1500.00", month(1))
			}},
			{"3.6: by closing it", func(app string) {
				id := open(w, a, app, "rtc-payg", "0.00", nil)
				behind()
				w.Done(a, `mutation($i: CloseServiceInput!) { closeService(input: $i) { service { id } userErrors { code } } }`, input{"i": input{"serviceId": id}})
			}},
			{"3.6: by deleting the application", func(app string) {
				open(w, a, app, "rtc-payg", "0.00", nil)
				behind()
				w.Done(a, `mutation($i: DeleteApplicationInput!) { deleteApplication(input: $i) { application { id } userErrors { code } } }`, input{"i": input{"applicationId": app}})
			}},
		} {
			t.Run(c.what, func(t *testing.T) {
				c.do(w.Application(a, "MAINLAND"))
				found, err := ledger.Check(w.System(), w.Portal.Store, portal.Rules()...)
				if err != nil || len(found) > 0 {
					t.Errorf("%v %+v", err, found)
				}
			})
		}
	})
}
