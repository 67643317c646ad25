package factor_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"portico/ent/db/auditevent"
	"portico/ent/db/passkeychallenge"
	"portico/ent/db/secondfactor"
	"portico/portal"
	"portico/portaltest"
	"portico/server"
)

const (
	beginAdd    = `mutation($i: BeginPasskeyInput!) { beginPasskey(input: $i) { challenge { id options expiresAt } userErrors { code message clause field remedy { description operation input } } } }`
	finishAdd   = `mutation($i: FinishPasskeyInput!) { finishPasskey(input: $i) { secondFactor { id kind name lastUsedAt } recoveryCodes userErrors { code message clause field remedy { description operation input } } } }`
	beginEntry  = `mutation($i: BeginPasskeySignInInput!) { beginPasskeySignIn(input: $i) { challenge { id options expiresAt } userErrors { code message clause field remedy { description operation input } } } }`
	finishEntry = `mutation($i: FinishPasskeySignInInput!) { finishPasskeySignIn(input: $i) { session { accessToken refreshToken } userErrors { code message clause field remedy { description operation input } } } }`
	beginStep   = `mutation($i: BeginPasskeyStepUpInput!) { beginPasskeyStepUp(input: $i) { challenge { id options expiresAt } userErrors { code message clause field remedy { description operation input } } } }`
	asked       = `mutation($i: SignInInput!) { signIn(input: $i) { session { accessToken } challenge { id methods options } userErrors { code } } }`
)

// begun sends a command that begins and returns the challenge's id and options.
func begun(w *portaltest.World, a *portaltest.Actor, query string, pairs ...any) (id string, options any) {
	w.T.Helper()
	p := w.Done(a, query, in(pairs...))
	return portaltest.String(p, "challenge", "id"), portaltest.At(p, "challenge", "options")
}

// adding returns the input that adds a new passkey of an actor without a factor.
func adding(w *portaltest.World, a *portaltest.Actor, k *portaltest.Passkey) map[string]any {
	w.T.Helper()
	id, options := begun(w, a, beginAdd, "currentPassword", portaltest.Password)
	return in("challengeId", id, "credential", k.Create(options))
}

// entering returns the input that signs in by a passkey.
func entering(w *portaltest.World, k *portaltest.Passkey) map[string]any {
	w.T.Helper()
	id, options := begun(w, nil, beginEntry)
	return in("challengeId", id, "credential", k.Sign(options))
}

func TestAPasskeyIsAdded(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.4: by the present password and the authenticator; ten recovery codes come with it", func(t *testing.T) {
			a, k := w.Owner("Ada"), w.NewPasskey()
			w.VerifyEmail(a)
			other := w.Token(a)
			w.Begin(a)
			p := w.Done(a, beginAdd, in("name", "Laptop", "currentPassword", portaltest.Password, "hint", "CLIENT_DEVICE"))
			options, err := json.Marshal(portaltest.At(p, "challenge", "options"))
			if err != nil || portaltest.String(p, "challenge", "expiresAt") != w.Wall.Now().Add(5*time.Minute).Format(time.RFC3339) {
				t.Errorf("%v %v", p, err)
			}
			for _, want := range []string{`"id":"portico.test"`, `"attestation":"none"`, `"residentKey":"required"`, `"userVerification":"required"`, `"hints":["client-device"]`, `"timeout":300000`} {
				if !strings.Contains(string(options), want) {
					t.Errorf("no %s in %s", want, options)
				}
			}
			if strings.Contains(string(options), a.PersonID) {
				t.Error("the authenticator learns the id of the person")
			}
			p = w.Done(a, finishAdd, in("challengeId", portaltest.String(p, "challenge", "id"), "credential", k.Create(portaltest.At(p, "challenge", "options"))))
			if codes, _ := portaltest.At(p, "recoveryCodes").([]any); len(codes) != 10 || portaltest.String(p, "secondFactor", "kind") != "PASSKEY" || portaltest.String(p, "secondFactor", "name") != "Laptop" {
				t.Errorf("%v", p)
			}
			v := w.Must(a, mine, nil)
			if portaltest.String(v, "viewer", "secondFactors", 0, "kind") != "PASSKEY" || portaltest.String(v, "viewer", "steppedUpUntil") != w.Wall.Now().Add(15*time.Minute).Format(time.RFC3339) {
				t.Errorf("%v", v)
			}
			if w.SendToken(other, `{ viewer { person { id } } }`, nil).Data["viewer"] != nil || !strings.Contains(w.Message(a.Email).Body, "was added") {
				t.Error("another session goes on, or nobody was told")
			}
			p = w.Done(a, remove, in("secondFactorId", portaltest.String(p, "secondFactor", "id")))
			if portaltest.At(p, "viewer", "recoveryCodesLeft") != 0.0 {
				t.Errorf("%v", p)
			}
		})
	})
}

