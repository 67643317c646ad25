package identity_test

import (
	"context"
	sqldriver "database/sql/driver"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"portico/ent/db/auditevent"
	"portico/portaltest"
)

func TestSignIn(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		login := func(login, password string, more ...any) map[string]any {
			return in(append([]any{"login", login, "password", password}, more...)...)
		}
		t.Run("1.1: one signs in by any notation of the number, by the address only once it is verified", func(t *testing.T) {
			a := w.Owner("Ada")
			w.Done(nil, signIn, login(strings.TrimPrefix(a.Phone, "+86"), portaltest.Password))
			refused(t, w.Refused(nil, signIn, login(a.Email, portaltest.Password)), "SIGN_IN_FAILED", "1.4", "")
			w.Done(nil, verify, in("token", w.Message(a.Email).Token))
			w.Done(nil, signIn, login(" "+strings.ToUpper(a.Email), portaltest.Password))
		})
		t.Run("1.2: signing in is recorded as the person's", func(t *testing.T) {
			a := w.Owner("Ada")
			w.Done(nil, signIn, login(a.Phone, portaltest.Password))
			n, err := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action("signIn"), auditevent.ActorID(a.PersonID),
				auditevent.ObjectID(a.PersonID), auditevent.ResultEQ(auditevent.ResultDONE)).Count(w.System())
			if err != nil || n != 1 {
				t.Errorf("%d %v", n, err)
			}
		})
		t.Run("1.4: after two failures one signs in, after three with a captcha, for known and unknown logins alike", func(t *testing.T) {
			a := w.Owner("Ada")
			fail := func(who string, n int) {
				for range n {
					refused(t, w.Refused(nil, signIn, login(who, another)), "SIGN_IN_FAILED", "1.4", "")
				}
			}
			fail(a.Phone, 2)
			w.Done(nil, signIn, login(a.Phone, portaltest.Password))
			for _, who := range []string{a.Phone, "+8613800555555", "nobody@example.com", "nobody"} {
				fail(who, 3)
				refused(t, w.Refused(nil, signIn, login(who, portaltest.Password)), "CAPTCHA_REQUIRED", "1.1", "input.captchaId")
				id, _ := w.Captcha("SIGN_IN")
				refused(t, w.Refused(nil, signIn, login(who, portaltest.Password, "captchaId", id, "captchaAnswer", "no")), "CAPTCHA_WRONG", "1.1", "input.captchaAnswer")
			}
			id, answer := w.Captcha("SIGN_IN")
			w.Done(nil, signIn, login(a.Phone, portaltest.Password, "captchaId", id, "captchaAnswer", answer))
			w.Done(nil, signIn, login(a.Phone, portaltest.Password))
		})
		t.Run("1.4: of ten wrong passwords at once three are tried", func(t *testing.T) {
			a := w.Owner("Ada")
			got := answers(w, 10, func(int) portaltest.Response { return w.Send(nil, signIn, login(a.Phone, another)) })
			if got["SIGN_IN_FAILED"] != 3 || got["CAPTCHA_REQUIRED"] != 7 {
				t.Errorf("%v", got)
			}
		})
		t.Run("1.4: a password that begins like the right one and is too long is wrong", func(t *testing.T) {
			a := w.Owner("Ada")
			refused(t, w.Refused(nil, signIn, login(a.Phone, portaltest.Password+strings.Repeat(" ", 600))), "SIGN_IN_FAILED", "1.4", "")
		})
	})
}

