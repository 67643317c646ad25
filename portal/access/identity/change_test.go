package identity_test

import (
	"strings"
	"testing"
	"time"

	"portico/ent/db/auditevent"
	"portico/ent/db/message"
	"portico/ent/db/person"
	"portico/portal/kernel/address"
	"portico/portaltest"
)

const (
	changePhone  = `mutation($i: ChangePhoneInput!) { changePhone(input: $i) { person { id phone } ` + refusal + ` } }`
	changeEmail  = `mutation($i: ChangeEmailInput!) { changeEmail(input: $i) { person { id email pendingEmail emailVerified } ` + refusal + ` } }`
	undoEmail    = `mutation($i: UndoEmailChangeInput!) { undoEmailChange(input: $i) { ` + refusal + ` } }`
	codedSignIn  = `mutation($i: SignInWithCodeInput!) { signInWithCode(input: $i) { session { accessToken refreshToken expiresAt } ` + refusal + ` } }`
	ownAddresses = `{ viewer { person { phone email emailVerified pendingEmail } } }`
)

// auditOf returns the details of the newest event of an action.
func auditOf(w *portaltest.World, action string) string {
	w.T.Helper()
	e, err := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action(action), auditevent.ResultEQ(auditevent.ResultDONE)).
		Order(auditevent.ByID()).All(w.System())
	if err != nil || len(e) == 0 {
		w.T.Fatalf("%v %v", e, err)
	}
	return e[len(e)-1].Details
}

func TestChangePhone(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		byPassword := func(phone, code, password string) map[string]any {
			return in("phone", phone, "code", code, "currentPassword", password)
		}
		t.Run("1.1: a code of the new number and the password change it; other sessions end, and the old number and the mailbox are told", func(t *testing.T) {
			a := w.Owner("Ada")
			w.VerifyEmail(a)
			here, there := open(w, a), open(w, a)
			const fresh = "+8613811000001"
			code := coded(w, fresh, "CHANGE_PHONE")
			w.Wall.Advance(time.Second)
			r := w.SendToken(here.access, changePhone, byPassword("138 1100 0001", code, portaltest.Password))
			if len(r.Errors) > 0 || len(r.Refusals(t)) > 0 || portaltest.String(r.Data, "changePhone", "person", "phone") != fresh {
				t.Fatalf("%s", r.Raw)
			}
			if !use(w, here.access) || use(w, there.access) {
				t.Error("the wrong session ended")
			}
			if got := w.Message(a.Phone); !strings.Contains(got.Body, "phone number of your login was changed") {
				t.Errorf("%+v", got)
			}
			if got := w.Message(a.Email); !strings.Contains(got.Body, "phone number of your login was changed") {
				t.Errorf("%+v", got)
			}
			if got := auditOf(w, "changePhone"); !strings.Contains(got, "****"+a.Phone[len(a.Phone)-4:]) || !strings.Contains(got, "****0001") || strings.Contains(got, a.Phone) || strings.Contains(got, fresh) {
				t.Errorf("%s", got)
			}
			refused(t, w.Refused(nil, signIn, in("login", a.Phone, "password", portaltest.Password)), "SIGN_IN_FAILED", "1.4", "")
			w.Done(nil, signIn, in("login", fresh, "password", portaltest.Password))
		})
		t.Run("1.1: a code of the present number serves in place of the password, once", func(t *testing.T) {
			a := w.Owner("Ada")
			const fresh, next = "+8613811000002", "+8613811000003"
			both := func(phone, code, own string) map[string]any {
				return in("phone", phone, "code", code, "currentPhoneCode", own)
			}
			own, code := coded(w, a.Phone, "CHANGE_PHONE"), coded(w, fresh, "CHANGE_PHONE")
			refused(t, w.Refused(a, changePhone, both(fresh, code, "x"+own[1:])), "CODE_WRONG", "1.1", "input.currentPhoneCode")
			refused(t, w.Refused(a, changePhone, both(fresh, "x"+code[1:], own)), "CODE_WRONG", "1.1", "input.code")
			w.Done(a, changePhone, both(fresh, code, own))
			refused(t, w.Refused(a, changePhone, both(next, coded(w, next, "CHANGE_PHONE"), own)), "CODE_WRONG", "1.1", "input.currentPhoneCode")
		})
	})
}

