package identity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"portico/ent/db/attempt"
	"portico/ent/db/auditevent"
	"portico/ent/db/emaillink"
	"portico/portal/access/identity"
	"portico/portaltest"
)

const (
	change   = `mutation($i: ChangePasswordInput!) { changePassword(input: $i) { person { id } ` + refusal + ` } }`
	rename   = `mutation($i: UpdateProfileInput!) { updateProfile(input: $i) { person { id name } ` + refusal + ` } }`
	resend   = `mutation($i: ResendEmailVerificationInput!) { resendEmailVerification(input: $i) { ` + refusal + ` } }`
	revoke   = `mutation($i: RevokeSessionInput!) { revokeSession(input: $i) { revokedSessionId ` + refusal + ` } }`
	sessions = `{ viewer { sessions(first: 20) { totalCount nodes { id current userAgent ipAddress createdAt lastUsedAt expiresAt } } } }`
)

func TestChangePassword(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		to := func(current, to string) map[string]any { return in("currentPassword", current, "newPassword", to) }
		const fresh = "lantern mule 58 orbit staple"
		t.Run("1.4: the present password sets a new one; other sessions end, the present one lives on", func(t *testing.T) {
			a := w.Owner("Ada")
			here, there := open(w, a), open(w, a)
			r := w.SendToken(here.access, change, to(portaltest.Password, fresh))
			if len(r.Errors) > 0 || len(r.Refusals(t)) > 0 {
				t.Fatalf("%s", r.Raw)
			}
			if !use(w, here.access) || use(w, there.access) {
				t.Error("the wrong session ended")
			}
			refused(t, w.Refused(nil, signIn, in("login", a.Phone, "password", portaltest.Password)), "SIGN_IN_FAILED", "1.4", "")
			w.Done(nil, signIn, in("login", a.Phone, "password", fresh))
		})
		t.Run("1.4: a weak password and the present one are refused", func(t *testing.T) {
			a := w.Owner("Ada")
			refused(t, w.Refused(a, change, to(portaltest.Password, "password12")), "PASSWORD_WEAK", "1.4", "input.newPassword")
			refused(t, w.Refused(a, change, to(portaltest.Password, portaltest.Password)), "PASSWORD_REUSED", "1.4", "input.newPassword")
		})
		t.Run("1.4: after five wrong tries the right password is refused too, for an hour", func(t *testing.T) {
			a := w.Owner("Ada")
			for range 5 {
				refused(t, w.Refused(a, change, to(another, fresh)), "CURRENT_PASSWORD_WRONG", "1.4", "input.currentPassword")
			}
			refused(t, w.Refused(a, change, to(portaltest.Password, fresh)), "TRIES_EXCEEDED", "1.4", "")
			w.Wall.Advance(time.Hour - time.Millisecond)
			refused(t, w.Refused(a, change, to(portaltest.Password, fresh)), "TRIES_EXCEEDED", "1.4", "")
			w.Wall.Advance(time.Millisecond)
			w.Done(a, change, to(portaltest.Password, fresh))
			for range 5 { // the count starts again
				refused(t, w.Refused(a, change, to(another, fresh)), "CURRENT_PASSWORD_WRONG", "1.4", "input.currentPassword")
			}
		})
	})
}

