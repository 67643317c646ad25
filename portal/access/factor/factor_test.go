package factor_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/message"
	"portico/ent/db/recoverycode"
	"portico/ent/db/secondfactor"
	"portico/ent/db/session"
	"portico/portal/kernel/outbox"
	"portico/portaltest"
)

const (
	add       = `mutation($i: AddTotpInput!) { addTotp(input: $i) { totp { id secret uri qrCode expiresAt } userErrors { code message clause field remedy { description operation input } } } }`
	confirm   = `mutation($i: ConfirmTotpInput!) { confirmTotp(input: $i) { secondFactor { id kind name } recoveryCodes userErrors { code message clause field remedy { description operation input } } } }`
	remove    = `mutation($i: RemoveSecondFactorInput!) { removeSecondFactor(input: $i) { removedSecondFactorId viewer { recoveryCodesLeft } userErrors { code message clause field remedy { description operation input } } } }`
	replace   = `mutation($i: ReplaceRecoveryCodesInput!) { replaceRecoveryCodes(input: $i) { recoveryCodes userErrors { code message clause field remedy { description operation input } } } }`
	stepUp    = `mutation($i: StepUpInput!) { stepUp(input: $i) { steppedUpUntil userErrors { code message clause field remedy { description operation input } } } }`
	signIn    = `mutation($i: SignInInput!) { signIn(input: $i) { session { accessToken } challenge { id methods expiresAt } userErrors { code message clause field remedy { description operation input } } } }`
	answer    = `mutation($i: AnswerChallengeInput!) { answerChallenge(input: $i) { session { accessToken refreshToken } userErrors { code message clause field remedy { description operation input } } } }`
	mine      = `{ viewer { secondFactors { id kind name addedAt lastUsedAt } recoveryCodesLeft steppedUpUntil } }`
	forgotten = "lantern mule 58 orbit staple"
)

func in(pairs ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return map[string]any{"i": m}
}

// refused checks a refusal's code, clause and field.
func refused(t *testing.T, r portaltest.Refusal, code, clause, field string) {
	t.Helper()
	if r.Code != code || r.Clause != clause || strings.Join(r.Field, ".") != field {
		t.Fatalf("%s by %q at %v, want %s by %q at %q", r.Code, r.Clause, r.Field, code, clause, field)
	}
	if r.Message == "" || clause != "" && r.Remedy == nil {
		t.Fatalf("%s has no text or no remedy", r.Code)
	}
}

// later lets the next time step of all apps begin, so that they show codes that
// weren't used.
func later(w *portaltest.World) { w.Wall.Advance(30 * time.Second) }

// passed sets when the sessions of an actor last passed a second factor.
func passed(w *portaltest.World, a *portaltest.Actor, ago time.Duration) {
	w.T.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		return tx.Session.Update().Where(session.PersonID(a.PersonID)).SetSecondFactorAt(tx.Wall.Add(-ago)).Exec(tx)
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

// mails returns how many mails an actor got.
func mails(w *portaltest.World, a *portaltest.Actor) int {
	w.T.Helper()
	n, err := w.Portal.Store.Read().Message.Query().Where(message.RecipientIndex(outbox.Recipient(w.Portal.Store, a.Email))).Count(w.System())
	if err != nil {
		w.T.Fatal(err)
	}
	return n
}

// raced sends n requests at once and returns how often each code was answered;
// "" is success.
func raced(w *portaltest.World, n int, send func(i int) portaltest.Response) map[string]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	got := map[string]int{}
	for i := range n {
		wg.Go(func() {
			r, code := send(i), ""
			if list := r.Refusals(w.T); len(list) > 0 {
				code = list[0].Code
			} else if len(r.Errors) > 0 {
				code = r.Errors[0].Code()
			}
			mu.Lock()
			defer mu.Unlock()
			got[code]++
		})
	}
	wg.Wait()
	return got
}

