package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portico/ent/db/account"
	"portico/ent/db/auditevent"
	"portico/ent/db/declaration"
	"portico/ent/db/employee"
	"portico/ent/db/person"
	"portico/portal/access/staff"
	"portico/portaltest"
)

const (
	invitedRefusal = ` userErrors { code clause field message remedy { description operation input } } } }`
	joinM          = `mutation($i: RegisterByInvitationInput!) { registerByInvitation(input: $i) { session { accessToken refreshToken expiresAt } employee { id status roles { code } person { id name } }` + invitedRefusal
	previewQ       = `query($token: String!) { invitationPreview(token: $token) { account { name number legalName } invitedBy roles { code name } expiresAt sentTo addressProved } }`
)

type given = map[string]any

// invite invites an address to an actor's account, and returns the token.
func invite(w *portaltest.World, by *portaltest.Actor, address string) string {
	w.T.Helper()
	w.Done(by, `mutation($i: InviteEmployeeInput!) { inviteEmployee(input: $i) { invitation { id } userErrors { code } } }`,
		given{"i": given{"accountId": by.AccountID, "address": address, "roleIds": []string{staff.RoleID("finance")}}})
	return w.Message(address).Token
}

// newcomer returns a valid input of registerByInvitation.
func newcomer(w *portaltest.World, token string, more given) given {
	in := given{"token": token, "personName": "Nora", "password": portaltest.Password, "declaresFullCapacity": true, "acceptedTermsIds": w.TermsIDs()}
	for k, v := range more {
		in[k] = v
	}
	return given{"i": in}
}

func is(t *testing.T, got portaltest.Refusal, code, clause, field string) {
	t.Helper()
	if at := strings.TrimPrefix(strings.Join(got.Field, "."), "input."); got.Code != code || got.Clause != clause || at != field {
		t.Errorf("%+v, want %s (%s) at %s", got, code, clause, field)
	}
}

func TestWhoIsInvitedRegisters(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		accounts := func() int {
			n, err := w.Portal.Store.Read().Account.Query().Where(account.IDNEQ(a.AccountID)).Count(w.System())
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		t.Run("1.5: by a number: the token proves it; a login and an employee come to be, and no account", func(t *testing.T) {
			token := invite(w, a, "+8613711000001")
			p := w.Done(nil, joinM, newcomer(w, token, given{"email": "nora@example.com"}))
			if portaltest.String(p, "employee", "status") != "ACTIVE" || portaltest.String(p, "employee", "roles", 0, "code") != "finance" || accounts() != 0 {
				t.Fatalf("%v, %d accounts", p, accounts())
			}
			r := w.SendToken(portaltest.String(p, "session", "accessToken"), `{ viewer { person { phone email emailVerified } accounts(first: 5) { nodes { id viewerPermissions } } } }`, nil)
			v := portaltest.At(r.Data, "viewer")
			if portaltest.String(v, "person", "phone") != "+8613711000001" || portaltest.String(v, "person", "email") != "nora@example.com" ||
				portaltest.At(v, "person", "emailVerified") != false || portaltest.String(v, "accounts", "nodes", 0, "id") != a.AccountID {
				t.Errorf("%s", r.Raw)
			}
			w.Done(nil, `mutation($i: SignInInput!) { signIn(input: $i) { userErrors { code } } }`, given{"i": given{"login": "+8613711000001", "password": portaltest.Password}})
		})
		t.Run("1.1: by an e-mail address: the token verifies it, and the number is proved by its code", func(t *testing.T) {
			token := invite(w, a, "olga@example.com")
			more := given{"phone": "137 1100 0002", "code": "000000"}
			is(t, w.Refused(nil, joinM, newcomer(w, token, more)), "CODE_WRONG", "1.1", "code")
			more["code"] = w.Code("+8613711000002", "REGISTER")
			p := w.Done(nil, joinM, newcomer(w, token, more))
			r := w.SendToken(portaltest.String(p, "session", "accessToken"), `{ viewer { person { phone email emailVerified } } }`, nil)
			v := portaltest.At(r.Data, "viewer", "person")
			if portaltest.String(v, "phone") != "+8613711000002" || portaltest.String(v, "email") != "olga@example.com" || portaltest.At(v, "emailVerified") != true {
				t.Errorf("%s", r.Raw)
			}
		})
		t.Run("0, 1.2: capacity and each document are declared by the person, on the account", func(t *testing.T) {
			row, err := w.Portal.Store.Read().Person.Query().Where(person.Name("Nora")).Order(person.ByCreatedAt()).First(w.System())
			if err != nil {
				t.Fatal(err)
			}
			all, err := w.Portal.Store.Read().Declaration.Query().Where(declaration.PersonID(row.ID), declaration.AccountID(a.AccountID)).All(w.System())
			if err != nil {
				t.Fatal(err)
			}
			kinds := map[declaration.Kind]int{}
			for _, d := range all {
				kinds[d.Kind]++
			}
			if len(all) != 3 || kinds[declaration.KindCAPACITY] != 1 || kinds[declaration.KindTERMS] != 2 {
				t.Errorf("%v", kinds)
			}
			n, err := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action("registerByInvitation"), auditevent.AccountID(a.AccountID),
				auditevent.ActorID(row.ID), auditevent.ResultEQ(auditevent.ResultDONE)).Count(w.System())
			if err != nil || n != 1 {
				t.Errorf("%d events, %v", n, err)
			}
		})
	})
}