func TestPasskeysThatArentAdded(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.4: without the password, and under a name that is none, nothing begins", func(t *testing.T) {
			a := w.Owner("Ada")
			refused(t, w.Refused(a, beginAdd, in()), "CURRENT_PASSWORD_WRONG", "1.4", "input.currentPassword")
			refused(t, w.Refused(a, beginAdd, in("currentPassword", portaltest.Password, "name", "www.example.com")), "NAME_LIKE_ADDRESS", "1.1", "input.name")
			passed(w, a, 0)
			w.AddPasskey(a)
			passed(w, a, 15*time.Minute)
			refused(t, w.Refused(a, beginAdd, in("currentPassword", portaltest.Password)), "STEP_UP_REQUIRED", "1.4", "")
		})
		t.Run("1.4: a passkey belongs to one person, once", func(t *testing.T) {
			a, b := w.Owner("Ada"), w.Owner("Bea")
			k := w.AddPasskey(a)
			id, options := begun(w, a, beginAdd)
			if text, _ := json.Marshal(options); !strings.Contains(string(text), `"excludeCredentials"`) {
				t.Errorf("the browser isn't told: %s", text)
			}
			refused(t, w.Refused(a, finishAdd, in("challengeId", id, "credential", k.Create(options))), "PASSKEY_REGISTERED", "1.4", "input.credential")
			refused(t, w.Refused(b, finishAdd, adding(w, b, k)), "PASSKEY_REGISTERED", "1.4", "input.credential")
		})
		t.Run("1.4: the tenth passkey is added, an eleventh isn't, also at once", func(t *testing.T) {
			a := w.Owner("Ada")
			w.AddPasskey(a)
			for range 8 {
				k := w.NewPasskey()
				id, options := begun(w, a, beginAdd)
				w.Done(a, finishAdd, in("challengeId", id, "credential", k.Create(options)))
			}
			var inputs []map[string]any
			for range 3 {
				k := w.NewPasskey()
				id, options := begun(w, a, beginAdd)
				inputs = append(inputs, in("challengeId", id, "credential", k.Create(options)))
			}
			if got := raced(w, 3, func(i int) portaltest.Response { return w.Send(a, finishAdd, inputs[i]) }); got[""] != 1 || got["SECOND_FACTOR_LIMIT"] != 2 {
				t.Errorf("%v", got)
			}
			refused(t, w.Refused(a, beginAdd, in()), "SECOND_FACTOR_LIMIT", "1.4", "")
		})
	})
}

