package identity_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/auditevent"
	"portico/ent/db/session"
	"portico/ent/db/sessiontoken"
	"portico/portaltest"
)

// pair is a pair of tokens.
type pair struct{ access, refresh string }

func open(w *portaltest.World, a *portaltest.Actor) pair {
	p := w.Done(nil, signIn, in("login", a.Phone, "password", portaltest.Password))
	return pair{portaltest.String(p, "session", "accessToken"), portaltest.String(p, "session", "refreshToken")}
}

func next(w *portaltest.World, token string) pair {
	p := w.Done(nil, refresh, in("refreshToken", token))
	return pair{portaltest.String(p, "session", "accessToken"), portaltest.String(p, "session", "refreshToken")}
}

// use sends a request with an access token.
func use(w *portaltest.World, token string) bool {
	return w.SendToken(token, `{ viewer { person { id } } }`, nil).Data["viewer"] != nil
}

func TestRefreshTokensRotate(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Ada")
		reuse := func(token string) {
			t.Helper()
			refused(t, w.Refused(nil, refresh, in("refreshToken", token)), "REFRESH_REUSED", "1.4", "input.refreshToken")
		}
		t.Run("1.1: sent again after 29.999 seconds a token gives another pair, and both live on", func(t *testing.T) {
			first := open(w, a)
			second := next(w, first.refresh)
			w.Wall.Advance(29_999 * time.Millisecond)
			third := next(w, first.refresh)
			for _, p := range []pair{second, third} {
				if !use(w, p.access) || !use(w, next(w, p.refresh).access) {
					t.Error("a pair doesn't live on")
				}
			}
		})
		for name, used := range map[string]func(pair){
			"access token was used":     func(p pair) { use(w, p.access) },
			"refresh token was used":    func(p pair) { next(w, p.refresh) },
			"refresh token was renewed": func(p pair) { next(w, next(w, p.refresh).refresh) },
		} {
			t.Run("1.1: so it does when its first successor's "+name+" meanwhile", func(t *testing.T) {
				first := open(w, a)
				second := next(w, first.refresh)
				used(second)
				if third := next(w, first.refresh); !use(w, third.access) || !use(w, second.access) {
					t.Error("a pair doesn't live on")
				}
			})
		}
		t.Run("1.1: sent again after 30 seconds it ends the session, with every pair", func(t *testing.T) {
			first := open(w, a)
			second, third := next(w, first.refresh), next(w, first.refresh)
			w.Wall.Advance(30 * time.Second)
			reuse(first.refresh)
			for _, p := range []pair{second, third} {
				refused(t, w.Refused(nil, refresh, in("refreshToken", p.refresh)), "REFRESH_INVALID", "1.4", "input.refreshToken")
				if use(w, p.access) {
					t.Error("the session goes on")
				}
			}
		})
		t.Run("1.1: the 30 seconds count from the first exchange, not from the last", func(t *testing.T) {
			first := open(w, a)
			next(w, first.refresh)
			w.Wall.Advance(20 * time.Second)
			next(w, first.refresh)
			w.Wall.Advance(10 * time.Second)
			reuse(first.refresh)
		})
	})
}

func TestPairsOfASession(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Ada")
		t.Run("1.4: signing out ends every pair of the session", func(t *testing.T) {
			first := open(w, a)
			second, third := next(w, first.refresh), next(w, first.refresh)
			w.SendToken(third.access, signOut, in())
			for _, p := range []pair{second, third} {
				refused(t, w.Refused(nil, refresh, in("refreshToken", p.refresh)), "REFRESH_INVALID", "1.4", "input.refreshToken")
				if use(w, p.access) {
					t.Error("the session goes on")
				}
			}
		})
		t.Run("1.1: of one session 20 pairs live; with the 21st the oldest ends, and the session goes on", func(t *testing.T) {
			first := open(w, a)
			var pairs []pair
			for range 21 {
				w.Wall.Advance(time.Millisecond)
				pairs = append(pairs, next(w, first.refresh))
			}
			live, err := w.Portal.Store.Read().SessionToken.Query().Where(sessiontoken.SessionID(sessionOf(w, first)),
				sessiontoken.RotatedAtIsNil(), sessiontoken.RefreshExpiresAtGT(w.Wall.Now())).Count(w.System())
			if err != nil || live != 20 {
				t.Errorf("%d pairs live, %v", live, err)
			}
			refused(t, w.Refused(nil, refresh, in("refreshToken", pairs[0].refresh)), "REFRESH_INVALID", "1.4", "input.refreshToken")
			if !use(w, next(w, pairs[1].refresh).access) || !use(w, next(w, pairs[20].refresh).access) {
				t.Error("a pair that may live doesn't")
			}
		})
	})
}

