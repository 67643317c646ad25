package identity_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent/db/auditevent"
	"portico/portal/access/identity"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// from returns the context of a visitor from a network.
func from(address string) context.Context {
	return authz.With(context.Background(), authz.Nobody(address, "test"))
}

// guesser tries passwords from several networks.
type guesser struct {
	t *testing.T
	w *portaltest.World
}

// try signs in and returns the code of the refusal, "" for success, and how
// long the caller must wait.
func (g guesser) try(network, login, password string, challenged bool) (code string, wait time.Duration) {
	g.t.Helper()
	in := identity.SignInInput{Login: login, Password: password}
	if challenged {
		id, answer := g.w.Captcha("SIGN_IN")
		in.CaptchaID, in.CaptchaAnswer = &id, &answer
	}
	_, err := identity.SignIn(from(network), g.w.Portal.Store, in)
	var r clause.Refusal
	if err != nil && !errors.As(err, &r) {
		g.t.Fatal(err)
	}
	seconds, _ := r.Params["retryAfter"].(int)
	return r.Code, time.Duration(seconds) * time.Second
}

func TestGuessingGrowsSlower(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		g, ada := guesser{t, w}, w.Owner("Ada")
		serial := 0
		elsewhere := func() string { serial++; return fmt.Sprintf("203.0.113.%d", serial) }
		for name, login := range map[string]string{"a login": ada.Phone, "a login that nobody has": "+8613800222222"} {
			t.Run("1.4: from ever new networks, with every captcha solved, each further try of "+name+" waits twice as long, up to a quarter of an hour", func(t *testing.T) {
				for range 3 {
					if code, _ := g.try(elsewhere(), login, another, false); code != "SIGN_IN_FAILED" {
						t.Fatal(code)
					}
				}
				if code, _ := g.try(elsewhere(), login, another, false); code != "CAPTCHA_REQUIRED" {
					t.Fatal(code)
				}
				want := 2 * time.Second
				for range 12 {
					if code, _ := g.try(elsewhere(), login, another, true); code != "SIGN_IN_FAILED" {
						t.Fatal(code)
					}
					code, wait := g.try(elsewhere(), login, another, true)
					if code != "SIGN_IN_DELAYED" || wait != want {
						t.Fatalf("%s, wait %s, want %s", code, wait, want)
					}
					w.Wall.Advance(want - time.Microsecond)
					if code, _ := g.try(elsewhere(), login, another, true); code != "SIGN_IN_DELAYED" {
						t.Fatalf("%s a microsecond early", code)
					}
					w.Wall.Advance(time.Microsecond)
					want = min(2*want, 15*time.Minute)
				}
			})
		}
		t.Run("1.4: who signed in from a network before isn't locked out there by tries elsewhere", func(t *testing.T) {
			if code, _ := g.try(elsewhere(), ada.Phone, another, true); code != "SIGN_IN_FAILED" {
				t.Fatal(code)
			}
			if code, _ := g.try(elsewhere(), ada.Phone, portaltest.Password, true); code != "SIGN_IN_DELAYED" {
				t.Errorf("elsewhere: %s", code)
			}
			w.Done(nil, signIn, in("login", ada.Phone, "password", portaltest.Password)) // from where it registered
		})
		t.Run("1.4: who resets the password by a code gets in, from wherever", func(t *testing.T) {
			there := elsewhere()
			code := w.Code(ada.Phone, "RESET_PASSWORD")
			if _, err := identity.ResetPassword(from(there), w.Portal.Store, identity.ResetPasswordInput{Phone: ada.Phone, Code: code, NewPassword: another}); err != nil {
				t.Fatal(err)
			}
			if code, _ := g.try(there, ada.Phone, another, false); code != "" {
				t.Errorf("%s", code)
			}
		})
	})
}

