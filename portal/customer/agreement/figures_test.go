package agreement_test

import (
	"testing"

	"portico/portal/customer/agreement"
	"portico/portaltest"
)

func TestAnElectronicNoticeIsServedWhenItIsSent(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Prompt")
		publish(t, w, amendment(agreement.ServiceTerms, "two", w.Portal.Store.Now()))
		c := &conduct{T: t, w: w, id: termsID(t, w, "two")}
		t.Run("12.4: use at the instant at which the notice is sent accepts what it announces", func(t *testing.T) {
			w.Done(a, newApplication, app(a))
			c.want(a, 1)
		})
	})
}