// sessionOf returns the session that a pair belongs to.
func sessionOf(w *portaltest.World, p pair) string {
	row, err := w.Portal.Store.Read().SessionToken.Query().Where(sessiontoken.AccessHash(ent.Hash(p.access))).Only(w.System())
	if err != nil {
		w.T.Fatal(err)
	}
	return row.SessionID
}

func TestRefreshTokensOfConcurrentDuplicates(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Ada")
		t.Run("1.1: of twins each gets a pair that lives on", func(t *testing.T) {
			first := open(w, a)
			var mu sync.Mutex
			var pairs []pair
			got := answers(w, 8, func(int) portaltest.Response {
				r := w.Send(nil, refresh, in("refreshToken", first.refresh))
				mu.Lock()
				defer mu.Unlock()
				s := portaltest.At(r.Data, "refreshSession", "session")
				pairs = append(pairs, pair{portaltest.String(s, "accessToken"), portaltest.String(s, "refreshToken")})
				return r
			})
			if got[""] != 8 {
				t.Fatalf("%v", got)
			}
			for _, p := range pairs {
				if !use(w, p.access) || !use(w, next(w, p.refresh).access) {
					t.Error("a pair doesn't live on")
				}
			}
		})
		t.Run("1.1: of 30 twins in parallel no more pairs live than may", func(t *testing.T) {
			first := open(w, a)
			for range 3 {
				answers(w, 10, func(int) portaltest.Response { return w.Send(nil, refresh, in("refreshToken", first.refresh)) })
			}
			live, err := w.Portal.Store.Read().SessionToken.Query().Where(sessiontoken.SessionID(sessionOf(w, first)),
				sessiontoken.RotatedAtIsNil(), sessiontoken.RefreshExpiresAtGT(w.Wall.Now())).Count(w.System())
			if err != nil || live != 20 {
				t.Errorf("%d pairs live, %v", live, err)
			}
		})
		t.Run("1.4: what is no refresh token is refused, an access token too", func(t *testing.T) {
			p := open(w, a)
			for _, token := range []string{"", "pr_none", p.access, "令牌"} {
				refused(t, w.Refused(nil, refresh, in("refreshToken", token)), "REFRESH_INVALID", "1.4", "input.refreshToken")
			}
		})
		t.Run("1.2: the end of a session by reuse is recorded, on the session, for its person", func(t *testing.T) {
			first := open(w, a)
			next(w, first.refresh)
			w.Wall.Advance(30 * time.Second)
			w.Refused(nil, refresh, in("refreshToken", first.refresh))
			e, err := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Code("REFRESH_REUSED")).First(w.System())
			if err != nil || e.ActorID != a.PersonID || !strings.HasPrefix(e.ObjectID, "sess_") || e.Clause != "1.4" {
				t.Errorf("%v %v", e, err)
			}
		})
	})
}

func TestTokensLapse(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Ada")
		p := open(w, a)
		t.Run("1.4: an access token opens for less than 15 minutes; then its bearer is a visitor", func(t *testing.T) {
			w.Wall.Advance(15*time.Minute - time.Microsecond)
			if !use(w, p.access) {
				t.Error("it lapsed early")
			}
			w.Wall.Advance(time.Microsecond)
			if use(w, p.access) {
				t.Error("it opens still")
			}
			r := w.SendToken(p.access, signOut, in())
			if len(r.Errors) != 1 || r.Errors[0].Code() != "UNAUTHENTICATED" {
				t.Errorf("%s", r.Raw)
			}
		})
		t.Run("1.4: a refresh token lapses after 30 days", func(t *testing.T) {
			q := open(w, a)
			late := open(w, a)
			w.Wall.Advance(30*24*time.Hour - time.Microsecond)
			next(w, q.refresh)
			w.Wall.Advance(time.Microsecond)
			refused(t, w.Refused(nil, refresh, in("refreshToken", late.refresh)), "REFRESH_INVALID", "1.4", "input.refreshToken")
		})
		t.Run("1.4: only hashes of tokens are kept", func(t *testing.T) {
			q := open(w, a)
			rows, err := w.Portal.Store.Read().SessionToken.Query().All(w.System())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if strings.Contains(r.AccessHash+r.RefreshHash, q.access[3:]) || strings.Contains(r.AccessHash+r.RefreshHash, q.refresh[3:]) {
					t.Error("a token is kept")
				}
			}
		})
	})
}