func TestChallengesForPasskeys(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		for after, code := range map[time.Duration]string{5*time.Minute - time.Microsecond: "", 5 * time.Minute: "PASSKEY_CHALLENGE_ENDED"} {
			t.Run(fmt.Sprintf("1.4: after %s a challenge can be answered: %v", after, code == ""), func(t *testing.T) {
				a, k := w.Owner("Ada"), w.NewPasskey()
				input := adding(w, a, k)
				w.Wall.Advance(after)
				if got := raced(w, 1, func(int) portaltest.Response { return w.Send(a, finishAdd, input) }); got[code] != 1 {
					t.Errorf("%v", got)
				}
				b := w.AddPasskey(w.Owner("Bea"))
				input = entering(w, b)
				w.Wall.Advance(after)
				if got := raced(w, 1, func(int) portaltest.Response { return w.Send(nil, finishEntry, input) }); got[code] != 1 {
					t.Errorf("%v", got)
				}
			})
		}
		t.Run("1.4: it serves once, for its purpose, person and session", func(t *testing.T) {
			a, b := w.Owner("Ada"), w.Owner("Bea")
			k := w.AddPasskey(a)
			input := entering(w, k)
			if got := raced(w, 4, func(int) portaltest.Response { return w.Send(nil, finishEntry, input) }); got[""] != 1 || got["PASSKEY_CHALLENGE_ENDED"] != 3 {
				t.Errorf("%v", got)
			}
			other := w.NewPasskey()
			input = adding(w, b, other)
			refused(t, w.Refused(a, finishAdd, input), "PASSKEY_CHALLENGE_ENDED", "1.4", "input.challengeId")
			w.Begin(b)
			refused(t, w.Refused(b, finishAdd, input), "PASSKEY_CHALLENGE_ENDED", "1.4", "input.challengeId")
			id, options := begun(w, a, beginStep)
			refused(t, w.Refused(nil, finishEntry, in("challengeId", id, "credential", k.Sign(options))), "PASSKEY_CHALLENGE_ENDED", "1.4", "input.challengeId")
			id, options = begun(w, nil, beginEntry)
			refused(t, w.Refused(a, stepUp, in("method", "PASSKEY", "challengeId", id, "credential", k.Sign(options))), "PASSKEY_CHALLENGE_ENDED", "1.4", "input.challengeId")
			refused(t, w.Refused(a, stepUp, in("method", "PASSKEY", "credential", k.Sign(options))), "PASSKEY_CHALLENGE_ENDED", "1.4", "input.challengeId")
		})
		t.Run("1.4: neither token nor challenge is kept, and what is kept goes after a day", func(t *testing.T) {
			id, options := begun(w, nil, beginEntry)
			row := w.Portal.Store.Read().PasskeyChallenge.Query().Order(passkeychallenge.ByID()).AllX(w.System())
			text, _ := json.Marshal(row)
			if strings.Contains(string(text), id) || strings.Contains(string(text), portaltest.String(options, "challenge")) || portaltest.String(options, "challenge") == "" {
				t.Errorf("%s", text)
			}
			w.Wall.Advance(25 * time.Hour)
			w.RunJobs()
			if n := w.Portal.Store.Read().PasskeyChallenge.Query().CountX(w.System()); n != 0 {
				t.Errorf("%d are left", n)
			}
		})
	})
}

func TestSignInByPasskey(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.4: a passkey alone opens a session, which has passed a second factor", func(t *testing.T) {
			a := w.Owner("Ada")
			k := w.AddPasskey(a)
			w.Wall.Advance(time.Hour)
			p := w.Done(nil, finishEntry, entering(w, k))
			v := w.SendToken(portaltest.String(p, "session", "accessToken"), mine, nil).Data
			if portaltest.String(v, "viewer", "steppedUpUntil") != w.Wall.Now().Add(15*time.Minute).Format(time.RFC3339) ||
				portaltest.String(v, "viewer", "secondFactors", 0, "lastUsedAt") != w.Wall.Now().Format(time.RFC3339) {
				t.Errorf("%v", v)
			}
		})
		t.Run("1.4: a wrong answer opens none, whatever is wrong with it", func(t *testing.T) {
			a := w.Owner("Ada")
			k := w.AddPasskey(a)
			for what, spoil := range map[string]func(k *portaltest.Passkey){
				"another origin":          func(k *portaltest.Passkey) { k.Origin = "http://evil.test" },
				"another domain":          func(k *portaltest.Passkey) { k.Domain = "evil.test" },
				"a person not verified":   func(k *portaltest.Passkey) { k.Authenticator.Options.UserNotVerified = true },
				"a person not present":    func(k *portaltest.Passkey) { k.Authenticator.Options.UserNotPresent = true },
				"another person's handle": func(k *portaltest.Passkey) { k.Authenticator.Options.UserHandle = []byte("somebody") },
				"an unknown passkey":      func(k *portaltest.Passkey) { k.Key.ID = []byte("unknown passkey, unknown passkey") },
				"another key":             func(k *portaltest.Passkey) { k.Key.Key = w.NewPasskey().Key.Key },
			} {
				spoilt := *k
				spoil(&spoilt)
				refused(t, w.Refused(nil, finishEntry, entering(w, &spoilt)), "PASSKEY_WRONG", "1.4", "input.credential")
				if t.Failed() {
					t.Fatal(what)
				}
			}
			id, options := begun(w, nil, beginEntry)
			_, elsewhere := begun(w, nil, beginEntry)
			refused(t, w.Refused(nil, finishEntry, in("challengeId", id, "credential", k.Sign(elsewhere))), "PASSKEY_WRONG", "1.4", "input.credential")
			refused(t, w.Refused(nil, finishEntry, in("challengeId", id, "credential", k.Sign(options))), "PASSKEY_CHALLENGE_ENDED", "1.4", "input.challengeId")
			for _, nonsense := range []any{"", 1, []any{}, map[string]any{}, map[string]any{"id": "x", "rawId": "x", "type": "public-key"}, strings.Repeat("x", 20_000)} {
				id, _ := begun(w, nil, beginEntry)
				refused(t, w.Refused(nil, finishEntry, in("challengeId", id, "credential", nonsense)), "PASSKEY_WRONG", "1.4", "input.credential")
			}
			w.Done(nil, finishEntry, entering(w, k))
		})
	})
}

