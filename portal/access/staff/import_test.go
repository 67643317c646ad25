package staff_test

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/actkey"
	"portico/ent/db/invitation"
	"portico/ent/db/message"
	"portico/portaltest"
)

const importM = `mutation($i: ImportEmployeesInput!) { importEmployees(input: $i) { rows { row address result code message clause column } invited` + refusalsOf

var keyedImport = strings.Replace(importM, "(input: $i)", `(input: $i) @idempotent(key: "import")`, 1)

func importing(accountID, csv string, dry bool) map[string]any {
	return of(input{"accountId": accountID, "csv": csv, "dryRun": dry})
}

// verdicts returns the rows of an answer, each as "row result code column".
func verdicts(answer map[string]any) []string {
	var all []string
	for _, row := range portaltest.At(answer, "rows").([]any) {
		s := fmt.Sprint(portaltest.At(row, "row"), " ", portaltest.String(row, "result"))
		for _, more := range []string{"code", "column"} {
			if v, is := portaltest.At(row, more).(string); is {
				s += " " + v
			}
		}
		all = append(all, s)
	}
	return all
}

func expectVerdicts(w *portaltest.World, answer map[string]any, want ...string) {
	w.T.Helper()
	if got := verdicts(answer); !reflect.DeepEqual(got, want) {
		w.T.Fatalf("%q, want %q", got, want)
	}
}

// pendingOf counts the pending invitations of an account, and the messages of the world.
func pendingOf(w *portaltest.World, accountID string) (invitations, messages int) {
	w.T.Helper()
	invitations, err := w.Portal.Store.Read().Invitation.Query().Where(invitation.AccountID(accountID), invitation.StatusEQ(invitation.StatusPENDING)).Count(w.System())
	if err != nil {
		w.T.Fatal(err)
	}
	if messages, err = w.Portal.Store.Read().Message.Query().Where(message.PurposeEQ(message.PurposeINVITATION)).Count(w.System()); err != nil {
		w.T.Fatal(err)
	}
	return invitations, messages
}

// mixedFile returns a file of three rows that are valid and thirteen that aren't, and what
// becomes of those. The phone number is a person's, and the second application another
// account's.
func mixedFile(phone, app, foreign string) (file string, refused []string) {
	file = "\ufeffRoles,address,applications,perOrder,perMonth,expiresAt,secondFactorWithin\r\n" +
		"developer finance," + phone + ",,,,,\r\n" +
		"developer,'+8613700000102," + app + ",,,2026-12-31,\r\n" +
		"operations,new@example.com,,\"1,000.00\",20.50,,30\r\n" +
		"developer,110,,,,,\r\n" +
		"nobody,a103@example.com,,,,,\r\n" +
		"owner,a104@example.com,,,,,\r\n" +
		"developer,NEW@example.com,,,,,\r\n" +
		"developer,a105@example.com," + foreign + ",,,,\r\n" +
		"developer,a106@example.com,,a lot,,,\r\n" +
		"developer,a112@example.com,\" ; , \",,,,\r\n" +
		"developer,a107@example.com,,,,2026-01-01,\r\n" +
		"developer,a108@example.com,,,,soon,\r\n" +
		"developer,a109@example.com,,,,,an hour\r\n" +
		",a110@example.com,,,,,\r\n" +
		"developer,a111@example.com\r\n" +
		"developer,,,,,,\r\n"
	refused = []string{"5 REFUSED PHONE_INVALID address", "6 REFUSED NOT_FOUND roles", "7 REFUSED OWNER_UNCHANGED roles", "8 REFUSED INVALID_INPUT address",
		"9 REFUSED NOT_FOUND applications", "10 REFUSED INVALID_INPUT perOrder", "11 REFUSED INVALID_INPUT applications", "12 REFUSED INVALID_INPUT expiresAt", "13 REFUSED INVALID_INPUT expiresAt",
		"14 REFUSED INVALID_INPUT secondFactorWithin", "15 REFUSED INVALID_INPUT roles", "16 REFUSED INVALID_INPUT", "17 REFUSED PHONE_INVALID address"}
	return file, refused
}

