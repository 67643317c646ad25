package staff_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/message"
	"portico/ent/db/restriction"
	"portico/portal/access/staff"
	"portico/portal/kernel/outbox"
	"portico/portal/kernel/standing"
	"portico/portaltest"
)

const listed = `query($id: ID!) { account(id: $id) { invitations(first: 50) { totalCount nodes { id status address roles { code } invitedBy { id person { name } } acceptedAt } } } }`

func TestInvitations(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Funded("Acme", "100.00"), w.Verified("Berta")
		account := a.AccountID
		t.Run("1.5: a number is invited, accepts by its own login, and acts by its role at once", func(t *testing.T) {
			id, token := invited(w, a, account, b.Phone, builtIn("finance")...)
			if len(mine(w, b, account)) > 0 {
				t.Fatal("an invitation gives nothing before it is accepted")
			}
			p := w.Done(b, acceptM, of(input{"token": token}))
			if portaltest.String(p, "employee", "status") != "ACTIVE" || portaltest.String(p, "employee", "roles", 0, "code") != "finance" ||
				portaltest.String(p, "employee", "person", "id") != b.PersonID {
				t.Fatalf("%v", p)
			}
			d := portaltest.At(w.Must(a, listed, map[string]any{"id": account}), "account", "invitations", "nodes", 0)
			if portaltest.String(d, "id") != id || portaltest.String(d, "status") != "ACCEPTED" || portaltest.String(d, "address") != b.Phone ||
				portaltest.String(d, "invitedBy", "person", "name") != "Acme" || portaltest.At(d, "acceptedAt") == nil {
				t.Fatalf("%v", d)
			}
		})
		t.Run("1.4: who works for two accounts acts on the one that it names", func(t *testing.T) {
			if !holds(w, b, b.AccountID, "TERMS_ACCEPT") || holds(w, b, account, "TERMS_ACCEPT") || !holds(w, b, account, "TOP_UP_START") {
				t.Fatal(mine(w, b, account))
			}
			d := w.Must(b, `{ viewer { accounts(first: 20) { totalCount } } }`, nil)
			if portaltest.At(d, "viewer", "accounts", "totalCount") != float64(2) {
				t.Fatalf("%v", d)
			}
		})
		t.Run("1.5: finance starts top-ups and places no orders", func(t *testing.T) {
			w.Done(b, `mutation($i: StartTopUpInput!) { startTopUp(input: $i) { topUp { id } userErrors { code } } }`,
				of(input{"accountId": account, "channel": "SANDBOX", "amount": input{"amount": "10.00", "currency": "CNY"}}))
			app := w.Application(a, "MAINLAND")
			r := w.Send(b, `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } userErrors { code } } }`,
				of(input{"accountId": account, "applicationId": app, "planId": w.PlanID("im-developer"), "expectedTotal": input{"amount": "0.00", "currency": "CNY"}}))
			if len(r.Errors) == 0 || r.Errors[0].Code() != "FORBIDDEN" {
				t.Fatalf("%s", r.Raw)
			}
			r = w.Send(b, inviteM, of(input{"accountId": account, "address": "+8613700000001", "roleIds": builtIn("finance")}))
			if len(r.Errors) == 0 || r.Errors[0].Code() != "FORBIDDEN" {
				t.Fatalf("%s", r.Raw)
			}
		})
		t.Run("1.5: only their holders can distinguish a used link, an unknown one and an employed person's", func(t *testing.T) {
			_, token := invited(w, a, account, b.Phone, builtIn("developer")...)
			wants(w, w.Refused(b, acceptM, of(input{"token": token})), "ALREADY_EMPLOYED", "1.5", "token")
			wants(w, w.Refused(b, acceptM, of(input{"token": "pi_nobody"})), "INVITATION_INVALID", "1.5", "token")
		})
	})
}