func TestTriesOfThePresentPasswordAreCounted(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		to := func(current, to string) map[string]any { return in("currentPassword", current, "newPassword", to) }
		const fresh = "lantern mule 58 orbit staple"
		t.Run("1.4: of ten wrong tries at once five are compared", func(t *testing.T) {
			a := w.Owner("Ada")
			got := answers(w, 10, func(int) portaltest.Response { return w.Send(a, change, to(another, fresh)) })
			if got["CURRENT_PASSWORD_WRONG"] != 5 || got["TRIES_EXCEEDED"] != 5 {
				t.Errorf("%v", got)
			}
		})
		t.Run("1.4: of a request that has ended no password is looked at", func(t *testing.T) {
			a := w.Owner("Ada")
			ctx, cancel := context.WithCancel(w.As(a))
			cancel()
			before := tries(w)
			_, err := identity.ChangePassword(ctx, w.Portal.Store, identity.ChangePasswordInput{CurrentPassword: portaltest.Password, NewPassword: fresh})
			if err == nil || tries(w) != before {
				t.Errorf("%v, %d tries counted", err, tries(w)-before)
			}
			w.Done(a, signIn, in("login", a.Phone, "password", portaltest.Password))
		})
		t.Run("1.4: with an idempotency key the password isn't looked at", func(t *testing.T) {
			a := w.Owner("Ada")
			before := tries(w)
			for _, password := range []string{portaltest.Password, another} {
				r := w.Send(a, strings.Replace(change, "(input: $i)", `(input: $i) @idempotent(key: "k")`, 1), to(password, fresh))
				if len(r.Errors) != 1 || r.Errors[0].Code() != "IDEMPOTENCY_NOT_SUPPORTED" || tries(w) != before {
					t.Errorf("%s", r.Raw)
				}
			}
		})
	})
}

// tries returns the number of failures counted at present, of all persons.
func tries(w *portaltest.World) (n int) {
	rows, err := w.Portal.Store.Read().Attempt.Query().Where(attempt.FailuresGT(0)).All(w.System())
	if err != nil {
		w.T.Fatal(err)
	}
	for _, r := range rows {
		n += int(r.Failures)
	}
	return n
}

// listed returns the sessions of a person, as the API shows them to that
// person.
func listed(w *portaltest.World, p pair) []any {
	w.T.Helper()
	r := w.SendToken(p.access, sessions, nil)
	l, ok := portaltest.At(r.Data, "viewer", "sessions", "nodes").([]any)
	if !ok || len(r.Errors) > 0 {
		w.T.Fatalf("%s", r.Raw)
	}
	return l
}

func TestSessionsOfAPerson(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Owner("Ada"), w.Owner("Bea")
		here := open(w, a)
		w.Wall.Advance(time.Minute)
		there := open(w, a)
		other := sessionOf(w, open(w, b))
		list := func(p pair) []any { return listed(w, p) }
		t.Run("1.4: a person sees its sessions, newest first, and which is the present one", func(t *testing.T) {
			l := list(here)
			if len(l) != 3 || portaltest.String(l[0], "id") != sessionOf(w, there) || portaltest.At(l[0], "current") != false || portaltest.At(l[1], "current") != true {
				t.Fatalf("%v", l)
			}
			at := w.Wall.Now().Format(time.RFC3339)
			ends := w.Wall.Now().Add(identity.RefreshLifetime).Format(time.RFC3339)
			if portaltest.String(l[0], "createdAt") != at || portaltest.String(l[0], "lastUsedAt") != at || portaltest.String(l[0], "expiresAt") != ends {
				t.Errorf("%v", l[0])
			}
		})
		t.Run("1.4: a refresh is a use, and moves the end", func(t *testing.T) {
			w.Wall.Advance(time.Minute)
			here = next(w, here.refresh)
			at := w.Wall.Now().Format(time.RFC3339)
			if l := list(here); portaltest.String(l[1], "lastUsedAt") != at {
				t.Errorf("%v", l[1])
			}
		})
		t.Run("1.4: another's session and what is none are not found, to be shown or ended", func(t *testing.T) {
			for _, id := range []string{other, a.AccountID, "sess_nobody", ""} {
				r := w.SendToken(here.access, revoke, in("sessionId", id))
				if l := r.Refusals(t); len(l) != 1 || l[0].Code != "NOT_FOUND" {
					t.Errorf("%s: %s", id, r.Raw)
				}
			}
			if r := w.SendToken(here.access, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": other}); r.Data["node"] != nil {
				t.Errorf("%s", r.Raw)
			}
		})
		t.Run("1.4: one session is ended, twice alike; the present one too", func(t *testing.T) {
			for range 2 {
				r := w.SendToken(here.access, revoke, in("sessionId", sessionOf(w, there)))
				if portaltest.String(r.Data, "revokeSession", "revokedSessionId") != sessionOf(w, there) {
					t.Fatalf("%s", r.Raw)
				}
			}
			if use(w, there.access) || !use(w, here.access) || len(list(here)) != 2 {
				t.Error("the wrong session ended")
			}
			w.SendToken(here.access, revoke, in("sessionId", sessionOf(w, here)))
			if use(w, here.access) {
				t.Error("the session goes on")
			}
		})
	})
}