func TestAPhoneIsNotChangedWithoutBothProofs(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		byPassword := func(phone, code, password string) map[string]any {
			return in("phone", phone, "code", code, "currentPassword", password)
		}
		t.Run("1.1: neither or both proofs of the present number are refused, and nothing is tried", func(t *testing.T) {
			a := w.Owner("Ada")
			before := tries(w)
			for _, i := range []map[string]any{in("phone", "+8613811000004", "code", "123456"),
				in("phone", "+8613811000004", "code", "123456", "currentPassword", another, "currentPhoneCode", "123456")} {
				if got := w.Refused(a, changePhone, i); got.Code != "INVALID_INPUT" || strings.Join(got.Field, ".") != "input.currentPassword" || tries(w) != before {
					t.Errorf("%+v", got)
				}
			}
			refused(t, w.Refused(a, changePhone, byPassword("12", "123456", portaltest.Password)), "PHONE_INVALID", "1.1", "input.phone")
		})
		t.Run("1.1: codes for another purpose, or of another number, change nothing", func(t *testing.T) {
			a := w.Owner("Ada")
			const fresh, other = "+8613811000005", "+8613811000006"
			code := coded(w, fresh, "REGISTER")
			refused(t, w.Refused(a, changePhone, byPassword(fresh, code, portaltest.Password)), "CODE_WRONG", "1.1", "input.code")
			code = coded(w, other, "CHANGE_PHONE")
			refused(t, w.Refused(a, changePhone, byPassword(fresh, code, portaltest.Password)), "CODE_WRONG", "1.1", "input.code")
			i := w.RegisterInput("Newcomer")
			i["phone"], i["code"] = other, code
			refused(t, w.Refused(nil, register, map[string]any{"i": i}), "CODE_WRONG", "1.1", "input.code")
		})
	})
}

func TestTakenNumbersAreNotRevealed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		byPassword := func(phone, code, password string) map[string]any {
			return in("phone", phone, "code", code, "currentPassword", password)
		}
		t.Run("1.1: a taken number is refused to who has proved it, and to nobody else; the code stays valid", func(t *testing.T) {
			a, b := w.Owner("Ada"), w.Owner("Bea")
			code := coded(w, b.Phone, "CHANGE_PHONE")
			for _, phone := range []string{b.Phone, "+8613811000010"} {
				refused(t, w.Refused(a, changePhone, byPassword(phone, "x"+code[1:], portaltest.Password)), "CODE_WRONG", "1.1", "input.code")
			}
			refused(t, w.Refused(a, changePhone, byPassword(b.Phone, code, another)), "CURRENT_PASSWORD_WRONG", "1.4", "input.currentPassword")
			refused(t, w.Refused(a, changePhone, byPassword(b.Phone, code, portaltest.Password)), "PHONE_REGISTERED", "1.1", "input.phone")
			refused(t, w.Refused(a, changePhone, byPassword(b.Phone, code, portaltest.Password)), "PHONE_REGISTERED", "1.1", "input.phone")
			refused(t, w.Refused(a, changePhone, byPassword(a.Phone, coded(w, a.Phone, "CHANGE_PHONE"), portaltest.Password)), "PHONE_REGISTERED", "1.1", "input.phone")
		})
		t.Run("1.1: of six requests of one person with one code one changes the number", func(t *testing.T) {
			a := w.Owner("Ada")
			const fresh = "+8613811000011"
			code := coded(w, fresh, "CHANGE_PHONE")
			got := answers(w, 4, func(int) portaltest.Response {
				return w.Send(a, changePhone, byPassword(fresh, code, portaltest.Password))
			})
			if got[""] != 1 {
				t.Errorf("%v", got)
			}
		})
		t.Run("1.1: of two persons who have proved the same number one gets it", func(t *testing.T) {
			const fresh = "+8613811000012"
			twins := []*portaltest.Actor{w.Owner("Ada"), w.Owner("Bea")}
			codes := []string{coded(w, fresh, "CHANGE_PHONE")}
			w.Wall.Advance(time.Minute)
			got := answers(w, 2, func(i int) portaltest.Response {
				return w.Send(twins[i], changePhone, byPassword(fresh, codes[0], portaltest.Password))
			})
			n, err := w.Portal.Store.Read().Person.Query().Where(person.PhoneIndex(address.PhoneIndex(w.Portal.Store, fresh))).Count(w.System())
			if err != nil || got[""] != 1 || n != 1 {
				t.Errorf("%v, %d persons, %v", got, n, err)
			}
		})
		t.Run("1.4: after five wrong passwords the right one is refused too, for an hour", func(t *testing.T) {
			a := w.Owner("Ada")
			const fresh = "+8613811000013"
			code := coded(w, fresh, "CHANGE_PHONE")
			for range 5 {
				refused(t, w.Refused(a, changePhone, byPassword(fresh, code, another)), "CURRENT_PASSWORD_WRONG", "1.4", "input.currentPassword")
			}
			refused(t, w.Refused(a, changePhone, byPassword(fresh, code, portaltest.Password)), "TRIES_EXCEEDED", "1.4", "")
			w.Wall.Advance(time.Hour)
			w.Done(a, changePhone, byPassword(fresh, coded(w, fresh, "CHANGE_PHONE"), portaltest.Password))
		})
	})
}