func TestGuessingOfANetworkGrowsSlower(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		g, ada, bea := guesser{t, w}, w.Owner("Ada"), w.Owner("Bea")
		const office = "198.51.100.7"
		if code, _ := g.try(office, bea.Phone, portaltest.Password, false); code != "" {
			t.Fatal(code)
		}
		for i := range 21 {
			if code, _ := g.try(office, fmt.Sprintf("+86138001%05d", i), another, false); code != "SIGN_IN_FAILED" {
				t.Fatalf("%d: %s", i, code)
			}
		}
		t.Run("1.4: after twenty failures over all logins a network waits, whether or not there is the login", func(t *testing.T) {
			for _, login := range []string{ada.Phone, "+8613800222222"} {
				if code, wait := g.try(office, login, portaltest.Password, false); code != "SIGN_IN_DELAYED" || wait != 2*time.Second {
					t.Errorf("%s %s", code, wait)
				}
			}
		})
		t.Run("1.4: another network isn't held up, nor is who signed in from this one before", func(t *testing.T) {
			if code, _ := g.try("198.51.100.8", ada.Phone, portaltest.Password, false); code != "" {
				t.Errorf("%s", code)
			}
			if code, _ := g.try(office, bea.Phone, portaltest.Password, false); code != "" {
				t.Errorf("%s", code)
			}
		})
		t.Run("1.4: a right password of one's own doesn't clear what the network failed", func(t *testing.T) {
			w.Wall.Advance(2 * time.Second)
			if code, _ := g.try(office, ada.Phone, portaltest.Password, false); code != "" { // the first one from this network
				t.Fatal(code)
			}
			if code, _ := g.try(office, "+8613800222222", another, false); code != "SIGN_IN_FAILED" {
				t.Fatal(code)
			}
			if code, wait := g.try(office, "+8613800222222", another, false); code != "SIGN_IN_DELAYED" || wait != 4*time.Second {
				t.Errorf("%s %s", code, wait)
			}
		})
		t.Run("1.4: after a day of rest the count starts again", func(t *testing.T) {
			w.Wall.Advance(24*time.Hour + 4*time.Second)
			for range 2 {
				if code, _ := g.try(office, "+8613800333333", another, false); code != "SIGN_IN_FAILED" {
					t.Errorf("%s", code)
				}
			}
		})
	})
}

func TestAFailedSignInNamesTheLoginsPerson(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Ada")
		w.Refused(nil, signIn, in("login", a.Phone, "password", another))
		w.Wall.Advance(time.Hour) // refusals are counted by the hour
		w.AdvanceTo(w.Portal.Store.Now().Add(time.Hour))
		w.Refused(nil, signIn, in("login", "+8613800222222", "password", another))
		rows, err := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action("signIn"), auditevent.ResultEQ(auditevent.ResultREFUSED)).
			Order(auditevent.ByID()).All(w.System())
		if err != nil || len(rows) != 2 || rows[0].ObjectID != a.PersonID || rows[0].ActorID == a.PersonID || rows[1].ObjectID != "" {
			t.Errorf("1.2: %v %v", rows, err)
		}
	})
}

func TestAFirstPasswordServesOnce(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		serial := 0
		appoint := func() (phone, password string) {
			serial++
			phone = fmt.Sprintf("+86139044%05d", serial)
			password, err := staff.AddOperator(w.System(), w.Portal.Store, "Operator", phone, fmt.Sprintf("operator.%d@example.com", serial), []string{"support"})
			if err != nil {
				t.Fatal(err)
			}
			return phone, password
		}
		t.Run("1.4: a first password serves one sign-in, of twins one; then one is set by a code", func(t *testing.T) {
			phone, password := appoint()
			got := answers(w, 3, func(int) portaltest.Response { return w.Send(nil, signIn, in("login", phone, "password", password)) })
			if got[""] != 1 || got["FIRST_PASSWORD_ENDED"] != 2 {
				t.Errorf("%v", got)
			}
			// The session began in this network, so the network is counted by
			// itself.
			for range 3 {
				w.Send(nil, signIn, in("login", phone, "password", password))
			}
			refused(t, w.Refused(nil, signIn, in("login", phone, "password", password)), "CAPTCHA_REQUIRED", "1.1", "input.captchaId") // success clears no count
			w.Done(nil, reset, in("phone", phone, "code", w.Code(phone, "RESET_PASSWORD"), "newPassword", another))
			for range 2 {
				w.Done(nil, signIn, in("login", phone, "password", another))
			}
		})
		t.Run("1.4: a first password serves within 24 hours", func(t *testing.T) {
			one, first := appoint()
			two, second := appoint()
			w.Wall.Advance(24*time.Hour - time.Microsecond)
			w.Done(nil, signIn, in("login", one, "password", first))
			w.Wall.Advance(time.Microsecond)
			refused(t, w.Refused(nil, signIn, in("login", two, "password", second)), "FIRST_PASSWORD_ENDED", "1.4", "")
		})
	})
}