func TestWhoJoinsWithoutARequiredFactorReadsNothing(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, c := w.Verified("Acme"), w.Person("Berta"), w.Person("Cora")
		w.AddTotp(a)
		w.AddTotp(c)
		w.Done(a, `mutation($i: SetSecondFactorPolicyInput!) { setSecondFactorPolicy(input: $i) { userErrors { code } } }`,
			of(input{"accountId": a.AccountID, "scope": "NAMED_ROLES", "roleIds": builtIn("administrator")}))
		const read = `mutation($i: AcceptInvitationInput!) { acceptInvitation(input: $i) { employee { id grants { grantedBy { contact { phone } } } } userErrors { code } } }`
		phone := func(by *portaltest.Actor, role string) string {
			_, token := invited(w, a, a.AccountID, by.Phone, builtIn(role)...)
			return portaltest.String(w.Done(by, read, of(input{"token": token})), "employee", "grants", 0, "grantedBy", "contact", "phone")
		}
		t.Run("1.5: in the request by which it joins neither", func(t *testing.T) {
			if got := phone(b, "administrator"); got == a.Phone {
				t.Errorf("without a factor it reads %s as an administrator", got)
			}
		})
		t.Run("1.5: with a factor, or in a role that needs none, it reads what its role gives", func(t *testing.T) {
			if got := phone(c, "administrator"); got != a.Phone {
				t.Errorf("with a factor it reads %s", got)
			}
			if d := w.Person("Dora"); phone(d, "auditor") == "" {
				t.Error("an auditor reads nothing")
			}
		})
	})
}

func TestAnInvitationIsBoundToItsAddress(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, thief := w.Verified("Acme"), w.Verified("Berta"), w.Verified("Thief")
		account := a.AccountID
		t.Run("1.5: another's link opens nothing, and names nobody", func(t *testing.T) {
			_, token := invited(w, a, account, b.Phone, builtIn("developer")...)
			got := w.Refused(thief, acceptM, of(input{"token": token}))
			wants(w, got, "INVITATION_ADDRESS_NOT_PROVED", "1.5", "token")
			if got.Remedy == nil || got.Remedy.Operation != "signIn" {
				t.Fatalf("%+v", got.Remedy)
			}
			w.Done(b, acceptM, of(input{"token": token}))
		})
		t.Run("1.5: an e-mail address counts once it is verified", func(t *testing.T) {
			c := w.Person("Carla")
			link := w.Message(c.Email).Token
			_, token := invited(w, a, account, c.Email, builtIn("developer")...)
			got := w.Refused(c, acceptM, of(input{"token": token}))
			wants(w, got, "INVITATION_ADDRESS_NOT_PROVED", "1.5", "token")
			if got.Remedy == nil || got.Remedy.Operation != "resendEmailVerification" {
				t.Fatalf("%+v", got.Remedy)
			}
			w.Done(nil, `mutation($i: VerifyEmailInput!) { verifyEmail(input: $i) { userErrors { code } } }`, of(input{"token": link}))
			w.Done(c, acceptM, of(input{"token": token}))
		})
		t.Run("1.1: inviting doesn't reveal whether the address is registered", func(t *testing.T) {
			d := w.Person("Dora")
			var answers []string
			for _, address := range []string{d.Phone, "+8613700000009", b.Phone} {
				r := w.Send(a, `mutation($i: InviteEmployeeInput!) { inviteEmployee(input: $i) { invitation { status } userErrors { code } } }`,
					of(input{"accountId": account, "address": address, "roleIds": builtIn("developer")}))
				n, err := w.Portal.Store.Read().Message.Query().Where(message.ChannelEQ(message.ChannelSMS)).Count(w.System())
				if err != nil || n == 0 {
					t.Fatal(err)
				}
				answers = append(answers, string(r.Raw)+w.Message(address).Token[:3])
			}
			if answers[0] != answers[1] || answers[1] != answers[2] {
				t.Fatalf("%v", answers)
			}
		})
		t.Run("1.5: in full width or with spaces it is the same address, and replaces what waits", func(t *testing.T) {
			first, token := invited(w, a, account, "+8613700000010", builtIn("developer")...)
			p := w.Done(a, inviteM, of(input{"accountId": account, "address": "137 0000 0010", "roleIds": builtIn("finance")}))
			if portaltest.String(p, "invitation", "address") != "+8613700000010" {
				t.Fatalf("%v", p)
			}
			d := w.Must(a, `query($id: ID!) { node(id: $id) { ... on Invitation { status } } }`, map[string]any{"id": first})
			if portaltest.String(d, "node", "status") != "REVOKED" {
				t.Fatalf("%v", d)
			}
			wants(w, w.Refused(b, acceptM, of(input{"token": token})), "INVITATION_INVALID", "1.5", "token")
		})
	})
}