func TestATokenServesOnce(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		t.Run("1.5: a token serves once, raced by its twin too", func(t *testing.T) {
			token := invite(w, a, "+8613711000003")
			got := make(chan portaltest.Response)
			for i := range 4 {
				go func() {
					got <- w.Send(nil, joinM, newcomer(w, token, given{"email": fmt.Sprintf("twin.%d@example.com", i)}))
				}()
			}
			done := 0
			for range 4 {
				if r := <-got; len(r.Errors) == 0 && len(r.Refusals(t)) == 0 {
					done++
				}
			}
			read := w.Portal.Store.Read()
			n, err := read.Employee.Query().Where(employee.AccountID(a.AccountID)).Count(w.System())
			people, failed := read.Person.Query().Where(person.Name("Nora")).Count(w.System())
			if done != 1 || err != nil || failed != nil || n != 2 || people != 1 {
				t.Errorf("%d registered, %d employees, %d people, %v %v", done, n, people, err, failed)
			}
		})
	})
}

func TestWhoIsRegisteredAcceptsInstead(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, c := w.Verified("Acme"), w.Person("Berta"), w.Person("Carla")
		w.VerifyEmail(c)
		signsIn := func(t *testing.T, got portaltest.Refusal, code, field, login string) {
			t.Helper()
			is(t, got, code, "1.1", field)
			if got.Remedy == nil || got.Remedy.Operation != "signIn" || got.Remedy.Input["login"] != login || !strings.Contains(got.Remedy.Description, "acceptInvitation") {
				t.Errorf("%+v", got.Remedy)
			}
			p := w.Done(nil, `mutation($i: SignInInput!) { signIn(input: $i) { session { accessToken } userErrors { code } } }`, given{"i": given{"login": login, "password": portaltest.Password}})
			if portaltest.String(p, "session", "accessToken") == "" {
				t.Errorf("%v", p)
			}
		}
		accept := func(by *portaltest.Actor, token string) {
			w.Done(by, `mutation($i: AcceptInvitationInput!) { acceptInvitation(input: $i) { employee { id } userErrors { code } } }`, given{"i": given{"token": token}})
		}
		t.Run("1.1: who holds a link to a registered number learns it, and accepts by its login", func(t *testing.T) {
			token := invite(w, a, b.Phone)
			signsIn(t, w.Refused(nil, joinM, newcomer(w, token, given{"email": "another@example.com"})), "PHONE_REGISTERED", "phone", b.Phone)
			accept(b, token)
		})
		t.Run("1.1: who holds a link to a verified address learns it, and accepts by its login", func(t *testing.T) {
			token := invite(w, a, c.Email)
			more := given{"phone": "+8613711000031", "code": w.Code("+8613711000031", "REGISTER")}
			signsIn(t, w.Refused(nil, joinM, newcomer(w, token, more)), "EMAIL_TAKEN", "email", c.Email)
			accept(c, token)
		})
		t.Run("1.1: without the link nobody learns it", func(t *testing.T) {
			for _, more := range []given{{"phone": b.Phone, "code": "000000"}, {"email": c.Email}, {"phone": "+8613711000032", "code": "000000"}} {
				is(t, w.Refused(nil, joinM, newcomer(w, "pi_nobody", more)), "INVITATION_INVALID", "1.5", "token")
			}
		})
		t.Run("1.5: a link to one address registers no other one, whatever else is right", func(t *testing.T) {
			token := invite(w, a, "invited@example.com")
			phone := "+8613711000033"
			is(t, w.Refused(nil, joinM, newcomer(w, token, given{"phone": phone, "code": w.Code(phone, "REGISTER"), "email": "other@example.com"})), "INVALID_INPUT", "", "email")
			p := w.Done(nil, joinM, newcomer(w, token, given{"phone": phone, "code": w.Message(phone).Code}))
			r := w.SendToken(portaltest.String(p, "session", "accessToken"), `{ viewer { person { email emailVerified } } }`, nil)
			if v := portaltest.At(r.Data, "viewer", "person"); portaltest.String(v, "email") != "invited@example.com" || portaltest.At(v, "emailVerified") != true {
				t.Errorf("%s", r.Raw)
			}
		})
	})
}

