package audit_test

import (
	"testing"

	"portico/ent"
	"portico/ent/db/person"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

const changed = `query($id: ID!, $f: AuditFilter) { account(id: $id) { auditEvents(filter: $f, first: 5) { nodes { action changes { objectId field before after } } } } }`

func changesOf(w *portaltest.World, by *portaltest.Actor, accountID, action string) []any {
	w.T.Helper()
	d := w.Must(by, changed, map[string]any{"id": accountID, "f": map[string]any{"action": action}})
	list, _ := portaltest.At(d, "account", "auditEvents", "nodes", 0, "changes").([]any)
	return list
}

func TestClause1_2AChangeIsShownBeforeAndAfter(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Acme")
		rename := func(name string) {
			w.Done(a, `mutation($i: UpdateAccountInput!) { updateAccount(input: $i) { account { id } userErrors { code } } }`,
				map[string]any{"i": map[string]any{"accountId": a.AccountID, "displayName": name}})
		}
		rename("Shop one")
		rename("Shop two")
		got := changesOf(w, a, a.AccountID, "updateAccount")
		if len(got) != 1 || portaltest.String(got[0], "field") != "Account.displayName" || portaltest.String(got[0], "objectId") != a.AccountID ||
			portaltest.String(got[0], "before") != "Shop one" || portaltest.String(got[0], "after") != "Shop two" {
			t.Fatalf("%v", got)
		}
		t.Run("1.2: what a command creates, and what it leaves as it was, isn't a change", func(t *testing.T) {
			w.Application(a, "MAINLAND")
			if got := changesOf(w, a, a.AccountID, "createApplication"); len(got) != 0 {
				t.Fatalf("%v", got)
			}
			rename("Shop two")
			if got := changesOf(w, a, a.AccountID, "updateAccount"); len(got) != 0 {
				t.Fatalf("%v", got)
			}
		})
	})
}

// 5.7: personal data isn't in an event in clear, and what is refused changes nothing.
func TestClause5_7PersonalDataIsMaskedInTheAudit(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		p := w.Person("Dev")
		s := w.Portal.Store
		var list []ent.Change
		sealed, err := s.Seal("person.phone", "+8613912345678")
		if err != nil {
			t.Fatal(err)
		}
		_, err = command.Do(w.As(p), s, command.Command{Name: "tested", SignedIn: true}, func(tx *command.Tx) (*struct{}, error) {
			err := tx.Person.Update().Where(person.ID(p.PersonID)).SetPhone(sealed).SetPhoneIndex("another").SetPasswordHash("secret").Exec(tx)
			list = tx.Changes()
			return nil, err
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 1 || list[0].Field != "Person.phone" || *list[0].After != "+86****5678" || list[0].Before == nil || *list[0].Before == p.Phone {
			t.Fatalf("%v", list)
		}
	})
}