func TestInvitationsEnd(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		account := a.AccountID
		status := func(id string) string {
			return portaltest.String(w.Must(a, `query($id: ID!) { node(id: $id) { ... on Invitation { status } } }`, map[string]any{"id": id}), "node", "status")
		}
		t.Run("1.5: one that was taken back opens nothing, and is taken back once", func(t *testing.T) {
			b := w.Person("Berta")
			id, token := invited(w, a, account, b.Phone, builtIn("developer")...)
			w.Done(a, revokeM, of(input{"invitationId": id}))
			wants(w, w.Refused(a, revokeM, of(input{"invitationId": id})), "INVITATION_NOT_PENDING", "1.5", "invitationId")
			wants(w, w.Refused(b, acceptM, of(input{"token": token})), "INVITATION_INVALID", "1.5", "token")
		})
		t.Run("1.5: it serves until the end of its time, and not at it", func(t *testing.T) {
			b, c := w.Person("Bela"), w.Person("Cora")
			_, inTime := invited(w, a, account, b.Phone, builtIn("developer")...)
			late, token := invited(w, a, account, c.Phone, builtIn("developer")...)
			end := w.Portal.Store.Now().Add(7 * 24 * time.Hour)
			w.AdvanceTo(end.Add(-time.Millisecond))
			w.Done(b, acceptM, of(input{"token": inTime}))
			w.AdvanceTo(end)
			if status(late) != "EXPIRED" {
				t.Fatal(status(late))
			}
			wants(w, w.Refused(c, acceptM, of(input{"token": token})), "INVITATION_INVALID", "1.5", "token")
			wants(w, w.Refused(a, revokeM, of(input{"invitationId": late})), "INVITATION_NOT_PENDING", "1.5", "invitationId")
		})
	})
}

func TestOneAddressIsInvitedSoOften(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("5.4: one address gets five invitations in 24 hours, over all accounts, and the sixth after them", func(t *testing.T) {
			c, d := w.Verified("Caller"), w.Verified("Dialler")
			start := w.Wall.Now()
			again := func(a *portaltest.Actor) map[string]any {
				return of(input{"accountId": a.AccountID, "address": "often@example.com", "roleIds": builtIn("developer")})
			}
			for i := range 5 {
				w.Done([]*portaltest.Actor{c, d}[i%2], inviteM, again([]*portaltest.Actor{c, d}[i%2]))
			}
			for _, a := range []*portaltest.Actor{c, d} {
				wants(w, w.Refused(a, inviteM, again(a)), "RECIPIENT_LIMIT", "5.4", "address")
			}
			w.Wall.Set(start.Add(24*time.Hour - time.Millisecond))
			wants(w, w.Refused(c, inviteM, again(c)), "RECIPIENT_LIMIT", "5.4", "address")
			w.Wall.Set(start.Add(24 * time.Hour))
			w.Done(c, inviteM, again(c))
		})
		t.Run("5.4: of ten accounts that invite one number at once five reach it", func(t *testing.T) {
			accounts := make([]*portaltest.Actor, 10)
			for i := range accounts {
				accounts[i] = w.Verified(fmt.Sprint("Racer ", i))
			}
			var wg sync.WaitGroup
			answers := make([]portaltest.Response, len(accounts))
			for i, by := range accounts {
				wg.Go(func() {
					answers[i] = w.Send(by, inviteM, of(input{"accountId": by.AccountID, "address": "+8613700000066", "roleIds": builtIn("developer")}))
				})
			}
			wg.Wait()
			done, limited := 0, 0
			for _, r := range answers {
				switch l := r.Refusals(t); {
				case len(l) == 0 && len(r.Errors) == 0:
					done++
				case len(l) == 1 && l[0].Code == "RECIPIENT_LIMIT":
					limited++
				}
			}
			if done != 5 || limited != 5 {
				t.Errorf("%d done, %d refused", done, limited)
			}
		})
	})
}

func TestOnlyApprovedAccountsInvite(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Acme")
		invite := of(input{"accountId": a.AccountID, "address": "+8613700000077", "roleIds": builtIn("developer")})
		t.Run("5.2: an account invites nobody before it is approved, and what lifts that is named", func(t *testing.T) {
			got := w.Refused(a, inviteM, invite)
			wants(w, got, "VERIFICATION_REQUIRED", "5.2", "")
			if got.Remedy == nil || got.Remedy.Operation != "submitVerification" {
				t.Errorf("%+v", got.Remedy)
			}
			n, err := w.Portal.Store.Read().Message.Query().Where(message.RecipientIndex(outbox.Recipient(w.Portal.Store, "+8613700000077"))).Count(w.System())
			if err != nil || n != 0 {
				t.Errorf("%d messages, %v", n, err)
			}
		})
		t.Run("5.2: once approved it does", func(t *testing.T) {
			w.Verify(a, input{"kind": "MAINLAND_COMPANY", "legalName": "Acme Ltd", "country": "CN", "registrationNumber": portaltest.CreditCode(77)})
			w.Done(a, inviteM, invite)
		})
	})
}