func TestChangeEmail(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		to := func(email string) map[string]any { return in("email", email, "currentPassword", portaltest.Password) }
		own := func(a *portaltest.Actor, email, pending string, verified bool) {
			t.Helper()
			addressed(t, w, a, email, pending, verified)
		}
		t.Run("1.1: the new address is pending until its link is opened; the old one serves until then, and is told", func(t *testing.T) {
			a := w.Owner("Ada")
			w.VerifyEmail(a)
			w.Wall.Advance(time.Second)
			p := w.Done(a, changeEmail, to(" Ada.New@Example.com "))
			if portaltest.String(p, "person", "email") != a.Email || portaltest.String(p, "person", "pendingEmail") != "ada.new@example.com" {
				t.Fatalf("%v", p)
			}
			own(a, a.Email, "ada.new@example.com", true)
			w.Done(nil, signIn, in("login", a.Email, "password", portaltest.Password))
			p = w.Done(nil, `mutation($i: VerifyEmailInput!) { verifyEmail(input: $i) { person { id email emailVerified pendingEmail } `+refusal+` } }`, in("token", w.Message("ada.new@example.com").Token))
			if portaltest.String(p, "person", "email") != "ada.new@example.com" || portaltest.At(p, "person", "pendingEmail") != nil {
				t.Errorf("%v", p)
			}
			own(a, "ada.new@example.com", "", true)
			w.Done(nil, signIn, in("login", "ada.new@example.com", "password", portaltest.Password))
			refused(t, w.Refused(nil, signIn, in("login", a.Email, "password", portaltest.Password)), "SIGN_IN_FAILED", "1.4", "")
			if got := w.Message(a.Email); !strings.Contains(got.Body, "http://portico.test/links/undo-email?token="+got.Token) || strings.Contains(got.Body, "ada.new") {
				t.Errorf("%+v", got)
			}
			if got := auditOf(w, "verifyEmail"); !strings.Contains(got, `"before":"a****@example.com"`) {
				t.Errorf("%s", got)
			}
		})
	})
}

// addressed checks the addresses that a person sees of itself.
func addressed(t *testing.T, w *portaltest.World, a *portaltest.Actor, email, pending string, verified bool) {
	t.Helper()
	p := portaltest.At(w.Must(a, ownAddresses, nil), "viewer", "person")
	if portaltest.String(p, "email") != email || portaltest.String(p, "pendingEmail") != pending || portaltest.At(p, "emailVerified") != verified {
		t.Errorf("%v", p)
	}
}

