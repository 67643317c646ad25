package factor_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"portico/portaltest"
)

const (
	reset  = `mutation($i: ResetPasswordInput!) { resetPassword(input: $i) { userErrors { code } } }`
	change = `mutation($i: ChangePasswordInput!) { changePassword(input: $i) { userErrors { code } } }`
	invite = `mutation($i: InviteEmployeeInput!) { inviteEmployee(input: $i) { invitation { id } userErrors { code message clause field remedy { description operation input } } } }`
)

// challenged signs an actor in up to the challenge and returns its token.
func challenged(w *portaltest.World, a *portaltest.Actor) string {
	w.T.Helper()
	p := w.Done(nil, signIn, in("login", a.Phone, "password", portaltest.Password))
	if portaltest.At(p, "session") != nil {
		w.T.Fatalf("a session without a second factor: %v", p)
	}
	return portaltest.String(p, "challenge", "id")
}

// byApp returns the input of an answer by what an app shows now.
func byApp(w *portaltest.World, challenge string, app *portaltest.App) map[string]any {
	return in("challengeId", challenge, "method", "TOTP", "code", w.Shown(app))
}

func TestSignInWithASecondFactor(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.4: a password alone opens no session; with a code of the app it does, and the session has passed the factor", func(t *testing.T) {
			a := w.Owner("Ada")
			app := w.AddTotp(a)
			later(w)
			p := w.Done(nil, signIn, in("login", a.Phone, "password", portaltest.Password))
			if methods := portaltest.At(p, "challenge", "methods").([]any); fmt.Sprint(methods) != "[TOTP RECOVERY_CODE]" ||
				portaltest.String(p, "challenge", "expiresAt") != w.Wall.Now().Add(5*time.Minute).Format(time.RFC3339) {
				t.Errorf("%v", p)
			}
			p = w.Done(nil, answer, byApp(w, portaltest.String(p, "challenge", "id"), app))
			v := w.SendToken(portaltest.String(p, "session", "accessToken"), mine, nil).Data
			if portaltest.String(v, "viewer", "steppedUpUntil") != w.Wall.Now().Add(15*time.Minute).Format(time.RFC3339) {
				t.Errorf("%v", v)
			}
		})
		t.Run("1.4: a wrong password is answered the same, whether or not the person has a factor", func(t *testing.T) {
			a, b := w.Owner("Ada"), w.Owner("Bea")
			w.AddTotp(a)
			var got []string
			for _, who := range []*portaltest.Actor{a, b} {
				got = append(got, string(w.Send(nil, signIn, in("login", who.Phone, "password", forgotten)).Raw))
			}
			if got[0] != got[1] || !strings.Contains(got[0], "SIGN_IN_FAILED") {
				t.Errorf("%v", got)
			}
		})
	})
}

func TestChallengesEnd(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		for after, code := range map[time.Duration]string{5*time.Minute - time.Microsecond: "", 5 * time.Minute: "CHALLENGE_ENDED"} {
			t.Run(fmt.Sprintf("1.4: after %s a challenge is answered: %v", after, code == ""), func(t *testing.T) {
				a := w.Owner("Ada")
				app := w.AddTotp(a)
				challenge := challenged(w, a)
				w.Wall.Advance(after)
				if got := raced(w, 1, func(int) portaltest.Response { return w.Send(nil, answer, byApp(w, challenge, app)) }); got[code] != 1 {
					t.Errorf("%v", got)
				}
			})
		}
		t.Run("1.4: of answers that race one opens a session", func(t *testing.T) {
			a := w.Owner("Ada")
			app := w.AddTotp(a)
			challenge := challenged(w, a)
			got := raced(w, 4, func(i int) portaltest.Response {
				return w.Send(nil, answer, in("challengeId", challenge, "method", "RECOVERY_CODE", "code", app.RecoveryCodes[i]))
			})
			if got[""] != 1 || got["CHALLENGE_ENDED"] != 3 {
				t.Errorf("%v", got)
			}
			if v := w.Must(a, mine, nil); portaltest.At(v, "viewer", "recoveryCodesLeft") != 9.0 {
				t.Errorf("codes that opened nothing are used up: %v", v)
			}
		})
		t.Run("1.4: the fifth answer of a challenge is tried, the sixth isn't", func(t *testing.T) {
			a, b := w.Owner("Ada"), w.Owner("Bea")
			for who, wrong := range map[*portaltest.Actor]int{a: 4, b: 5} {
				app := w.AddTotp(who)
				later(w)
				challenge := challenged(w, who)
				for range wrong {
					refused(t, w.Refused(nil, answer, in("challengeId", challenge, "method", "TOTP", "code", "x")), "SECOND_FACTOR_WRONG", "1.4", "input.code")
				}
				want := map[int]string{4: "", 5: "CHALLENGE_ENDED"}[wrong]
				if got := raced(w, 1, func(int) portaltest.Response { return w.Send(nil, answer, byApp(w, challenge, app)) }); got[want] != 1 {
					t.Errorf("after %d wrong ones: %v", wrong, got)
				}
			}
		})
	})
}

