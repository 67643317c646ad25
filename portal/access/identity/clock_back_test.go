package identity_test

import (
	"fmt"
	"testing"
	"time"

	"portico/clause"
	"portico/portaltest"
)

// Counts that were made while the clock was ahead, by weeks or by seconds,
// block a caller no longer than intended once the clock is set back. They also
// permit no more tries.
const weeks = 40 * 24 * time.Hour

func TestCodesOfAClockThatWasPutBack(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		at := func(ahead time.Duration) { w.Wall.Set(portaltest.Start.Add(ahead)) }
		wait := func(r portaltest.Response, operation string) string {
			return fmt.Sprint(portaltest.At(r.Data, operation, "retryAfter"))
		}
		t.Run("1.1: codes that were sent 40 days ahead don't count", func(t *testing.T) {
			at(weeks)
			w.Code("+8613800770001", "REGISTER")
			at(0)
			w.Code("+8613800770001", "REGISTER")
		})
		t.Run("1.1: one that was sent 30 seconds ahead does, for a minute at most", func(t *testing.T) {
			at(30 * time.Second)
			w.Code("+8613800770002", "REGISTER")
			at(0)
			r := w.Send(nil, askCode, ask(w, "+8613800770002", "REGISTER"))
			refused(t, r.Refusals(t)[0], "CODE_LIMIT", "1.1", "")
			if got := wait(r, "requestPhoneCode"); got != "60" {
				t.Errorf("retryAfter %s", got)
			}
			at(90*time.Second - time.Microsecond)
			refused(t, w.Refused(nil, askCode, ask(w, "+8613800770002", "REGISTER")), "CODE_LIMIT", "1.1", "")
			at(90 * time.Second)
			w.Code("+8613800770002", "REGISTER")
		})
	})
}

func TestTriesOfAClockThatWasPutBack(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		at := func(ahead time.Duration) { w.Wall.Set(portaltest.Start.Add(ahead)) }
		t.Run("1.4: tries of the present password rest for their pause, not for 40 days", func(t *testing.T) {
			pause := clause.Standard(clause.PasswordTriesPause).Duration()
			for ahead, free := range map[time.Duration]time.Duration{weeks: 0, pause: 0, pause / 2: pause} {
				at(0)
				a := w.Owner("Ada")
				try := func() string {
					return w.Refused(a, change, in("currentPassword", another, "newPassword", "lantern mule 58 orbit staple")).Code
				}
				at(ahead)
				for range clause.Standard(clause.PasswordTries).Int() {
					try()
				}
				if got := try(); got != "TRIES_EXCEEDED" {
					t.Fatal(got)
				}
				at(0)
				if got := try(); (got == "TRIES_EXCEEDED") != (free > 0) {
					t.Errorf("put back from %s: %s", ahead, got)
				}
				at(free)
				if got := try(); got != "CURRENT_PASSWORD_WRONG" {
					t.Errorf("put back from %s, after %s: %s", ahead, free, got)
				}
			}
		})
		t.Run("1.4: a sign-in waits for the time in its refusal, not for 40 days", func(t *testing.T) {
			g := guesser{t, w}
			at(weeks)
			login := "+8613800770003"
			for range 3 {
				g.try("203.0.113.1", login, another, false)
			}
			g.try("203.0.113.1", login, another, true)
			if code, _ := g.try("203.0.113.1", login, another, true); code != "SIGN_IN_DELAYED" {
				t.Fatal(code)
			}
			at(0)
			if code, _ := g.try("203.0.113.2", login, another, true); code == "SIGN_IN_DELAYED" {
				t.Error(code)
			}
		})
	})
}

func TestLinksAndTokensOfAClockThatWasPutBack(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		at := func(ahead time.Duration) { w.Wall.Set(portaltest.Start.Add(ahead)) }
		t.Run("1.1: links that were sent 40 days ahead don't count", func(t *testing.T) {
			at(0)
			a := w.Owner("Ada")
			at(weeks)
			for range 5 {
				w.Done(a, resend, in())
			}
			refused(t, w.Refused(a, resend, in()), "EMAIL_LINK_LIMIT", "1.1", "")
			at(0)
			w.Done(a, resend, in())
		})
		t.Run("1.1: a refresh token that was exchanged ahead isn't taken again for longer than its window", func(t *testing.T) {
			at(0)
			a := w.Owner("Ada")
			window := clause.Standard(clause.RefreshReuseWindow).Duration()
			for ahead, reused := range map[time.Duration]bool{weeks: true, window: true, window - time.Microsecond: false} {
				at(ahead)
				first := open(w, a)
				next(w, first.refresh)
				at(0)
				r := w.Send(nil, refresh, in("refreshToken", first.refresh)).Refusals(t)
				if (len(r) == 1 && r[0].Code == "REFRESH_REUSED") != reused {
					t.Errorf("put back from %s: %v", ahead, r)
				}
			}
		})
	})
}
