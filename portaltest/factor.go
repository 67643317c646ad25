package portaltest

import (
	"github.com/pquerna/otp/totp"
)

// App is an authenticator app that holds a second factor of an actor.
type App struct {
	// ID is that of the second factor, Secret its secret in base32.
	ID, Secret string
	// RecoveryCodes are the codes that came with the factor.
	RecoveryCodes []string
}

// AddTotp gives an actor who has no second factor an authenticator app. The
// actor's present session has passed the factor; its other sessions end.
func (w *World) AddTotp(a *Actor) *App {
	w.T.Helper()
	p := w.Done(a, `mutation($i: AddTotpInput!) { addTotp(input: $i) { totp { id secret } userErrors { code } } }`,
		map[string]any{"i": map[string]any{"name": "Phone", "currentPassword": Password}})
	app := &App{ID: String(p, "totp", "id"), Secret: String(p, "totp", "secret")}
	p = w.Done(a, `mutation($i: ConfirmTotpInput!) { confirmTotp(input: $i) { recoveryCodes userErrors { code } } }`,
		map[string]any{"i": map[string]any{"secondFactorId": app.ID, "code": w.Shown(app)}})
	codes, _ := At(p, "recoveryCodes").([]any)
	for _, c := range codes {
		app.RecoveryCodes = append(app.RecoveryCodes, c.(string))
	}
	return app
}

// Shown returns the code that an app shows now.
func (w *World) Shown(app *App) string {
	w.T.Helper()
	code, err := totp.GenerateCode(app.Secret, w.Wall.Now())
	if err != nil {
		w.T.Fatal(err)
	}
	return code
}