func TestCopiesOfPasskeys(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.4: a copy, whose counter doesn't grow, is refused, recorded and told", func(t *testing.T) {
			a := w.Owner("Ada")
			w.VerifyEmail(a)
			k := w.AddPasskey(a)
			before := mails(w, a)
			id, options := begun(w, nil, beginEntry)
			refused(t, w.Refused(nil, finishEntry, in("challengeId", id, "credential", k.SignAgain(options))), "PASSKEY_COPIED", "1.4", "input.credential")
			if mails(w, a) != before+1 || !strings.Contains(w.Message(a.Email).Body, "copy of it") {
				t.Error("nobody was told")
			}
			e := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action("finishPasskeySignIn"), auditevent.ObjectID(a.PersonID), auditevent.Code("PASSKEY_COPIED")).CountX(w.System())
			if e != 1 {
				t.Errorf("%d events", e)
			}
			w.Done(nil, finishEntry, entering(w, k))
			k.Key.Counter = 0
			id, options = begun(w, nil, beginEntry)
			refused(t, w.Refused(nil, finishEntry, in("challengeId", id, "credential", k.SignAgain(options))), "PASSKEY_COPIED", "1.4", "input.credential")
		})
		t.Run("1.4: a passkey that never counts is let in", func(t *testing.T) {
			a, k := w.Owner("Ada"), w.NewPasskey()
			k.Key.Counter = 0
			w.Done(a, finishAdd, adding(w, a, k))
			for range 2 {
				id, options := begun(w, nil, beginEntry)
				w.Done(nil, finishEntry, in("challengeId", id, "credential", k.SignAgain(options)))
			}
		})
		t.Run("1.4: a removed passkey opens nothing", func(t *testing.T) {
			a := w.Owner("Ada")
			k := w.AddPasskey(a)
			input := entering(w, k)
			w.Done(a, remove, in("secondFactorId", k.ID))
			refused(t, w.Refused(nil, finishEntry, input), "PASSKEY_WRONG", "1.4", "input.credential")
		})
	})
}