func TestPasswordReset(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		code := func(a *portaltest.Actor) string {
			w.Wall.Advance(time.Minute)
			return w.Code(a.Phone, "RESET_PASSWORD")
		}
		t.Run("1.4: a reset ends every session, and the old password", func(t *testing.T) {
			a := w.Owner("Ada")
			one, two := open(w, a), open(w, a)
			w.Done(nil, reset, in("phone", a.Phone, "code", code(a), "newPassword", another))
			if use(w, one.access) || use(w, two.access) {
				t.Error("a session goes on")
			}
			refused(t, w.Refused(nil, refresh, in("refreshToken", one.refresh)), "REFRESH_INVALID", "1.4", "input.refreshToken")
			refused(t, w.Refused(nil, signIn, in("login", a.Phone, "password", portaltest.Password)), "SIGN_IN_FAILED", "1.4", "")
			w.Done(nil, signIn, in("login", a.Phone, "password", another))
		})
		t.Run("1.4: weak, common, personal and reused passwords are refused, and the code stays good", func(t *testing.T) {
			a := w.Owner("Ada")
			c := code(a)
			for _, weak := range []string{"", "short7!x9", "password123", "aaaaaaaaaaaaaaaa", "qwertyuiop", a.Phone, strings.Repeat("correct horse 47 ", 8)} {
				refused(t, w.Refused(nil, reset, in("phone", a.Phone, "code", c, "newPassword", weak)), "PASSWORD_WEAK", "1.4", "input.newPassword")
			}
			refused(t, w.Refused(nil, reset, in("phone", a.Phone, "code", c, "newPassword", portaltest.Password)), "PASSWORD_REUSED", "1.4", "input.newPassword")
			w.Done(nil, reset, in("phone", a.Phone, "code", c, "newPassword", another))
		})
		t.Run("1.4: a password is judged only once the code held, and by no more than its first 32 characters", func(t *testing.T) {
			a := w.Owner("Ada")
			c := code(a)
			const strong = "xk7 vq2 mw9 "
			weak := strings.Repeat("a", 32)
			refused(t, w.Refused(nil, reset, in("phone", a.Phone, "code", "x"+c[1:], "newPassword", weak)), "CODE_WRONG", "1.1", "input.code")
			refused(t, w.Refused(nil, reset, in("phone", a.Phone, "code", c, "newPassword", weak+strings.Repeat(strong, 3))), "PASSWORD_WEAK", "1.4", "input.newPassword")
			w.Done(nil, reset, in("phone", a.Phone, "code", c, "newPassword", strong[:4]+weak[:20]+strong))
		})
		t.Run("1.1: only who has proved a number learns that it isn't registered", func(t *testing.T) {
			const nobody = "+8613800444444"
			c := w.Code(nobody, "RESET_PASSWORD")
			refused(t, w.Refused(nil, reset, in("phone", nobody, "code", "x"+c[1:], "newPassword", another)), "CODE_WRONG", "1.1", "input.code")
			refused(t, w.Refused(nil, reset, in("phone", nobody, "code", c, "newPassword", another)), "PHONE_NOT_REGISTERED", "1.1", "input.phone")
			refused(t, w.Refused(nil, reset, in("phone", "12", "code", c, "newPassword", another)), "PHONE_INVALID", "1.1", "input.phone")
		})
		t.Run("1.4: a reset lifts the captcha that failures asked for", func(t *testing.T) {
			a := w.Owner("Ada")
			for range 3 {
				w.Refused(nil, signIn, in("login", a.Phone, "password", another))
			}
			w.Done(nil, reset, in("phone", a.Phone, "code", code(a), "newPassword", another))
			w.Done(nil, signIn, in("login", a.Phone, "password", another))
		})
	})
}

func TestPasswordReminder(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Ada")
		since := func() any {
			return portaltest.At(w.Must(a, `{ viewer { passwordReminderSince } }`, nil), "viewer", "passwordReminderSince")
		}
		t.Run("1.4: a password of 89 days is not reminded of, one of 90 is", func(t *testing.T) {
			w.Wall.Set(portaltest.Start.AddDate(0, 0, 90).Add(-time.Microsecond))
			if got := since(); got != nil {
				t.Errorf("%v", got)
			}
			w.Wall.Set(portaltest.Start.AddDate(0, 0, 90))
			if got := since(); got != "2026-05-31" {
				t.Errorf("%v", got)
			}
		})
	})
}

func TestEmailVerification(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		token := func(a *portaltest.Actor) string { return w.Message(a.Email).Token }
		invalid := func(token string) {
			t.Helper()
			refused(t, w.Refused(nil, verify, in("token", token)), "EMAIL_TOKEN_INVALID", "1.1", "input.token")
		}
		t.Run("1.1: a link serves once, and nothing else does", func(t *testing.T) {
			a := w.Owner("Ada")
			link := token(a)
			p := w.Done(nil, verify, in("token", link))
			if portaltest.String(p, "person", "id") != a.PersonID || portaltest.At(p, "person", "emailVerified") != true {
				t.Errorf("%v", p)
			}
			invalid(link)
			invalid("pe_none")
			invalid("")
		})
		t.Run("1.1: a link serves for less than three days", func(t *testing.T) {
			a, b := w.Owner("Ada"), w.Owner("Bea")
			one, two := token(a), token(b)
			w.Wall.Advance(72*time.Hour - time.Microsecond)
			w.Done(nil, verify, in("token", one))
			w.Wall.Advance(time.Microsecond)
			invalid(two)
		})
		t.Run("1.1: registering with a taken address succeeds, and the first to verify has it", func(t *testing.T) {
			a := w.Owner("Ada")
			first := token(a)
			input := w.RegisterInput("Eve")
			input["email"] = " " + strings.ToUpper(a.Email)
			w.Done(nil, register, map[string]any{"i": input})
			second := token(a)
			got := answers(w, 2, func(i int) portaltest.Response {
				return w.Send(nil, verify, in("token", []string{first, second}[i]))
			})
			if got[""] != 1 || got["EMAIL_TAKEN"] != 1 {
				t.Errorf("%v", got)
			}
		})
		t.Run("1.1: EMAIL_TAKEN has its clause and remedy", func(t *testing.T) {
			a := w.Owner("Ada")
			w.Done(nil, verify, in("token", token(a)))
			input := w.RegisterInput("Eve")
			input["email"] = a.Email
			w.Done(nil, register, map[string]any{"i": input})
			refused(t, w.Refused(nil, verify, in("token", token(a))), "EMAIL_TAKEN", "1.1", "input.token")
		})
	})
}

