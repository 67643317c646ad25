package account_test

import (
	"testing"
	"time"

	"portico/portaltest"
)

func TestThirtyWrongTokensAreLookedAt(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		w.Wall.Advance(2 * time.Hour)
		t.Run("1.5: of a network 30 wrong tokens are looked at, the 31st is not", func(t *testing.T) {
			for range 30 {
				if r := w.Send(nil, previewQ, given{"token": "pi_guess"}); len(r.Errors) > 0 || r.Data["invitationPreview"] != nil {
					t.Fatalf("%s", r.Raw)
				}
			}
			if r := w.Send(nil, previewQ, given{"token": "pi_guess"}); len(r.Errors) != 1 || r.Errors[0].Code() != "TRIES_EXCEEDED" {
				t.Errorf("%s", r.Raw)
			}
		})
	})
}