func TestASessionEndsByItself(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Ada")
		s := open(w, a)
		begun := w.Wall.Now()
		next := func() { // refreshes continuously
			p := w.Done(nil, refresh, in("refreshToken", s.refresh))
			s.access, s.refresh = portaltest.String(p, "session", "accessToken"), portaltest.String(p, "session", "refreshToken")
			expires, err := time.Parse(time.RFC3339Nano, portaltest.String(p, "session", "expiresAt"))
			if err != nil || expires.After(begun.Add(30*24*time.Hour)) || expires.After(w.Wall.Now().Add(15*time.Minute)) {
				t.Errorf("1.4: the token is valid until %v (%v)", expires, err)
			}
		}
		for day := 1; day < 30; day++ {
			w.Wall.Set(begun.AddDate(0, 0, day))
			next()
		}
		t.Run("1.4: a session serves until 30 days after it began, however often it was refreshed", func(t *testing.T) {
			w.Wall.Set(begun.Add(30*24*time.Hour - time.Microsecond))
			next()
			if !use(w, s.access) {
				t.Error("it ended early")
			}
			for _, l := range listed(w, s) {
				if got := portaltest.String(l, "expiresAt"); got != begun.Add(30*24*time.Hour).Format(time.RFC3339) {
					t.Errorf("it ends at %v", got)
				}
			}
		})
		t.Run("1.4: then it has ended", func(t *testing.T) {
			w.Wall.Set(begun.Add(30 * 24 * time.Hour))
			if use(w, s.access) {
				t.Error("its access token serves")
			}
			refused(t, w.Refused(nil, refresh, in("refreshToken", s.refresh)), "REFRESH_INVALID", "1.4", "input.refreshToken")
			if l := listed(w, open(w, a)); len(l) != 1 {
				t.Errorf("beside the next one it is listed: %v", l)
			}
		})
	})
}

// caller requests codes and tries them, from several networks.
type caller struct {
	t *testing.T
	w *portaltest.World
}

func (c caller) asked(phone, network string) (code string) {
	c.t.Helper()
	c.w.Wall.Advance(time.Minute)
	id, answer := c.w.Captcha("RESET_PASSWORD")
	_, err := identity.RequestPhoneCode(from(network), c.w.Portal.Store, identity.RequestPhoneCodeInput{Phone: phone,
		Purpose: "RESET_PASSWORD", CaptchaID: id, CaptchaAnswer: answer})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.w.Message(phone).Code
}

func (c caller) try(phone, network, code string) string {
	c.t.Helper()
	_, err := identity.ResetPassword(from(network), c.w.Portal.Store, identity.ResetPasswordInput{Phone: phone, Code: code, NewPassword: another})
	var r clause.Refusal
	if err != nil && !errors.As(err, &r) {
		c.t.Fatal(err)
	}
	return r.Code
}

// guess tries n wrong codes.
func (c caller) guess(phone, network, code string, n int) {
	c.t.Helper()
	for range n {
		if got := c.try(phone, network, string('0'+(code[0]-'0'+1)%10)+code[1:]); got != "CODE_WRONG" {
			c.t.Fatal(got)
		}
	}
}

// A caller who tries codes of another person's number doesn't keep that person
// from using them.
func TestTriesOfACodeElsewhere(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		const home, mobile, enemy = "198.51.100.7", "203.0.113.9", "192.0.2.200"
		c := caller{t, w}
		t.Run("1.1: however often a code is tried elsewhere, it serves where it was asked for", func(t *testing.T) {
			phone := w.Owner("Ada").Phone
			code := c.asked(phone, home)
			c.guess(phone, enemy, code, 6)
			c.guess(phone, home, code, 2)
			if got := c.try(phone, home, code); got != "" {
				t.Error(got)
			}
		})
		t.Run("1.1: it serves once nobody has tried it twice where it wasn't asked for", func(t *testing.T) {
			for tries, want := range map[int]string{1: "", 2: "CODE_WRONG"} {
				phone := w.Owner("Bob").Phone
				code := c.asked(phone, home)
				c.guess(phone, enemy, code, tries)
				if got := c.try(phone, mobile, code); got != want {
					t.Errorf("after %d: %q", tries, got)
				}
			}
		})
		t.Run("1.1: five tries in all kill it", func(t *testing.T) {
			phone := w.Owner("Cyd").Phone
			code := c.asked(phone, home)
			c.guess(phone, enemy, code, 2)
			c.guess(phone, home, code, 3)
			if got := c.try(phone, home, code); got != "CODE_WRONG" {
				t.Error(got)
			}
		})
		t.Run("1.1: a code that is asked for elsewhere leaves the one before it", func(t *testing.T) {
			phone := w.Owner("Dee").Phone
			code := c.asked(phone, home)
			if other := c.asked(phone, enemy); c.try(phone, home, other) == "" && other != code {
				t.Error("the later one serves where the earlier one does")
			}
			if got := c.try(phone, home, code); got != "" {
				t.Error(got)
			}
		})
	})
}