func TestAPendingAddress(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		to := func(email string) map[string]any { return in("email", email, "currentPassword", portaltest.Password) }
		own := func(a *portaltest.Actor, email, pending string, verified bool) {
			t.Helper()
			addressed(t, w, a, email, pending, verified)
		}
		t.Run("1.4: it takes the password, whose tries are counted", func(t *testing.T) {
			a := w.Owner("Ada")
			wrong := in("email", "x@example.com", "currentPassword", another)
			for range 5 {
				refused(t, w.Refused(a, changeEmail, wrong), "CURRENT_PASSWORD_WRONG", "1.4", "input.currentPassword")
			}
			refused(t, w.Refused(a, changeEmail, to("x@example.com")), "TRIES_EXCEEDED", "1.4", "")
			own(a, a.Email, "", false)
		})
		t.Run("1.1: what is no address is refused; the present one withdraws the pending one", func(t *testing.T) {
			a := w.Owner("Ada")
			refused(t, w.Refused(a, changeEmail, to("nobody")), "EMAIL_INVALID", "1.1", "input.email")
			w.Done(a, changeEmail, to("withdrawn@example.com"))
			w.Done(a, changeEmail, to(a.Email))
			own(a, a.Email, "", false)
			refused(t, w.Refused(nil, verify, in("token", w.Message("withdrawn@example.com").Token)), "EMAIL_TOKEN_INVALID", "1.1", "input.token")
		})
		t.Run("1.1: another pending address replaces it, and a new password withdraws it", func(t *testing.T) {
			a := w.Owner("Ada")
			w.Done(a, changeEmail, to("one@example.com"))
			w.Done(a, changeEmail, to("two@example.com"))
			own(a, a.Email, "two@example.com", false)
			refused(t, w.Refused(nil, verify, in("token", w.Message("one@example.com").Token)), "EMAIL_TOKEN_INVALID", "1.1", "input.token")
			w.Wall.Advance(time.Second)
			w.Done(a, resend, in())
			w.Done(a, change, in("currentPassword", portaltest.Password, "newPassword", another))
			refused(t, w.Refused(nil, verify, in("token", w.Message("two@example.com").Token)), "EMAIL_TOKEN_INVALID", "1.1", "input.token")
		})
		t.Run("1.1: five links a day are sent, those of a change among them", func(t *testing.T) {
			a := w.Owner("Ada") // whose registration sent one
			for range 4 {
				w.Done(a, changeEmail, to("often@example.com"))
			}
			refused(t, w.Refused(a, changeEmail, to("often@example.com")), "EMAIL_LINK_LIMIT", "1.1", "")
		})
	})
}

func TestTakenAddressesAreNotRevealed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		to := func(email string) map[string]any { return in("email", email, "currentPassword", portaltest.Password) }
		t.Run("1.1: a taken address is answered like a free one, and only its link shows that it is taken", func(t *testing.T) {
			a, b := w.Owner("Ada"), w.Owner("Bea")
			w.VerifyEmail(b)
			w.Wall.Advance(time.Second)
			p := w.Done(a, changeEmail, to(b.Email))
			if portaltest.String(p, "person", "pendingEmail") != b.Email {
				t.Errorf("%v", p)
			}
			refused(t, w.Refused(nil, verify, in("token", w.Message(b.Email).Token)), "EMAIL_TAKEN", "1.1", "input.token")
			w.Done(nil, signIn, in("login", b.Email, "password", portaltest.Password))
		})
		t.Run("1.1: of two persons with links to one address one gets it", func(t *testing.T) {
			const fresh = "twins@example.com"
			twins := []*portaltest.Actor{w.Owner("Ada"), w.Owner("Bea")}
			var tokens []string
			for _, a := range twins {
				w.Wall.Advance(time.Second)
				w.Done(a, changeEmail, to(fresh))
				tokens = append(tokens, w.Message(fresh).Token)
			}
			got := answers(w, 4, func(i int) portaltest.Response { return w.Send(nil, verify, in("token", tokens[i%2])) })
			n, err := w.Portal.Store.Read().Person.Query().Where(person.VerifiedEmailIndex(address.EmailIndex(w.Portal.Store, fresh))).Count(w.System())
			if err != nil || got[""] != 1 || n != 1 {
				t.Errorf("%v, %d persons, %v", got, n, err)
			}
		})
	})
}