func TestAFileOfEmployeesIsInvited(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, other := w.Funded("Acme", "100.00"), w.Verified("Other")
		account, app, foreign := a.AccountID, w.Application(a, "MAINLAND"), w.Application(other, "MAINLAND")
		b := w.Person("Berta")
		file, refused := mixedFile(b.Phone, app, foreign)
		t.Run("1.5: a dry run tells what would become of each row, and invites nobody", func(t *testing.T) {
			p := w.Done(a, importM, importing(account, file, true))
			expectVerdicts(w, p, append([]string{"2 VALID", "3 VALID", "4 VALID"}, refused...)...)
			if n, sent := pendingOf(w, account); n != 0 || sent != 0 || portaltest.At(p, "invited") != float64(0) {
				t.Errorf("%d invitations, %d messages", n, sent)
			}
		})
		t.Run("1.5: then each row is invited as it was told, with its grants", func(t *testing.T) {
			p := w.Done(a, importM, importing(account, file, false))
			expectVerdicts(w, p, append([]string{"2 INVITED", "3 INVITED", "4 INVITED"}, refused...)...)
			if n, sent := pendingOf(w, account); n != 3 || sent != 3 || portaltest.At(p, "invited") != float64(3) {
				t.Errorf("%d invitations, %d messages", n, sent)
			}
			if portaltest.String(p, "rows", 0, "address") != b.Phone || portaltest.String(p, "rows", 1, "address") != "+8613700000102" || portaltest.String(p, "rows", 3, "message") == "" {
				t.Errorf("%v", p)
			}
			d := w.Must(a, `query($id: ID!) { account(id: $id) { invitations(first: 50, status: PENDING) { nodes { address grants { role { code } applications { id }
				perOrder { amount } perMonth { amount } expiresAt secondFactorWithin } } } } }`, map[string]any{"id": account})
			got := map[string]string{}
			for _, n := range portaltest.At(d, "account", "invitations", "nodes").([]any) {
				for _, g := range portaltest.At(n, "grants").([]any) {
					got[portaltest.String(n, "address")] += fmt.Sprint(portaltest.String(g, "role", "code"), portaltest.At(g, "applications") != nil, portaltest.At(g, "perOrder", "amount"),
						portaltest.At(g, "perMonth", "amount"), portaltest.At(g, "expiresAt"), portaltest.At(g, "secondFactorWithin")) + ";"
				}
			}
			want := map[string]string{
				b.Phone:           "developerfalse <nil> <nil> <nil> <nil>;financefalse <nil> <nil> <nil> <nil>;",
				"+8613700000102":  "developertrue <nil> <nil>2026-12-31T16:00:00Z<nil>;",
				"new@example.com": "operationsfalse1000.0020.50<nil> 30;",
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
			w.Done(b, acceptM, of(input{"token": w.Message(b.Phone).Token}))
			if !holds(w, b, account, "TOP_UP_START") {
				t.Error(mine(w, b, account))
			}
		})
	})
}

