package identity_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portico/ent/db/formerpassword"
	"portico/ent/db/message"
	"portico/portal/kernel/outbox"
	"portico/portaltest"
)

// nth returns one of many strong passwords.
func nth(n int) string { return fmt.Sprintf("lantern mule %d orbit staple", 1000+7*n) }

// formers returns how many former passwords of an actor are kept.
func formers(w *portaltest.World, a *portaltest.Actor) int {
	w.T.Helper()
	n, err := w.Portal.Store.Read().FormerPassword.Query().Where(formerpassword.PersonID(a.PersonID)).Count(w.System())
	if err != nil {
		w.T.Fatal(err)
	}
	return n
}

// received returns how many messages of a channel a recipient was sent.
func received(w *portaltest.World, to string, channel message.Channel) int {
	w.T.Helper()
	n, err := w.Portal.Store.Read().Message.Query().
		Where(message.RecipientIndex(outbox.Recipient(w.Portal.Store, to)), message.ChannelEQ(channel)).Count(w.System())
	if err != nil {
		w.T.Fatal(err)
	}
	return n
}

func TestTheLastFivePasswordsAreRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		to := func(current, to string) map[string]any { return in("currentPassword", current, "newPassword", to) }
		t.Run("1.4: the first password is refused while it is the fifth last, and taken once it is the sixth", func(t *testing.T) {
			a := w.Owner("Ada")
			current := portaltest.Password
			for n := range 4 {
				w.Done(a, change, to(current, nth(n)))
				current = nth(n)
				refused(t, w.Refused(a, change, to(current, portaltest.Password)), "PASSWORD_REUSED", "1.4", "input.newPassword")
				w.Wall.Advance(time.Second)
			}
			code := coded(w, a.Phone, "RESET_PASSWORD")
			refused(t, w.Refused(nil, reset, in("phone", a.Phone, "code", code, "newPassword", portaltest.Password)), "PASSWORD_REUSED", "1.4", "input.newPassword")
			w.Done(nil, reset, in("phone", a.Phone, "code", code, "newPassword", nth(4)))
			if got := portaltest.String(w.SendToken(open2(w, a, nth(4)).access, `{ viewer { passwordChangedAt } }`, nil).Data, "viewer", "passwordChangedAt"); got != w.Wall.Now().Format(time.RFC3339Nano) {
				t.Errorf("changed at %s", got)
			}
			if n := formers(w, a); n != 4 {
				t.Errorf("%d hashes are kept", n)
			}
			p := open2(w, a, nth(4))
			r := w.SendToken(p.access, change, to(nth(4), nth(0)))
			refused(t, r.Refusals(t)[0], "PASSWORD_REUSED", "1.4", "input.newPassword")
			r = w.SendToken(p.access, change, to(nth(4), portaltest.Password))
			if len(r.Errors) > 0 || len(r.Refusals(t)) > 0 {
				t.Errorf("%s", r.Raw)
			}
		})
		t.Run("1.4: of two changes at once one is done, and one password is remembered", func(t *testing.T) {
			a := w.Owner("Ada")
			got := answers(w, 2, func(i int) portaltest.Response { return w.Send(a, change, to(portaltest.Password, nth(i))) })
			if got[""] != 1 || formers(w, a) != 1 {
				t.Errorf("%v, %d hashes", got, formers(w, a))
			}
		})
	})
}

// open2 signs an actor in with another password than that of every actor.
func open2(w *portaltest.World, a *portaltest.Actor, password string) pair {
	w.T.Helper()
	p := w.Done(nil, signIn, in("login", a.Phone, "password", password))
	return pair{portaltest.String(p, "session", "accessToken"), portaltest.String(p, "session", "refreshToken")}
}

func TestAChangedPasswordIsTold(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		to := func(current, to string) map[string]any { return in("currentPassword", current, "newPassword", to) }
		t.Run("1.4: by mail to a verified address, by a short message to who has none", func(t *testing.T) {
			a, b := w.Owner("Ada"), w.Owner("Bea")
			w.VerifyEmail(a)
			w.Wall.Advance(time.Second)
			texts := received(w, a.Phone, message.ChannelSMS)
			w.Done(a, change, to(portaltest.Password, nth(0)))
			if got := w.Message(a.Email); !strings.Contains(got.Body, "Your password was changed") || received(w, a.Phone, message.ChannelSMS) != texts {
				t.Errorf("%+v", got)
			}
			mails := received(w, b.Email, message.ChannelEMAIL)
			w.Done(b, change, to(portaltest.Password, nth(0)))
			if got := w.Message(b.Phone); !strings.Contains(got.Body, "Your password was changed") || received(w, b.Email, message.ChannelEMAIL) != mails {
				t.Errorf("%+v", got)
			}
		})
		t.Run("1.4: a reset is told too", func(t *testing.T) {
			a := w.Owner("Ada")
			w.VerifyEmail(a)
			code := coded(w, a.Phone, "RESET_PASSWORD")
			w.Wall.Advance(time.Second)
			w.Done(nil, reset, in("phone", a.Phone, "code", code, "newPassword", another))
			if got := w.Message(a.Email); !strings.Contains(got.Body, "Your password was changed") {
				t.Errorf("%+v", got)
			}
		})
		t.Run("5.4: ten changes a day are told, the eleventh is done untold, and the next day's is told", func(t *testing.T) {
			a := w.Owner("Ada")
			start, current := w.Wall.Now(), portaltest.Password
			before := received(w, a.Phone, message.ChannelSMS)
			for n := range 11 {
				w.Done(a, change, to(current, nth(n)))
				current = nth(n)
				if got := received(w, a.Phone, message.ChannelSMS) - before; got != min(n+1, 10) {
					t.Fatalf("after %d changes %d messages", n+1, got)
				}
			}
			w.Wall.Set(start.Add(24 * time.Hour))
			p := open2(w, a, current)
			r := w.SendToken(p.access, change, to(current, nth(11)))
			if len(r.Errors) > 0 || len(r.Refusals(t)) > 0 || received(w, a.Phone, message.ChannelSMS)-before != 11 {
				t.Errorf("%s", r.Raw)
			}
		})
	})
}

// coded returns a code that was sent to a number, a minute after the one before.
func coded(w *portaltest.World, phone, purpose string) string {
	w.T.Helper()
	w.Wall.Advance(time.Minute)
	return w.Code(phone, purpose)
}