// counting counts the statements of a database by their text.
type counting struct {
	sqldriver.Connector
	n *atomic.Int64
}

type countingConn struct {
	sqldriver.Conn
	n *atomic.Int64
}

type countingStmt struct {
	sqldriver.Stmt
	n *atomic.Int64
}

func (c counting) Connect(ctx context.Context) (sqldriver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return countingConn{conn, c.n}, nil
}

// Since this connection implements Prepare only, every statement is prepared
// and executed, and only executions need counting.
func (c countingConn) Prepare(q string) (sqldriver.Stmt, error) {
	s, err := c.Conn.Prepare(q)
	if err != nil {
		return nil, err
	}
	return countingStmt{s, c.n}, nil
}

func (c countingConn) BeginTx(ctx context.Context, o sqldriver.TxOptions) (sqldriver.Tx, error) {
	return c.Conn.(sqldriver.ConnBeginTx).BeginTx(ctx, o)
}

func (c countingConn) CheckNamedValue(v *sqldriver.NamedValue) error {
	if checker, ok := c.Conn.(sqldriver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return sqldriver.ErrSkip
}

func (s countingStmt) ExecContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	s.n.Add(1)
	return s.Stmt.(sqldriver.StmtExecContext).ExecContext(ctx, args)
}

func (s countingStmt) QueryContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	s.n.Add(1)
	return s.Stmt.(sqldriver.StmtQueryContext).QueryContext(ctx, args)
}

func TestNothingRevealsWhoIsRegistered(t *testing.T) {
	for _, e := range portaltest.Engines {
		t.Run(e, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int64
			w := portaltest.New(t, e, portaltest.Wrapped(func(c sqldriver.Connector) sqldriver.Connector { return counting{c, &n} }))
			a := w.Owner("Ada")
			const nobody = "+8613800333333"
			work := func(query string, input map[string]any) (string, int64) {
				before := n.Load()
				r := w.Send(nil, query, input)
				return fmt.Sprint(r.Status, r.Errors, r.Data), n.Load() - before
			}
			messages := func() int {
				c, err := w.Portal.Store.Read().Message.Query().Count(w.System())
				if err != nil {
					t.Fatal(err)
				}
				return c
			}
			w.Wall.Advance(time.Minute)
			for _, purpose := range []string{"REGISTER", "SIGN_IN", "RESET_PASSWORD"} {
				t.Run("1.1: asking for a code to "+purpose+" answers and works the same for a known number", func(t *testing.T) {
					w.Wall.Advance(time.Minute)
					one, two := ask(w, a.Phone, purpose), ask(w, nobody, purpose)
					sent := messages()
					known, costKnown := work(askCode, one)
					unknown, costUnknown := work(askCode, two)
					if known != unknown || messages() != sent+2 {
						t.Errorf("%s, %s", known, unknown)
					}
					if costKnown != costUnknown {
						t.Errorf("%d statements, %d", costKnown, costUnknown)
					}
				})
			}
			same := func(name, query string, known, unknown map[string]any) {
				t.Run("1.1: "+name+" answers and works the same for a known login", func(t *testing.T) {
					for range 2 { // a first failure, and another
						k, costKnown := work(query, known)
						u, costUnknown := work(query, unknown)
						if strings.ReplaceAll(k, a.Phone, "") != strings.ReplaceAll(u, nobody, "") {
							t.Errorf("%s, %s", k, u)
						}
						if costKnown != costUnknown {
							t.Errorf("%d statements, %d", costKnown, costUnknown)
						}
					}
				})
			}
			same("signing in with a wrong password", signIn, in("login", a.Phone, "password", another), in("login", nobody, "password", another))
			same("signing in by address", signIn, in("login", a.Email, "password", another), in("login", "nobody@example.com", "password", another))
			same("a wrong code for a reset", reset, in("phone", a.Phone, "code", "x", "newPassword", another), in("phone", nobody, "code", "x", "newPassword", another))
			known, unknown := w.RegisterInput("Eve"), w.RegisterInput("Eve")
			known["phone"], unknown["phone"] = a.Phone, nobody
			known["code"], unknown["code"] = "x", "x"
			same("a wrong code for registering", register, map[string]any{"i": known}, map[string]any{"i": unknown})
		})
	}
}