// hostile is a name that a user might choose to send text to strangers in our
// name.
const hostile = "【某银行】您的账户异常 请立即登录 http-evil 核实"

func TestMessagesToStrangersHoldNoTextOfUsers(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Acme")
		w.Verify(a, input{"kind": "MAINLAND_COMPANY", "legalName": "Reviewed Ltd", "country": "CN", "registrationNumber": portaltest.CreditCode(78)})
		account := a.AccountID
		role := custom(w, a, account, "hostile", "BALANCE_READ")
		write(w, func(tx *ent.Tx) error { // as in rows that are older than the rule
			return errors.Join(tx.Person.UpdateOneID(a.PersonID).SetName(hostile).Exec(tx), tx.Role.UpdateOneID(role).SetName(hostile).Exec(tx),
				tx.Account.UpdateOneID(account).SetName(hostile).SetDisplayName(hostile).Exec(tx))
		})
		number := portaltest.String(w.Must(a, `query($id: ID!) { account(id: $id) { number } }`, map[string]any{"id": account}), "account", "number")
		_, token := invited(w, a, account, "+8613700000088", role)
		_, mailed := invited(w, a, account, "stranger@example.com", role)
		w.Code("+8613700000089", "RESET_PASSWORD")

		t.Run("5.4: no short message holds what somebody named", func(t *testing.T) {
			rows, err := w.Portal.Store.Read().Message.Query().Where(message.ChannelEQ(message.ChannelSMS)).All(w.System())
			if err != nil || len(rows) < 3 {
				t.Fatalf("%d short messages, %v", len(rows), err)
			}
			for _, row := range rows {
				o, err := outbox.Open(w.Portal.Store, row)
				if err != nil {
					t.Fatal(err)
				}
				for _, part := range []string{"某银行", "evil", "Acme", a.Name} {
					if strings.Contains(o.Body+row.Subject, part) {
						t.Errorf("%q holds %q", o.Body, part)
					}
				}
			}
		})
		t.Run("1.5: a short message invites by the account's number and a link", func(t *testing.T) {
			body := w.Message("+8613700000088").Body
			if !strings.Contains(body, number) || !strings.Contains(body, "http://portico.test/links/invitation?token="+token) {
				t.Error(body)
			}
		})
		t.Run("5.4: a mail begins with words of ours, and names the legal entity that was reviewed", func(t *testing.T) {
			row, err := w.Portal.Store.Read().Message.Query().Where(message.RecipientIndex(outbox.Recipient(w.Portal.Store, "stranger@example.com"))).Only(w.System())
			if err != nil {
				t.Fatal(err)
			}
			body := w.Message("stranger@example.com").Body
			if strings.Contains(body+row.Subject, "某银行") || !strings.Contains(body, "Reviewed Ltd") || strings.Index(body, "Reviewed Ltd") < strings.Index(body, mailed) ||
				!strings.Contains(body, "http://portico.test/links/invitation?token="+mailed) {
				t.Errorf("%s\n%s", row.Subject, body)
			}
		})
	})
}