func TestASecondFactorIsAdded(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.4: by the present password and a code; ten recovery codes come with it", func(t *testing.T) {
			a := w.Owner("Ada")
			p := w.Done(a, add, in("name", "Ada's phone", "currentPassword", portaltest.Password))
			secret := portaltest.String(p, "totp", "secret")
			if !strings.HasPrefix(portaltest.String(p, "totp", "uri"), "otpauth://totp/Portico:") || len(secret) != 32 {
				t.Errorf("%v", p)
			}
			png, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(portaltest.String(p, "totp", "qrCode"), "data:image/png;base64,"))
			if err != nil || !strings.HasPrefix(string(png), "\x89PNG") {
				t.Errorf("no picture: %v", err)
			}
			row := w.Portal.Store.Read().SecondFactor.GetX(w.System(), portaltest.String(p, "totp", "id"))
			if strings.Contains(string(row.Secret), secret) {
				t.Error("the secret is stored in plain text")
			}
			if v := w.Must(a, mine, nil); len(portaltest.At(v, "viewer", "secondFactors").([]any)) != 0 || portaltest.At(v, "viewer", "recoveryCodesLeft") != 0.0 {
				t.Errorf("it counts before it is confirmed: %v", v)
			}
			app := &portaltest.App{ID: row.ID, Secret: secret}
			p = w.Done(a, confirm, in("secondFactorId", app.ID, "code", w.Shown(app)))
			if codes, _ := portaltest.At(p, "recoveryCodes").([]any); len(codes) != 10 {
				t.Errorf("%v", p)
			}
			v := w.Must(a, mine, nil)
			if portaltest.String(v, "viewer", "secondFactors", 0, "name") != "Ada's phone" || portaltest.At(v, "viewer", "recoveryCodesLeft") != 10.0 ||
				portaltest.String(v, "viewer", "steppedUpUntil") != w.Wall.Now().Add(15*time.Minute).Format(time.RFC3339) {
				t.Errorf("%v", v)
			}
			refused(t, w.Refused(a, confirm, in("secondFactorId", app.ID, "code", w.Shown(app))), "SECOND_FACTOR_NOT_PENDING", "1.4", "input.secondFactorId")
		})
		t.Run("1.4: a wrong password adds nothing, after five tries not even the right one", func(t *testing.T) {
			a := w.Owner("Ada")
			refused(t, w.Refused(a, add, in("name", "Phone")), "CURRENT_PASSWORD_WRONG", "1.4", "input.currentPassword")
			for range 5 {
				refused(t, w.Refused(a, add, in("currentPassword", forgotten)), "CURRENT_PASSWORD_WRONG", "1.4", "input.currentPassword")
			}
			refused(t, w.Refused(a, add, in("currentPassword", portaltest.Password)), "TRIES_EXCEEDED", "1.4", "")
		})
	})
}

func TestASecondFactorIsConfirmedInTime(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		for after, code := range map[time.Duration]string{10*time.Minute - time.Microsecond: "", 10 * time.Minute: "SECOND_FACTOR_NOT_PENDING"} {
			t.Run(fmt.Sprintf("1.4: after %s it can be confirmed: %v", after, code == ""), func(t *testing.T) {
				a := w.Owner("Ada")
				p := w.Done(a, add, in("currentPassword", portaltest.Password))
				app := &portaltest.App{ID: portaltest.String(p, "totp", "id"), Secret: portaltest.String(p, "totp", "secret")}
				w.Wall.Advance(after)
				got := raced(w, 1, func(int) portaltest.Response {
					return w.Send(a, confirm, in("secondFactorId", app.ID, "code", w.Shown(app)))
				})
				if got[code] != 1 {
					t.Errorf("%v", got)
				}
			})
		}
		t.Run("1.4: another one takes the place of one that isn't confirmed, also at once", func(t *testing.T) {
			a := w.Owner("Ada")
			first := portaltest.String(w.Done(a, add, in("currentPassword", portaltest.Password)), "totp", "id")
			if got := raced(w, 4, func(int) portaltest.Response { return w.Send(a, add, in("currentPassword", portaltest.Password)) }); got[""] != 4 {
				t.Errorf("%v", got)
			}
			if n := w.Portal.Store.Read().SecondFactor.Query().Where(secondfactor.PersonID(a.PersonID)).CountX(w.System()); n != 1 {
				t.Errorf("%d wait to be confirmed", n)
			}
			refused(t, w.Refused(a, confirm, in("secondFactorId", first, "code", "000000")), "NOT_FOUND", "", "input.secondFactorId")
		})
		t.Run("1.4: one that wasn't confirmed is removed after a day, one that was stays", func(t *testing.T) {
			a, b := w.Owner("Ada"), w.Owner("Bea")
			app := w.AddTotp(b)
			p := w.Done(a, add, in("currentPassword", portaltest.Password))
			w.Wall.Advance(25 * time.Hour)
			w.RunJobs()
			left := w.Portal.Store.Read().SecondFactor.Query().Where(secondfactor.IDIn(app.ID, portaltest.String(p, "totp", "id"))).IDsX(w.System())
			if len(left) != 1 || left[0] != app.ID {
				t.Errorf("%v", left)
			}
		})
	})
}