func TestSignOut(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Ada")
		one, two, three := open(w, a), open(w, a), open(w, a)
		out := func(token string, pairs ...any) {
			t.Helper()
			if r := w.SendToken(token, signOut, in(pairs...)); len(r.Errors) > 0 || len(r.Refusals(t)) > 0 {
				t.Fatalf("%s", r.Raw)
			}
		}
		t.Run("1.4: signing out ends this session alone", func(t *testing.T) {
			out(one.access)
			if use(w, one.access) || !use(w, two.access) {
				t.Error("the wrong session ended")
			}
			refused(t, w.Refused(nil, refresh, in("refreshToken", one.refresh)), "REFRESH_INVALID", "1.4", "input.refreshToken")
		})
		t.Run("1.4: signing out everywhere ends all of the person's and no other's", func(t *testing.T) {
			b := w.Owner("Bea")
			other := open(w, b)
			out(two.access, "everywhere", true)
			if use(w, two.access) || use(w, three.access) || !use(w, other.access) {
				t.Error("the wrong sessions ended")
			}
			n, err := w.Portal.Store.Read().Session.Query().Where(session.PersonID(a.PersonID), session.RevokedAtIsNil()).Count(w.System())
			if err != nil || n != 0 {
				t.Errorf("%d %v", n, err)
			}
		})
	})
}

func TestWhatLapsedIsForgotten(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Ada")
		c, ctx := w.Portal.Store.Read(), w.System()
		count := func() (captchas, codes, links, tokens, attempts int) {
			t.Helper()
			var errs [5]error
			captchas, errs[0] = c.Captcha.Query().Count(ctx)
			codes, errs[1] = c.PhoneCode.Query().Count(ctx)
			links, errs[2] = c.EmailLink.Query().Count(ctx)
			tokens, errs[3] = c.SessionToken.Query().Count(ctx)
			attempts, errs[4] = c.Attempt.Query().Count(ctx)
			for _, err := range errs {
				if err != nil {
					t.Fatal(err)
				}
			}
			return
		}
		open(w, a)
		t.Run("6.3: captchas are forgotten a day after they lapsed, the rest stays", func(t *testing.T) {
			w.Wall.Advance(25 * time.Hour)
			w.RunJobs()
			if captchas, _, _, _, _ := count(); captchas != 1 {
				t.Fatalf("%d captchas within the hour", captchas)
			}
			w.Wall.Advance(11 * time.Minute)
			w.RunJobs()
			captchas, codes, links, tokens, attempts := count()
			if captchas != 0 || codes != 1 || links != 1 || tokens != 2 || attempts != 3 {
				t.Errorf("%d %d %d %d %d", captchas, codes, links, tokens, attempts)
			}
		})
		t.Run("6.3: codes and counters are forgotten after 30 days, links after 33, tokens after 60", func(t *testing.T) {
			w.Wall.Set(portaltest.Start.Add(30*24*time.Hour + 2*time.Hour))
			w.RunJobs()
			if _, codes, links, tokens, attempts := count(); codes != 0 || attempts != 0 || links != 1 || tokens != 2 {
				t.Errorf("%d %d %d %d", codes, links, tokens, attempts)
			}
			w.Wall.Set(portaltest.Start.Add(33*24*time.Hour + 2*time.Hour))
			w.RunJobs()
			if _, _, links, tokens, _ := count(); links != 0 || tokens != 2 {
				t.Errorf("%d %d", links, tokens)
			}
			w.Wall.Set(portaltest.Start.Add(60*24*time.Hour + 2*time.Hour))
			w.RunJobs()
			if _, _, _, tokens, _ := count(); tokens != 0 {
				t.Errorf("%d", tokens)
			}
		})
	})
}
