package identity_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/employee"
	"portico/ent/db/message"
	"portico/portal/access/identity"
	"portico/portaltest"
)

const (
	setPolicy    = `mutation($i: SetSessionPolicyInput!) { setSessionPolicy(input: $i) { account { sessionPolicy { lifetimeMinutes idleMinutes setAt } } ` + refusal + ` } }`
	revokeOthers = `mutation($i: RevokeOtherSessionsInput!) { revokeOtherSessions(input: $i) { revokedCount ` + refusal + ` } }`
	endings      = `{ viewer { sessions(first: 20) { nodes { id createdAt expiresAt unfamiliar } } } }`
)

func TestAnAccountLimitsSessions(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		owner, other := w.Verified("Ada"), w.Verified("Bea")
		t.Run("1.4: an account has the agreement's limits until it sets shorter ones, and can go back to them", func(t *testing.T) {
			is := func(d any, lifetime, idle int, set bool) {
				t.Helper()
				p := portaltest.At(d, "account", "sessionPolicy")
				if fmt.Sprint(portaltest.At(p, "lifetimeMinutes"), portaltest.At(p, "idleMinutes")) != fmt.Sprint(lifetime, idle) || (portaltest.At(p, "setAt") != nil) != set {
					t.Errorf("%v", p)
				}
			}
			is(w.Must(owner, `query($id: ID!) { account(id: $id) { sessionPolicy { lifetimeMinutes idleMinutes setAt } } }`, map[string]any{"id": owner.AccountID}), 43_200, 43_200, false)
			is(w.Done(owner, setPolicy, in("accountId", owner.AccountID, "lifetimeMinutes", 600)), 600, 43_200, true)
			is(w.Done(owner, setPolicy, in("accountId", owner.AccountID, "idleMinutes", 30)), 43_200, 30, true)
			is(w.Done(owner, setPolicy, in("accountId", owner.AccountID)), 43_200, 43_200, true)
		})
		t.Run("1.4: a lifetime of an hour ends every employee's session after it, also one begun before, and no other account's", func(t *testing.T) {
			c := w.Colleague(owner.AccountID, "developer")
			s, o := open(w, c), open(w, other)
			w.Wall.Advance(10 * time.Minute)
			w.Done(owner, setPolicy, in("accountId", owner.AccountID, "lifetimeMinutes", 60))
			list := portaltest.At(w.SendToken(s.access, endings, nil).Data, "viewer", "sessions", "nodes", 0)
			began, _ := time.Parse(time.RFC3339Nano, portaltest.String(list, "createdAt"))
			if ends, _ := time.Parse(time.RFC3339Nano, portaltest.String(list, "expiresAt")); !ends.Equal(began.Add(time.Hour)) {
				t.Errorf("%v", list)
			}
			w.Wall.Set(began.Add(59 * time.Minute))
			s, o = next(w, s.refresh), next(w, o.refresh)
			w.Wall.Set(began.Add(time.Hour - time.Microsecond))
			if !use(w, s.access) {
				t.Error("it ended too early")
			}
			w.Wall.Set(began.Add(time.Hour))
			if use(w, s.access) || !use(w, o.access) {
				t.Error("the session goes on, or another account's ended")
			}
			refused(t, w.Refused(nil, refresh, in("refreshToken", s.refresh)), "REFRESH_INVALID", "1.4", "input.refreshToken")
			next(w, o.refresh)
		})
		t.Run("1.4: a stricter lifetime ends at once what is over by it, within a command too", func(t *testing.T) {
			c := w.Colleague(other.AccountID, "developer")
			s := open(w, c)
			held := w.As(c)
			w.Wall.Advance(2 * time.Hour)
			s = next(w, s.refresh)
			if !use(w, s.access) {
				t.Fatal("it ended too early")
			}
			w.Begin(other)
			w.Done(other, setPolicy, in("accountId", other.AccountID, "lifetimeMinutes", 119))
			if use(w, s.access) {
				t.Error("it goes on")
			}
			if _, err := identity.UpdateProfile(held, w.Portal.Store, identity.UpdateProfileInput{Name: "Cleo"}); err == nil {
				t.Error("a command went through")
			}
		})
	})
}

func TestAnAccountLimitsIdleSessions(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		owner, strict := w.Verified("Ada"), w.Verified("Bea")
		t.Run("1.4: a session that isn't refreshed for 30 minutes ends; one that is goes on", func(t *testing.T) {
			c := w.Colleague(owner.AccountID, "developer")
			w.Done(owner, setPolicy, in("accountId", owner.AccountID, "idleMinutes", 30))
			s := open(w, c)
			for range 4 {
				w.Wall.Advance(30*time.Minute - time.Microsecond)
				s = next(w, s.refresh)
			}
			w.Wall.Advance(30 * time.Minute)
			refused(t, w.Refused(nil, refresh, in("refreshToken", s.refresh)), "REFRESH_INVALID", "1.4", "input.refreshToken")
		})
		t.Run("1.4: an idle time that is set later holds for what was idle before", func(t *testing.T) {
			c := w.Colleague(strict.AccountID, "developer")
			s := open(w, c)
			w.Wall.Advance(time.Hour)
			w.Begin(strict)
			w.Done(strict, setPolicy, in("accountId", strict.AccountID, "idleMinutes", 60))
			refused(t, w.Refused(nil, refresh, in("refreshToken", s.refresh)), "REFRESH_INVALID", "1.4", "input.refreshToken")
		})
		t.Run("1.4: a person in two accounts has the shorter limit, until it leaves", func(t *testing.T) {
			c := w.Colleague(owner.AccountID, "developer")
			var id string
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				e, err := tx.Employee.Create().SetAccountID(strict.AccountID).SetPersonID(c.PersonID).SetStatus(employee.StatusACTIVE).
					SetJoinedAt(tx.Now).SetActiveKey(strict.AccountID + "|" + c.PersonID).Save(tx)
				if err == nil {
					id = e.ID
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			w.Begin(owner)
			w.Done(owner, setPolicy, in("accountId", owner.AccountID, "idleMinutes", 600))
			limits := func() time.Duration {
				l, err := identity.LimitsOf(w.System(), w.Portal.Store, c.PersonID)
				if err != nil {
					t.Fatal(err)
				}
				return l.Idle
			}
			if got := limits(); got != time.Hour {
				t.Errorf("%s", got)
			}
			w.Done(strict, `mutation($i: OffboardEmployeeInput!) { offboardEmployee(input: $i) { `+refusal+` } }`, in("employeeId", id))
			if got := limits(); got != 10*time.Hour {
				t.Errorf("%s", got)
			}
		})
	})
}