func TestSecondFactorsChange(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.4: a change ends the other sessions, and a mail tells the person", func(t *testing.T) {
			a := w.Owner("Ada")
			w.VerifyEmail(a)
			before := mails(w, a)
			other := w.Token(a)
			w.Begin(a)
			app := w.AddTotp(a)
			if w.SendToken(other, `{ viewer { person { id } } }`, nil).Data["viewer"] != nil || w.Must(a, mine, nil)["viewer"] == nil {
				t.Error("another session goes on, or the present one ended")
			}
			if mails(w, a) != before+1 || !strings.Contains(w.Message(a.Email).Body, "was added") {
				t.Errorf("%d mails: %s", mails(w, a)-before, w.Message(a.Email).Body)
			}
			w.Begin(a)
			refused(t, w.Refused(a, remove, in("secondFactorId", app.ID)), "STEP_UP_REQUIRED", "1.4", "")
			later(w)
			w.Done(a, stepUp, in("method", "TOTP", "code", w.Shown(app)))
			p := w.Done(a, remove, in("secondFactorId", app.ID))
			if portaltest.At(p, "viewer", "recoveryCodesLeft") != 0.0 || !strings.Contains(w.Message(a.Email).Body, "was removed") {
				t.Errorf("%v", p)
			}
			if p := w.Done(nil, signIn, in("login", a.Phone, "password", portaltest.Password)); portaltest.At(p, "session") == nil {
				t.Errorf("it still asks for a factor: %v", p)
			}
		})
		t.Run("1.4: who has a factor needs a fresh one to add another, and no password", func(t *testing.T) {
			a := w.Owner("Ada")
			w.AddTotp(a)
			passed(w, a, 15*time.Minute)
			refused(t, w.Refused(a, add, in("currentPassword", portaltest.Password)), "STEP_UP_REQUIRED", "1.4", "")
			refused(t, w.Refused(a, replace, in("confirm", true)), "STEP_UP_REQUIRED", "1.4", "")
			passed(w, a, 15*time.Minute-time.Microsecond)
			p := w.Done(a, add, in("name", "Tablet"))
			second := &portaltest.App{ID: portaltest.String(p, "totp", "id"), Secret: portaltest.String(p, "totp", "secret")}
			if p = w.Done(a, confirm, in("secondFactorId", second.ID, "code", w.Shown(second))); portaltest.At(p, "recoveryCodes") != nil {
				t.Error("recovery codes come with a further factor")
			}
		})
	})
}

func TestSecondFactorsOfAPerson(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.4: the tenth factor is confirmed, an eleventh isn't added", func(t *testing.T) {
			a := w.Owner("Ada")
			w.AddTotp(a)
			for range 9 {
				p := w.Done(a, add, in())
				app := &portaltest.App{ID: portaltest.String(p, "totp", "id"), Secret: portaltest.String(p, "totp", "secret")}
				w.Done(a, confirm, in("secondFactorId", app.ID, "code", w.Shown(app)))
			}
			refused(t, w.Refused(a, add, in()), "SECOND_FACTOR_LIMIT", "1.4", "")
		})
		t.Run("1.4: another person's factor is as good as none", func(t *testing.T) {
			a, b := w.Owner("Ada"), w.Owner("Bea")
			app := w.AddTotp(a)
			for _, id := range []string{app.ID, "sfac_01ARZ3NDEKTSV4RRFFQ69G5FAV", a.AccountID, ""} {
				refused(t, w.Refused(b, remove, in("secondFactorId", id)), "NOT_FOUND", "", "input.secondFactorId")
			}
			refused(t, w.Refused(b, confirm, in("secondFactorId", app.ID, "code", w.Shown(app))), "NOT_FOUND", "", "input.secondFactorId")
			node := `query($id: ID!) { node(id: $id) { id } }`
			if w.Must(b, node, map[string]any{"id": app.ID})["node"] != nil || w.Must(a, node, map[string]any{"id": app.ID})["node"] == nil {
				t.Error("a factor is shown to another person, or not to its own")
			}
		})
	})
}

func TestRecoveryCodesAreReplaced(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.4: recovery codes are replaced as a whole, once confirmed", func(t *testing.T) {
			a := w.Owner("Ada")
			refused(t, w.Refused(a, replace, in("confirm", true)), "SECOND_FACTOR_MISSING", "1.4", "")
			app := w.AddTotp(a)
			refused(t, w.Refused(a, replace, in("confirm", false)), "REPLACEMENT_NOT_CONFIRMED", "1.4", "input.confirm")
			w.Done(a, stepUp, in("method", "RECOVERY_CODE", "code", app.RecoveryCodes[9]))
			p := w.Done(a, replace, in("confirm", true))
			if fresh := portaltest.At(p, "recoveryCodes").([]any); len(fresh) != 10 {
				t.Errorf("%v", fresh)
			}
			refused(t, w.Refused(a, stepUp, in("method", "RECOVERY_CODE", "code", app.RecoveryCodes[0])), "SECOND_FACTOR_WRONG", "1.4", "input.code")
			w.Done(a, stepUp, in("method", "RECOVERY_CODE", "code", portaltest.At(p, "recoveryCodes", 0)))
			if got := raced(w, 4, func(int) portaltest.Response { return w.Send(a, replace, in("confirm", true)) }); got[""] != 4 {
				t.Errorf("%v", got)
			}
			if n := w.Portal.Store.Read().RecoveryCode.Query().Where(recoverycode.PersonID(a.PersonID)).CountX(w.System()); n != 10 {
				t.Errorf("%d codes", n)
			}
		})
	})
}