// wait makes further invitations of an account wait, without their messages.
func wait(w *portaltest.World, a *portaltest.Actor, n int) {
	w.T.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		all := make([]*db.InvitationCreate, n)
		for i := range all {
			all[i] = tx.Invitation.Create().SetAccountID(a.AccountID).SetAddress([]byte("-")).SetAddressIndex(fmt.Sprint("waiting ", i)).SetMedium(invitation.MediumEMAIL).
				SetRoleIds(builtIn("developer")).SetTokenHash(fmt.Sprint("waiting ", a.AccountID, i)).SetStatus(invitation.StatusPENDING).SetInvitedBy("empl_nobody").
				SetCreatedAt(tx.Now).SetExpiresAt(tx.Now.Add(time.Hour))
		}
		return tx.Invitation.CreateBulk(all...).Exec(tx)
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

func TestFilesThatCannotBeImported(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, other := w.Verified("Acme"), w.Verified("Other")
		rows := func(n int) string {
			s := "address,roles\n"
			for i := range n {
				s += fmt.Sprintf("r%d@example.com,developer\n", i)
			}
			return s
		}
		for what, csv := range map[string]string{
			"nothing": "", "no header": "+8613700000001,developer\n", "a column that nobody knows": "address,roles,limit\na@example.com,developer,5\n",
			"a column twice": "address,roles,地址\na@example.com,developer,b@example.com\n", "no roles": "address\na@example.com\n", "no rows": "address,roles\n",
			"201 rows": rows(201), "more than 200,000 bytes": "address,roles\n" + strings.Repeat(" ", 200_000),
		} {
			t.Run("1.5: "+what, func(t *testing.T) {
				wants(w, w.Refused(a, importM, importing(a.AccountID, csv, false)), "INVALID_INPUT", "", "csv")
			})
		}
		t.Run("1.5: 200 rows are taken; of 500 invitations in a day the 501st is refused by its row", func(t *testing.T) {
			got := verdicts(w.Done(a, importM, importing(a.AccountID, rows(200), false)))
			if len(got) != 200 || got[199] != "201 INVITED" {
				t.Fatalf("%q", got)
			}
			wait(w, a, 299)
			expectVerdicts(w, w.Done(a, importM, importing(a.AccountID, "address,roles\nlast@example.com,developer\nmore@example.com,developer\nr8@example.com,developer\n", false)),
				"2 INVITED", "3 REFUSED INVITATION_LIMIT address", "4 REFUSED INVITATIONS_TOO_OFTEN address")
			wants(w, w.Refused(a, inviteM, of(input{"accountId": a.AccountID, "address": "more@example.com", "roleIds": builtIn("developer")})), "INVITATION_LIMIT", "1.5", "address")
			// One that is replaced makes room, but was sent today.
			wants(w, w.Refused(a, inviteM, of(input{"accountId": a.AccountID, "address": "r7@example.com", "roleIds": builtIn("developer")})), "INVITATIONS_TOO_OFTEN", "5.4", "address")
		})
		t.Run("1.4: of a foreign account nothing is imported, nor to one's own what one doesn't hold", func(t *testing.T) {
			r := w.Send(other, importM, importing(a.AccountID, rows(1), false))
			if got := r.Refusals(t); len(got) != 1 || got[0].Code != "NOT_FOUND" {
				t.Errorf("%s", r.Raw)
			}
			b := w.Person("Berta")
			p := w.Done(other, createM, of(input{"accountId": other.AccountID, "code": "inviter", "name": "Inviter", "permissions": []string{"EMPLOYEE_INVITE", "EMPLOYEE_READ", "ACCOUNT_READ"}}))
			join(w, other, other.AccountID, b, portaltest.String(p, "role", "id"))
			expectVerdicts(w, w.Done(b, importM, importing(other.AccountID, "address,roles\nx@example.com,inviter\ny@example.com,developer\n", false)),
				"2 INVITED", "3 REFUSED PERMISSION_NOT_HELD roles")
		})
	})
}

func TestAFileIsSentAgain(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		account := a.AccountID
		t.Run("1.5: sent again it replaces what waits, and under its key it does nothing twice", func(t *testing.T) {
			csv := "address,roles\nagain@example.com,developer\n"
			first := w.Send(a, keyedImport, importing(account, csv, false))
			again := w.Send(a, keyedImport, importing(account, csv, false))
			if string(first.Raw) != string(again.Raw) || portaltest.String(again.Data, "importEmployees", "rows", 0, "address") != "again@example.com" {
				t.Errorf("%s, then %s", first.Raw, again.Raw)
			}
			n, sent := pendingOf(w, account)
			w.Done(a, importM, importing(account, csv, false))
			if m, more := pendingOf(w, account); m != n || more != sent+1 {
				t.Errorf("%d invitations, then %d; %d messages, then %d", n, m, sent, more)
			}
			kept, err := w.Portal.Store.Read().ActKey.Query().Where(actkey.Operation("importEmployees")).All(w.System())
			if err != nil || len(kept) != 1 || strings.Contains(*kept[0].Answer, "again@") {
				t.Errorf("5.7: kept %v %v", kept, err)
			}
		})
	})
}

func TestAFileIsImportedOnceByTwins(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.5: of eight that import one file at once under one key, one invites", func(t *testing.T) {
			a := w.Verified("Acme")
			csv := "address,roles\nt1@example.com,developer\nt2@example.com,developer\n"
			var twins sync.WaitGroup
			answers := make([]portaltest.Response, 8)
			for i := range answers {
				twins.Go(func() { answers[i] = w.Send(a, keyedImport, importing(a.AccountID, csv, false)) })
			}
			twins.Wait()
			for _, r := range answers {
				if string(r.Raw) != string(answers[0].Raw) || portaltest.At(r.Data, "importEmployees", "invited") != float64(2) {
					t.Errorf("%s", r.Raw)
				}
			}
			if n, sent := pendingOf(w, a.AccountID); n != 2 || sent != 2 {
				t.Errorf("%d invitations, %d messages", n, sent)
			}
		})
	})
}