func TestSignInsFromElsewhereAreTold(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		enter := func(a *portaltest.Actor, network, agent string) {
			t.Helper()
			ctx := authz.With(context.Background(), authz.Nobody(network, agent))
			if _, err := identity.SignIn(ctx, w.Portal.Store, identity.SignInInput{Login: a.Phone, Password: portaltest.Password}); err != nil {
				t.Fatal(err)
			}
		}
		const browser, update, phone = "Browser/126.0 (X11)", "Browser/127.1 (X11)", "Phone/1.0"
		t.Run("1.4: a new network and a new kind of client are told by mail and marked, known ones and updates are not", func(t *testing.T) {
			a := w.Owner("Ada")
			w.VerifyEmail(a)
			enter(a, "203.0.113.1", browser) // another network than that of the registration
			sent := received(w, a.Email, message.ChannelEMAIL)
			for _, c := range []struct {
				network, agent string
				mails          int
			}{{"203.0.113.1", browser, 0}, {"203.0.113.1", update, 0}, {"203.0.113.2", browser, 1}, {"203.0.113.2", update, 0}, {"203.0.113.1", phone, 1}} {
				w.Wall.Advance(time.Second)
				enter(a, c.network, c.agent)
				now := received(w, a.Email, message.ChannelEMAIL)
				marked := portaltest.At(w.Must(a, endings, nil), "viewer", "sessions", "nodes", 0, "unfamiliar")
				if now-sent != c.mails || marked != (c.mails > 0) {
					t.Errorf("%+v: %d mails, marked: %v", c, now-sent, marked)
				}
				sent = now
			}
			if got := w.Message(a.Email).Body; !strings.Contains(got, "203.0.113.1\n") || strings.Contains(got, "Phone/") {
				t.Error(got)
			}
		})
		t.Run("1.1: an unverified address, which may be another's, gets nothing", func(t *testing.T) {
			a := w.Owner("Ada")
			sent := received(w, a.Email, message.ChannelEMAIL) + received(w, a.Phone, message.ChannelSMS)
			enter(a, "203.0.113.9", browser)
			if now := received(w, a.Email, message.ChannelEMAIL) + received(w, a.Phone, message.ChannelSMS); now != sent {
				t.Errorf("%d messages", now-sent)
			}
		})
		t.Run("5.4: ten a day are told, and a change of the password still is", func(t *testing.T) {
			a := w.Owner("Ada")
			w.VerifyEmail(a)
			sent := received(w, a.Email, message.ChannelEMAIL)
			for n := range 12 {
				enter(a, fmt.Sprintf("198.51.100.%d", n), browser)
			}
			if now := received(w, a.Email, message.ChannelEMAIL); now-sent != 10 {
				t.Errorf("%d mails", now-sent)
			}
			w.Done(a, change, in("currentPassword", portaltest.Password, "newPassword", another))
			if now := received(w, a.Email, message.ChannelEMAIL); now-sent != 11 {
				t.Errorf("%d mails", now-sent)
			}
		})
	})
}

func TestOtherSessionsAreEnded(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Person("Ada"), w.Person("Bea")
		here, kept, there, others := open(w, a), open(w, a), open(w, a), open(w, b)
		t.Run("1.4: all but the present session and those to keep end, of nobody else", func(t *testing.T) {
			r := w.SendToken(here.access, revokeOthers, in("keepSessionIds", []string{sessionOf(w, kept), sessionOf(w, others), "sess_none", "x"}))
			if len(r.Errors) > 0 || len(r.Refusals(t)) > 0 || fmt.Sprint(portaltest.At(r.Data, "revokeOtherSessions", "revokedCount")) != "2" { // with that of its first sign-in
				t.Fatalf("%s", r.Raw)
			}
			if !use(w, here.access) || !use(w, kept.access) || use(w, there.access) || !use(w, others.access) {
				t.Error("the wrong sessions ended")
			}
			refused(t, w.Refused(nil, refresh, in("refreshToken", there.refresh)), "REFRESH_INVALID", "1.4", "input.refreshToken")
			r = w.SendToken(here.access, revokeOthers, in())
			if fmt.Sprint(portaltest.At(r.Data, "revokeOtherSessions", "revokedCount")) != "1" || use(w, kept.access) || !use(w, here.access) {
				t.Errorf("%s", r.Raw)
			}
		})
	})
}