func TestLapsedSessionsAreNotListed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		b := w.Owner("Bea")
		t.Run("1.4: a session that lapsed isn't listed any more", func(t *testing.T) {
			open(w, b)
			w.Wall.Advance(identity.RefreshLifetime - time.Millisecond)
			if n := len(listed(w, open(w, b))); n != 3 {
				t.Errorf("%d sessions a moment before", n)
			}
			w.Wall.Advance(time.Millisecond)
			if n := len(listed(w, open(w, b))); n != 2 {
				t.Errorf("%d sessions", n)
			}
		})
	})
}

func TestUpdateProfile(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Ada")
		t.Run("1.1: a person changes its name, and the audit keeps the old one", func(t *testing.T) {
			if p := w.Done(a, rename, in("name", " Ada  Lovelace ")); portaltest.String(p, "person", "name") != "Ada Lovelace" {
				t.Errorf("%v", p)
			}
			e, err := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action("updateProfile")).Only(w.System())
			if err != nil || e.ActorID != a.PersonID || !strings.Contains(e.Details, `"before":"Ada"`) || !strings.Contains(e.Details, `"after":"Ada Lovelace"`) {
				t.Errorf("%v %v", e, err)
			}
			if got := w.Refused(a, rename, in("name", " ")); got.Code != "INVALID_INPUT" || strings.Join(got.Field, ".") != "input.name" {
				t.Errorf("%+v", got)
			}
		})
	})
}

func TestEmailLinksAreSentAgain(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		links := func(a *portaltest.Actor) int {
			n, err := w.Portal.Store.Read().EmailLink.Query().Where(emaillink.PersonID(a.PersonID)).Count(w.System())
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		t.Run("1.1: another link verifies the address, the first one too", func(t *testing.T) {
			a := w.Owner("Ada")
			first := w.Message(a.Email).Token
			w.Wall.Advance(time.Second)
			w.Done(a, resend, in())
			again := w.Message(a.Email)
			if again.Token == first || !strings.Contains(again.Body, "http://portico.test/links/verify-email?token="+again.Token) {
				t.Fatalf("%+v", again)
			}
			w.Done(nil, verify, in("token", again.Token))
			w.Done(nil, verify, in("token", first))
		})
		t.Run("1.1: a person has five links sent in 24 hours, and the sixth after them", func(t *testing.T) {
			a := w.Owner("Ada")
			start := w.Wall.Now()
			for range 4 {
				w.Done(a, resend, in("email", a.Email))
			}
			got := w.Refused(a, resend, in())
			refused(t, got, "EMAIL_LINK_LIMIT", "1.1", "")
			w.Wall.Set(start.Add(24*time.Hour - time.Millisecond))
			refused(t, w.Refused(a, resend, in()), "EMAIL_LINK_LIMIT", "1.1", "")
			w.Wall.Set(start.Add(24 * time.Hour))
			w.Done(a, resend, in())
		})
		t.Run("1.1: of ten requests at once four send one", func(t *testing.T) {
			a := w.Owner("Ada")
			got := answers(w, 10, func(int) portaltest.Response { return w.Send(a, resend, in()) })
			if got[""] != 4 || got["EMAIL_LINK_LIMIT"] != 6 || links(a) != 5 {
				t.Errorf("%v, %d links", got, links(a))
			}
		})
		t.Run("1.1: a verified address, another's and the own are answered alike, and no stranger is written to", func(t *testing.T) {
			a, b := w.Owner("Ada"), w.Owner("Bea")
			w.Done(nil, verify, in("token", w.Message(a.Email).Token))
			for _, more := range [][]any{nil, {"email", b.Email}, {"email", "nobody@example.com"}} {
				r := w.Send(a, resend, in(more...))
				if len(r.Errors) > 0 || len(r.Refusals(t)) > 0 || links(a) != 1 || links(b) != 1 {
					t.Errorf("%s", r.Raw)
				}
			}
		})
	})
}