func TestWhatElseAnswersAChallenge(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.4: another password ends a challenge, and a reset removes no factor", func(t *testing.T) {
			a := w.Owner("Ada")
			app := w.AddTotp(a)
			later(w)
			w.Wall.Advance(time.Minute) // until a code can be requested again
			challenge := challenged(w, a)
			w.Done(nil, reset, in("phone", a.Phone, "code", w.Code(a.Phone, "RESET_PASSWORD"), "newPassword", forgotten))
			refused(t, w.Refused(nil, answer, byApp(w, challenge, app)), "CHALLENGE_ENDED", "1.4", "input.challengeId")
			p := w.Done(nil, signIn, in("login", a.Phone, "password", forgotten))
			if portaltest.At(p, "session") != nil {
				t.Fatalf("the reset by-passes the factor: %v", p)
			}
			w.Done(nil, answer, byApp(w, portaltest.String(p, "challenge", "id"), app))
		})
		t.Run("1.4: a recovery code serves once, however it is typed, and a mail tells the person", func(t *testing.T) {
			a := w.Owner("Ada")
			w.VerifyEmail(a)
			app := w.AddTotp(a)
			before := mails(w, a)
			typed := " " + strings.ToUpper(strings.ReplaceAll(app.RecoveryCodes[0], "-", " "))
			w.Done(nil, answer, in("challengeId", challenged(w, a), "method", "RECOVERY_CODE", "code", typed))
			if mails(w, a) != before+1 || !strings.Contains(w.Message(a.Email).Body, "was just used") {
				t.Error("no mail")
			}
			refused(t, w.Refused(nil, answer, in("challengeId", challenged(w, a), "method", "RECOVERY_CODE", "code", app.RecoveryCodes[0])), "SECOND_FACTOR_WRONG", "1.4", "input.code")
			if slices.Contains(app.RecoveryCodes[1:], app.RecoveryCodes[0]) {
				t.Error("two codes are the same")
			}
		})
		t.Run("1.4: an unknown challenge can't be answered", func(t *testing.T) {
			refused(t, w.Refused(nil, answer, in("challengeId", "pc_none", "method", "TOTP", "code", "000000")), "CHALLENGE_ENDED", "1.4", "input.challengeId")
		})
	})
}