func TestWhoIsInvitedToGrantsRegisters(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		t.Run("1.5: the new employee holds the grants with their bounds", func(t *testing.T) {
			p := w.Done(a, `mutation($i: InviteEmployeeInput!) { inviteEmployee(input: $i) { invitation { id } userErrors { code } } }`,
				given{"i": given{"accountId": a.AccountID, "address": "+8613711000041", "grants": []given{{"roleId": staff.RoleID("operations"),
					"perMonth": given{"amount": "12.00", "currency": "CNY"}}}}})
			id := portaltest.String(p, "invitation", "id")
			p = w.Done(nil, joinM, newcomer(w, w.Message("+8613711000041").Token, given{"email": "olaf@example.com"}))
			if portaltest.String(p, "employee", "roles", 0, "code") != "operations" {
				t.Errorf("%v", p)
			}
			d := w.Must(a, `query($id: ID!, $e: ID!) { node(id: $id) { ... on Invitation { status grants { id } } } employee: node(id: $e) { ... on Employee { grants { id perMonth { amount } } } } }`,
				given{"id": id, "e": portaltest.String(p, "employee", "id")})
			if portaltest.String(d, "employee", "grants", 0, "perMonth", "amount") != "12.00" || portaltest.String(d, "node", "status") != "ACCEPTED" ||
				portaltest.String(d, "node", "grants", 0, "id") != portaltest.String(d, "employee", "grants", 0, "id") {
				t.Errorf("%v", d)
			}
		})
	})
}

func TestRegisteringByInvitationIsRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		t.Run("what is wrong is reported, and nothing is created", func(t *testing.T) {
			byNumber, byMail := invite(w, a, "+8613711000004"), invite(w, a, "paula@example.com")
			people := func() int {
				n, err := w.Portal.Store.Read().Person.Query().Count(w.System())
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			before := people()
			for _, c := range []struct {
				token, code, clause, field string
				more                       given
			}{
				{"pi_nobody", "INVITATION_INVALID", "1.5", "token", nil},
				{byNumber, "EMAIL_INVALID", "1.1", "email", nil},
				{byNumber, "INVALID_INPUT", "", "phone", given{"email": "q@example.com", "phone": "+8613711000005"}},
				{byMail, "PHONE_INVALID", "1.1", "phone", nil},
				{byMail, "INVALID_INPUT", "", "email", given{"phone": "+8613711000005", "email": "other@example.com"}},
				{byNumber, "INVALID_INPUT", "", "personName", given{"email": "q@example.com", "personName": " "}},
				{byNumber, "CAPACITY_NOT_DECLARED", "1.2", "declaresFullCapacity", given{"email": "q@example.com", "declaresFullCapacity": false}},
				{byNumber, "PASSWORD_WEAK", "1.4", "password", given{"email": "q@example.com", "password": "password12"}},
				{byNumber, "TERMS_NOT_CURRENT", "0", "acceptedTermsIds", given{"email": "q@example.com", "acceptedTermsIds": []string{}}},
			} {
				is(t, w.Refused(nil, joinM, newcomer(w, c.token, c.more)), c.code, c.clause, c.field)
			}
			is(t, w.Refused(nil, joinM, newcomer(w, invite(w, a, a.Phone), given{"email": "q@example.com"})), "PHONE_REGISTERED", "1.1", "phone")
			if people() != before {
				t.Errorf("%d people more", people()-before)
			}
			w.Done(nil, joinM, newcomer(w, byNumber, given{"email": "q@example.com"}))
		})
	})
}

