package identity_test

import (
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/captcha"
	"portico/portaltest"
)

// captchaFixture stores a captcha with the given answer and returns its ID and the
// answer: outside the sandbox no API returns one.
func captchaFixture(t *testing.T, w *portaltest.World, answer string) (string, string) {
	t.Helper()
	id := ent.NewID("capt")
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		return tx.Captcha.Create().SetID(id).SetPurpose(captcha.PurposeREGISTER).
			SetAnswerHash(w.Portal.Store.Index("captcha", id+answer)).SetCreatedAt(tx.Wall).SetExpiresAt(tx.Wall.Add(time.Minute)).Exec(tx)
	})
	if err != nil {
		t.Error(err)
	}
	return id, answer
}