func TestInvitationsAreReCheckedAtAcceptance(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, admin, other := w.Verified("Acme"), w.Person("Adam"), w.Person("Olga")
		account := a.AccountID
		adam := join(w, a, account, admin, builtIn("administrator")...)
		olga := join(w, a, account, other, builtIn("administrator")...)
		void := func(t *testing.T, person *portaltest.Actor, token string) {
			t.Helper()
			wants(w, w.Refused(person, acceptM, of(input{"token": token})), "INVITATION_VOID", "1.5", "token")
		}
		t.Run("1.5: the inviter may no longer invite", func(t *testing.T) {
			b := w.Person("Berta")
			_, token := invited(w, admin, account, b.Phone, builtIn("finance")...)
			w.Done(a, setRolesM, of(input{"employeeId": adam, "roleIds": builtIn("finance")}))
			void(t, b, token)
			w.Done(a, setRolesM, of(input{"employeeId": adam, "roleIds": builtIn("administrator")}))
			w.Done(b, acceptM, of(input{"token": token}))
		})
		t.Run("1.5: the inviter no longer holds what it gives", func(t *testing.T) {
			b := w.Person("Bela")
			inviter := custom(w, a, account, "inviter", "EMPLOYEE_INVITE", "EMPLOYEE_READ")
			_, token := invited(w, admin, account, b.Phone, builtIn("finance")...)
			w.Done(a, setRolesM, of(input{"employeeId": adam, "roleIds": []string{inviter}}))
			void(t, b, token)
			w.Done(a, setRolesM, of(input{"employeeId": adam, "roleIds": builtIn("administrator")}))
		})
		t.Run("1.5: a role has grown beyond the inviter", func(t *testing.T) {
			b := w.Person("Bodo")
			role := custom(w, a, account, "growing", "BALANCE_READ")
			_, token := invited(w, admin, account, b.Phone, role)
			w.Done(a, updateM, of(input{"roleId": role, "permissions": []string{"BALANCE_READ", "PAYER_DESIGNATE"}}))
			void(t, b, token)
		})
		t.Run("1.5: the inviter has left without a successor for a lapsed invitation", func(t *testing.T) {
			b := w.Person("Boris")
			_, token := invited(w, other, account, b.Phone, builtIn("finance")...)
			wants(w, w.Refused(a, offboardM, of(input{"employeeId": olga})), "SUCCESSOR_REQUIRED", "1.5", "successorId")
			w.Done(a, offboardM, of(input{"employeeId": olga, "successorId": adam}))
			w.Done(b, acceptM, of(input{"token": token}))
		})
		t.Run("0: nobody joins while an explicit acceptance is due", func(t *testing.T) {
			b := w.Person("Bruno")
			_, token := invited(w, a, account, b.Phone, builtIn("finance")...)
			write(w, func(tx *ent.Tx) error {
				return standing.Restrict(tx, standing.Cause{Scope: restriction.ScopeACCOUNT, AccountID: account,
					Code: standing.TermsAcceptanceRequired.Code, Clause: "0", ID: w.TermsIDs()[1]})
			})
			got := w.Refused(b, acceptM, of(input{"token": token}))
			if got.Code != "TERMS_ACCEPTANCE_REQUIRED" || got.Clause != "0" || got.Remedy == nil || got.Remedy.Operation != "" { // the owner must accept, not the invited person
				t.Fatalf("%+v", got)
			}
			write(w, func(tx *ent.Tx) error {
				return standing.Lift(tx, account, standing.TermsAcceptanceRequired.Code, w.TermsIDs()[1])
			})
			w.Done(b, acceptM, of(input{"token": token}))
		})
	})
}

func TestInvitationsAreRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Acme"), w.Verified("Other")
		foreign := custom(w, b, b.AccountID, "theirs", "BALANCE_READ")
		admin := w.Person("Adam")
		join(w, a, a.AccountID, admin, builtIn("administrator")...)
		beyond := custom(w, a, a.AccountID, "payers", "PAYER_DESIGNATE")
		many := make([]string, 21)
		for i := range many {
			many[i] = staff.RoleID("developer")
		}
		for _, c := range []struct {
			name, code, clause, field string
			in                        input
		}{
			{"no number", "PHONE_INVALID", "1.1", "address", input{"address": "12"}},
			{"no address", "EMAIL_INVALID", "1.1", "address", input{"address": "a@b"}},
			{"nothing", "PHONE_INVALID", "1.1", "address", input{"address": ""}},
			{"no roles", "INVALID_INPUT", "", "roleIds", input{"roleIds": []string{}}},
			{"too many roles", "INVALID_INPUT", "", "roleIds", input{"roleIds": many}},
			{"the owner's role", "OWNER_UNCHANGED", "1.4", "roleIds", input{"roleIds": builtIn("owner")}},
			{"nobody's role", "NOT_FOUND", "", "roleIds", input{"roleIds": []string{"role_nobody"}}},
			{"an operator's role", "NOT_FOUND", "", "roleIds", input{"roleIds": []string{"role_support"}}},
			{"another account's role", "NOT_FOUND", "", "roleIds", input{"roleIds": []string{foreign}}},
			{"more than the inviter holds", "PERMISSION_NOT_HELD", "1.5", "roleIds", input{"roleIds": []string{beyond}}},
		} {
			t.Run(c.clause+": "+c.name, func(t *testing.T) {
				in := input{"accountId": a.AccountID, "address": "+8613700000020", "roleIds": builtIn("finance")}
				for k, v := range c.in {
					in[k] = v
				}
				wants(w, w.Refused(admin, inviteM, of(in)), c.code, c.clause, c.field)
			})
		}
	})
}