func TestAnInvitationIsPreviewed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Acme"), w.Person("Berta")
		look := func(by *portaltest.Actor, token string) any {
			t.Helper()
			return w.Must(by, previewQ, given{"token": token})["invitationPreview"]
		}
		t.Run("1.5: the bearer sees who invites, to what, in which roles and until when", func(t *testing.T) {
			token := invite(w, a, b.Phone)
			for by, proved := range map[*portaltest.Actor]bool{nil: false, b: true, a: false} {
				p := look(by, token)
				if portaltest.String(p, "account", "name") != "Acme Ltd" || portaltest.String(p, "account", "legalName") != "Acme Ltd" ||
					portaltest.String(p, "invitedBy") != "Acme" || portaltest.String(p, "roles", 0, "code") != "finance" || portaltest.String(p, "sentTo") != "PHONE" ||
					portaltest.String(p, "expiresAt") != w.Portal.Store.Now().Add(7*24*time.Hour).Format(time.RFC3339) || portaltest.At(p, "addressProved") != proved {
					t.Errorf("%v", p)
				}
			}
		})
		t.Run("1.5: wrong, used, replaced and lapsed tokens are answered alike", func(t *testing.T) {
			used := invite(w, a, "+8613711000011")
			w.Done(nil, joinM, newcomer(w, used, given{"email": "used@example.com"}))
			replaced, lapsed := invite(w, a, "+8613711000012"), invite(w, a, "+8613711000012")
			for _, token := range []string{"", "pi_nobody", "令牌", used, replaced} {
				if p := look(nil, token); p != nil {
					t.Errorf("%s: %v", token, p)
				}
			}
			end := w.Portal.Store.Now().Add(7 * 24 * time.Hour)
			w.AdvanceTo(end.Add(-time.Millisecond))
			if look(nil, lapsed) == nil {
				t.Error("it lapsed early")
			}
			w.AdvanceTo(end)
			if p := look(nil, lapsed); p != nil {
				t.Errorf("%v", p)
			}
		})
	})
}

func TestWrongTokensOfInvitationsAreCounted(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		look := func(by *portaltest.Actor, token string) any {
			t.Helper()
			return w.Must(by, previewQ, given{"token": token})["invitationPreview"]
		}
		t.Run("1.5: after 30 wrong tokens a network waits for an hour, with a right one too; right ones aren't counted", func(t *testing.T) {
			w.Wall.Advance(2 * time.Hour)
			token := invite(w, a, "+8613711000013")
			for range 15 { // each of the two operations tries one number
				look(nil, "pi_guess")
				if p := w.Send(nil, joinM, newcomer(w, "pi_guess", nil)); p.Status != 200 {
					t.Fatal(p.Status)
				}
			}
			limited := func() bool {
				r := w.Send(nil, previewQ, given{"token": token})
				return len(r.Errors) == 1 && r.Errors[0].Code() == "TRIES_EXCEEDED"
			}
			if !limited() {
				t.Error("it is looked at")
			}
			is(t, w.Refused(nil, joinM, newcomer(w, token, given{"email": "r@example.com"})), "TRIES_EXCEEDED", "1.4", "")
			w.Wall.Advance(time.Hour - time.Millisecond)
			if !limited() {
				t.Error("it is looked at early")
			}
			w.Wall.Advance(time.Millisecond)
			for range 40 {
				if look(nil, token) == nil {
					t.Fatal("a right token isn't shown")
				}
			}
		})
	})
}

func TestUpdateAccount(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		const updateM = `mutation($i: UpdateAccountInput!) { updateAccount(input: $i) { account { id name displayName }` + invitedRefusal
		a := w.Owner("Acme")
		to := func(name string) given { return given{"i": given{"accountId": a.AccountID, "displayName": name}} }
		t.Run("1.1: the display name is changed and taken away, the company's name stays, the audit keeps the old value", func(t *testing.T) {
			w.Done(a, updateM, to("Production"))
			p := w.Done(a, updateM, to("Tests"))
			if portaltest.String(p, "account", "displayName") != "Tests" || portaltest.String(p, "account", "name") != "Acme Ltd" {
				t.Errorf("%v", p)
			}
			n, err := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action("updateAccount"), auditevent.AccountID(a.AccountID),
				auditevent.DetailsContains(`"before":"Production"`), auditevent.DetailsContains(`"after":"Tests"`)).Count(w.System())
			if err != nil || n != 1 {
				t.Errorf("%d %v", n, err)
			}
			if p := w.Done(a, updateM, to("")); portaltest.At(p, "account", "displayName") != nil {
				t.Errorf("%v", p)
			}
		})
		t.Run("a name of 60 characters is taken, one of 61 refused", func(t *testing.T) {
			w.Done(a, updateM, to(strings.Repeat("柏", 60)))
			is(t, w.Refused(a, updateM, to(strings.Repeat("柏", 61))), "INVALID_INPUT", "", "displayName")
		})
	})
}