func TestTimeBasedCodes(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		for steps, right := range map[int]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
			t.Run(fmt.Sprintf("1.4: an app whose clock is %d steps ahead shows a code that is accepted: %v", steps, right), func(t *testing.T) {
				a := w.Owner("Ada")
				app := w.AddTotp(a)
				w.Wall.Advance(5 * time.Minute)
				now := w.Wall.Now()
				w.Wall.Set(now.Add(time.Duration(steps) * 30 * time.Second))
				code := w.Shown(app)
				w.Wall.Set(now)
				got := raced(w, 1, func(int) portaltest.Response { return w.Send(a, stepUp, in("method", "TOTP", "code", code)) })
				if got[map[bool]string{true: "", false: "SECOND_FACTOR_WRONG"}[right]] != 1 {
					t.Errorf("%v", got)
				}
			})
		}
		t.Run("1.4: a code is accepted once, also of four at once", func(t *testing.T) {
			a := w.Owner("Ada")
			app := w.AddTotp(a)
			refused(t, w.Refused(a, stepUp, in("method", "TOTP", "code", w.Shown(app))), "SECOND_FACTOR_WRONG", "1.4", "input.code")
			later(w)
			code := w.Shown(app)
			got := raced(w, 4, func(int) portaltest.Response { return w.Send(a, stepUp, in("method", "TOTP", "code", code)) })
			if got[""] != 1 || got["SECOND_FACTOR_WRONG"] != 3 {
				t.Errorf("%v", got)
			}
		})
		t.Run("1.4: after five wrong codes in a row a sixth isn't tried for an hour, wherever it is given", func(t *testing.T) {
			a := w.Owner("Ada")
			app := w.AddTotp(a)
			later(w)
			for range 5 {
				refused(t, w.Refused(a, stepUp, in("method", "TOTP", "code", "12345")), "SECOND_FACTOR_WRONG", "1.4", "input.code")
			}
			refused(t, w.Refused(a, stepUp, in("method", "TOTP", "code", w.Shown(app))), "TRIES_EXCEEDED", "1.4", "")
			refused(t, w.Refused(nil, answer, byApp(w, challenged(w, a), app)), "TRIES_EXCEEDED", "1.4", "")
			w.Wall.Advance(time.Hour - time.Microsecond)
			refused(t, w.Refused(a, stepUp, in("method", "TOTP", "code", w.Shown(app))), "TRIES_EXCEEDED", "1.4", "")
			w.Wall.Advance(time.Microsecond)
			w.Done(a, stepUp, in("method", "TOTP", "code", w.Shown(app)))
		})
	})
}

func TestSensitiveOperationsNeedAFreshFactor(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		guest := 0
		inviteOne := func(a *portaltest.Actor) map[string]any {
			guest++
			roles := w.Must(a, `query($id: ID!) { account(id: $id) { roles { id code } } }`, map[string]any{"id": a.AccountID})
			for _, r := range portaltest.At(roles, "account", "roles").([]any) {
				if portaltest.String(r, "code") == "finance" {
					return in("accountId", a.AccountID, "address", fmt.Sprintf("guest.%d@example.com", guest), "roleIds", []string{portaltest.String(r, "id")})
				}
			}
			t.Fatal("no role")
			return nil
		}
		a := w.Verified("Ada")
		t.Run("1.5: who has no factor isn't asked, and can't step up", func(t *testing.T) {
			w.Done(a, invite, inviteOne(a))
			refused(t, w.Refused(a, stepUp, in("method", "TOTP", "code", "000000")), "SECOND_FACTOR_MISSING", "1.4", "")
		})
		t.Run("1.5: a factor passed 15 minutes ago is too old to invite, one passed a moment later isn't", func(t *testing.T) {
			app := w.AddTotp(a)
			passed(w, a, 15*time.Minute)
			r := w.Refused(a, invite, inviteOne(a))
			refused(t, r, "STEP_UP_REQUIRED", "1.5", "")
			if r.Remedy.Operation != "stepUp" || portaltest.At(w.Must(a, mine, nil), "viewer", "steppedUpUntil") != nil {
				t.Errorf("%v", r.Remedy)
			}
			passed(w, a, 15*time.Minute-time.Microsecond)
			w.Done(a, invite, inviteOne(a))
			passed(w, a, time.Hour)
			later(w)
			w.Done(a, stepUp, in("method", "TOTP", "code", w.Shown(app)))
			w.Done(a, invite, inviteOne(a))
		})
		t.Run("1.4: one passed by a clock far ahead doesn't count", func(t *testing.T) {
			passed(w, a, -15*time.Minute)
			refused(t, w.Refused(a, invite, inviteOne(a)), "STEP_UP_REQUIRED", "1.5", "")
		})
	})
}