func TestAPasskeyIsASecondFactor(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.4: it answers the challenge of a sign-in", func(t *testing.T) {
			a, b := w.Owner("Ada"), w.Owner("Bea")
			k, other := w.AddPasskey(a), w.AddPasskey(b)
			p := w.Done(nil, asked, in("login", a.Phone, "password", portaltest.Password))
			if methods := portaltest.At(p, "challenge", "methods"); fmt.Sprint(methods) != "[PASSKEY RECOVERY_CODE]" || portaltest.At(p, "session") != nil {
				t.Errorf("%v", p)
			}
			id, options := portaltest.String(p, "challenge", "id"), portaltest.At(p, "challenge", "options")
			refused(t, w.Refused(nil, answer, in("challengeId", id, "method", "PASSKEY", "credential", other.Sign(options))), "PASSKEY_WRONG", "1.4", "input.credential")
			refused(t, w.Refused(nil, answer, in("challengeId", id, "method", "TOTP", "code", "000000")), "SECOND_FACTOR_WRONG", "1.4", "input.code")
			refused(t, w.Refused(nil, answer, in("challengeId", id, "method", "PASSKEY")), "PASSKEY_WRONG", "1.4", "input.credential")
			p = w.Done(nil, answer, in("challengeId", id, "method", "PASSKEY", "credential", k.Sign(options)))
			if portaltest.String(p, "session", "accessToken") == "" {
				t.Errorf("%v", p)
			}
			refused(t, w.Refused(nil, answer, in("challengeId", id, "method", "PASSKEY", "credential", k.Sign(options))), "CHALLENGE_ENDED", "1.4", "input.challengeId")
		})
		t.Run("1.4: beside an app; who has only an app has no options", func(t *testing.T) {
			a, b := w.Owner("Ada"), w.Owner("Bea")
			w.AddTotp(a)
			id, options := begun(w, a, beginAdd)
			w.Done(a, finishAdd, in("challengeId", id, "credential", w.NewPasskey().Create(options)))
			p := w.Done(nil, asked, in("login", a.Phone, "password", portaltest.Password))
			if fmt.Sprint(portaltest.At(p, "challenge", "methods")) != "[TOTP PASSKEY RECOVERY_CODE]" {
				t.Errorf("%v", p)
			}
			w.AddTotp(b)
			if p := w.Done(nil, asked, in("login", b.Phone, "password", portaltest.Password)); portaltest.At(p, "challenge", "options") != nil {
				t.Errorf("%v", p)
			}
			refused(t, w.Refused(b, beginStep, in()), "PASSKEY_MISSING", "1.4", "")
		})
		t.Run("1.5: it steps a session up", func(t *testing.T) {
			a := w.Owner("Ada")
			k := w.AddPasskey(a)
			passed(w, a, time.Hour)
			id, options := begun(w, a, beginStep)
			p := w.Done(a, stepUp, in("method", "PASSKEY", "challengeId", id, "credential", k.Sign(options)))
			if portaltest.String(p, "steppedUpUntil") != w.Wall.Now().Add(15*time.Minute).Format(time.RFC3339) {
				t.Errorf("%v", p)
			}
			if row := w.Portal.Store.Read().SecondFactor.Query().Where(secondfactor.ID(k.ID)).OnlyX(w.System()); row.SignCount != int64(k.Key.Counter) {
				t.Errorf("the counter is %d", row.SignCount)
			}
		})
	})
}

func TestPasskeysOfADomain(t *testing.T) {
	at := func(url, domain string, origins ...string) portaltest.Option {
		return func(p *portal.Config, _ *server.Config) {
			p.PublicURL, p.PasskeyDomain, p.Origins = url, domain, origins
		}
	}
	t.Run("1.4: on an IP address there are none", func(t *testing.T) {
		w := portaltest.New(t, "sqlite", at("http://127.0.0.1:8080", ""))
		refused(t, w.Refused(nil, beginEntry, in()), "PASSKEYS_UNAVAILABLE", "1.4", "")
		a := w.Owner("Ada")
		refused(t, w.Refused(a, beginAdd, in("currentPassword", portaltest.Password)), "PASSKEYS_UNAVAILABLE", "1.4", "")
	})
	t.Run("1.4: pages on the domain and below it can use them", func(t *testing.T) {
		w := portaltest.New(t, "sqlite", at("https://api.example.com", "example.com", "https://console.example.com", "https://example.org"))
		a := w.Owner("Ada")
		k := w.NewPasskey()
		k.Domain, k.Origin = "example.com", "https://console.example.com"
		w.Done(a, finishAdd, adding(w, a, k))
		w.Done(nil, finishEntry, entering(w, k))
		k.Origin = "https://example.org"
		refused(t, w.Refused(nil, finishEntry, entering(w, k)), "PASSKEY_WRONG", "1.4", "input.credential")
		k.Origin = "http://console.example.com"
		refused(t, w.Refused(nil, finishEntry, entering(w, k)), "PASSKEY_WRONG", "1.4", "input.credential")
	})
}