func TestAChangedAddressIsUndone(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		replace := func(a *portaltest.Actor, email string) {
			t.Helper()
			w.Wall.Advance(time.Second)
			w.Done(a, changeEmail, in("email", email, "currentPassword", portaltest.Password))
			w.Done(nil, verify, in("token", w.Message(email).Token))
		}
		t.Run("1.1: the old address undoes the change, and what came after it; every session ends", func(t *testing.T) {
			a := w.Owner("Ada")
			w.VerifyEmail(a)
			replace(a, "thief@example.com")
			first := w.Message(a.Email).Token
			replace(a, "thief.too@example.com")
			second := w.Message("thief@example.com").Token
			s := open(w, a)
			w.Done(nil, undoEmail, in("token", first))
			if use(w, s.access) {
				t.Error("a session goes on")
			}
			refused(t, w.Refused(nil, undoEmail, in("token", first)), "EMAIL_UNDO_INVALID", "1.1", "input.token")
			refused(t, w.Refused(nil, undoEmail, in("token", second)), "EMAIL_UNDO_INVALID", "1.1", "input.token")
			w.Done(nil, signIn, in("login", a.Email, "password", portaltest.Password))
		})
		t.Run("1.1: for less than seven days", func(t *testing.T) {
			a, b := w.Owner("Ada"), w.Owner("Bea")
			w.VerifyEmail(a)
			w.VerifyEmail(b)
			replace(a, "ada.late@example.com")
			replaced := w.Wall.Now()
			replace(b, "bea.late@example.com")
			w.Wall.Set(replaced.Add(7 * 24 * time.Hour))
			refused(t, w.Refused(nil, undoEmail, in("token", w.Message(a.Email).Token)), "EMAIL_UNDO_INVALID", "1.1", "input.token")
			w.Done(nil, undoEmail, in("token", w.Message(b.Email).Token))
		})
		t.Run("1.1: an address that another person has verified since isn't taken from it", func(t *testing.T) {
			a, b := w.Owner("Ada"), w.Owner("Bea")
			w.VerifyEmail(a)
			replace(a, "ada.gone@example.com")
			token := w.Message(a.Email).Token
			replace(b, a.Email)
			refused(t, w.Refused(nil, undoEmail, in("token", token)), "EMAIL_TAKEN", "1.1", "input.token")
		})
		t.Run("1.1: an old address that was never verified is another's perhaps, and gets nothing", func(t *testing.T) {
			a := w.Owner("Ada")
			before := received(w, a.Email, message.ChannelEMAIL)
			replace(a, "ada.first@example.com")
			if received(w, a.Email, message.ChannelEMAIL) != before || !strings.Contains(w.Message(a.Phone).Body, "e-mail address was changed") {
				t.Errorf("%+v", w.Message(a.Phone))
			}
		})
	})
}

func TestSignInWithCode(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.4: a code opens a session, once", func(t *testing.T) {
			a := w.Owner("Ada")
			code := coded(w, a.Phone, "SIGN_IN")
			p := w.Done(nil, codedSignIn, in("phone", a.Phone, "code", code))
			if !use(w, portaltest.String(p, "session", "accessToken")) {
				t.Errorf("%v", p)
			}
			refused(t, w.Refused(nil, codedSignIn, in("phone", a.Phone, "code", code)), "CODE_WRONG", "1.1", "input.code")
		})
		t.Run("1.1: a wrong code is answered alike whether or not the number is registered; who has proved it learns that it isn't", func(t *testing.T) {
			const nobody = "+8613811000020"
			a, code := w.Owner("Ada"), coded(w, nobody, "SIGN_IN")
			for _, phone := range []string{a.Phone, nobody} {
				refused(t, w.Refused(nil, codedSignIn, in("phone", phone, "code", "x"+code[1:])), "CODE_WRONG", "1.1", "input.code")
			}
			refused(t, w.Refused(nil, codedSignIn, in("phone", nobody, "code", code)), "PHONE_NOT_REGISTERED", "1.1", "input.phone")
			refused(t, w.Refused(nil, codedSignIn, in("phone", "12", "code", code)), "PHONE_INVALID", "1.1", "input.phone")
		})
		t.Run("1.1: a code for another purpose opens nothing, and after five wrong tries the right one doesn't either", func(t *testing.T) {
			a := w.Owner("Ada")
			refused(t, w.Refused(nil, codedSignIn, in("phone", a.Phone, "code", coded(w, a.Phone, "RESET_PASSWORD"))), "CODE_WRONG", "1.1", "input.code")
			w.Wall.Advance(time.Minute)
			code := coded(w, a.Phone, "SIGN_IN")
			for range 5 {
				w.Refused(nil, codedSignIn, in("phone", a.Phone, "code", "x"+code[1:]))
			}
			refused(t, w.Refused(nil, codedSignIn, in("phone", a.Phone, "code", code)), "CODE_WRONG", "1.1", "input.code")
		})
	})
}
