package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portico/ent/db/acceptance"
	"portico/ent/db/account"
	"portico/ent/db/declaration"
	"portico/ent/db/message"
	"portico/portal/kernel/outbox"
	"portico/portaltest"
)

const (
	openOne = `mutation($i: OpenAccountInput!) { openAccount(input: $i) { account { id number name status owner { person { id } } } ` + refusal + ` } }`
	named   = `query($id: ID!) { account(id: $id) { name legalEntity { name formerNames { name until } } verification { purpose status } notices(first: 1) { nodes { kind title body clause } }
		auditEvents(first: 1) { nodes { action details } } } }`
)

func opening(w *portaltest.World, changes ...any) map[string]any {
	in := map[string]any{"companyName": "Second Ltd", "subjectKind": "LEGAL_PERSON", "declaresFullCapacity": true, "exportDeclaration": true, "acceptedTermsIds": w.TermsIDs()}
	for i := 0; i < len(changes); i += 2 {
		in[changes[i].(string)] = changes[i+1]
	}
	return map[string]any{"i": in}
}

func TestAPersonOpensAFurtherAccount(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		var second *portaltest.Actor
		t.Run("1.3: who is registered opens a further account, with the same declarations and acceptances", func(t *testing.T) {
			p := w.Done(a, openOne, opening(w))
			second = a.At(portaltest.String(p, "account", "id"))
			if second.AccountID == a.AccountID || portaltest.String(p, "account", "status") != "PENDING" || portaltest.String(p, "account", "owner", "person", "id") != a.PersonID {
				t.Fatalf("%v", p)
			}
			c := w.Portal.Store.Read()
			accepted, err := c.Acceptance.Query().Where(acceptance.AccountID(second.AccountID)).Count(w.System())
			declared, err2 := c.Declaration.Query().Where(declaration.AccountID(second.AccountID)).Count(w.System())
			if accepted != 2 || declared != 2 || err != nil || err2 != nil {
				t.Fatal(accepted, declared, err, err2)
			}
		})
		t.Run("1.3: the same legal entity holds both, each on its own", func(t *testing.T) {
			w.Verify(second, map[string]any{"kind": "MAINLAND_COMPANY", "legalName": "Acme Ltd", "country": "CN", "registrationNumber": a.TaxNumber})
			w.Application(second, "MAINLAND")
		})
		t.Run("6.2: opening an account isn't shown as an operator's look at it", func(t *testing.T) {
			got := w.Must(a, `query($id: ID!) { account(id: $id) { accesses { totalCount } auditEvents { nodes { action } } } }`, map[string]any{"id": second.AccountID})
			if portaltest.At(got, "account", "accesses", "totalCount") == nil || !strings.Contains(fmt.Sprint(got), "openFurtherAccount") {
				t.Fatalf("%v", got)
			}
		})
	})
}

func TestFurtherAccountsThatAreRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		for name, c := range map[string]struct {
			changes     []any
			code, field string
		}{
			"1.3: a company without a name":    {[]any{"companyName", " "}, "INVALID_INPUT", "input.companyName"},
			"1.2: without declaring capacity":  {[]any{"declaresFullCapacity", false}, "CAPACITY_NOT_DECLARED", "input.declaresFullCapacity"},
			"8: without the export's":          {[]any{"exportDeclaration", false}, "EXPORT_NOT_DECLARED", "input.exportDeclaration"},
			"0: without accepting the version": {[]any{"acceptedTermsIds", []any{}}, "TERMS_NOT_CURRENT", "input.acceptedTermsIds"},
		} {
			t.Run(name, func(t *testing.T) {
				if r := w.Refused(a, openOne, opening(w, c.changes...)); r.Code != c.code || strings.Join(r.Field, ".") != c.field {
					t.Fatalf("%+v", r)
				}
			})
		}
		t.Run("1.3: a visitor and a program open none", func(t *testing.T) {
			if r := w.Send(nil, openOne, opening(w)); len(r.Errors) != 1 || r.Errors[0].Code() != "UNAUTHENTICATED" {
				t.Fatalf("%s", r.Raw)
			}
			if r := w.Send(w.DataPlane(), openOne, opening(w)); len(r.Errors) != 1 || r.Errors[0].Code() != "FORBIDDEN" {
				t.Fatalf("%s", r.Raw)
			}
		})
		t.Run("5.2: five accounts of a person wait for their approval, not six", func(t *testing.T) {
			for range 5 {
				w.Done(a, openOne, opening(w))
			}
			r := w.Refused(a, openOne, opening(w))
			refused(t, r, "ACCOUNTS_PENDING", "5.2", "")
			if n, err := w.Portal.Store.Read().Account.Query().Where(account.StatusEQ(account.StatusPENDING)).Count(w.System()); n != 5 || err != nil {
				t.Fatal(n, err)
			}
		})
	})
}

func TestALegalEntityIsRenamed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, op := w.Verified("Acme"), w.Operator("compliance")
		renamed := map[string]any{"legalName": "Zenith Ltd"}
		const start = `mutation($i: StartTopUpInput!) { startTopUp(input: $i) { topUp { id } ` + refusal + ` } }`
		const paid = `mutation($i: CompleteSandboxPaymentInput!) { completeSandboxPayment(input: $i) { topUp { status } userErrors { code } } }`
		began := func() string {
			return portaltest.String(w.Done(a, start, map[string]any{"i": map[string]any{"accountId": a.AccountID, "channel": "SANDBOX", "amount": map[string]any{"amount": "10.00", "currency": "CNY"}}}), "topUp", "id")
		}
		pay := func(id, name string) string {
			return portaltest.String(w.Done(a, paid, map[string]any{"i": map[string]any{"topUpId": id, "payerName": name}}), "topUp", "status")
		}
		before := began()
		t.Run("1.3: another number or the same name is no rename", func(t *testing.T) {
			refused(t, w.Refused(a, submitOne, company(a, portaltest.CreditCode(7777), renamed)), "LEGAL_ENTITY_FIXED", "1.3", "input.accountId")
			refused(t, w.Refused(a, submitOne, company(a, a.TaxNumber, map[string]any{"legalName": "Acme Ltd"})), "NAME_UNCHANGED", "1.1", "input.legalName")
		})
		t.Run("1.1: the new name waits for its review, and changes nothing until then", func(t *testing.T) {
			id := submitted(w, a, a.TaxNumber, renamed)
			got := w.Must(a, named, map[string]any{"id": a.AccountID})["account"]
			if portaltest.String(got, "verification", "purpose") != "RENAME" || portaltest.String(got, "legalEntity", "name") != "Acme Ltd" {
				t.Fatalf("%v", got)
			}
			w.AdvanceTo(w.Portal.Store.Now().Add(time.Microsecond))
			w.Done(op, reviewOne, decision(id, "APPROVE"))
		})
		t.Run("1.1: approved, entity and account go by the new name, and the old one is kept", func(t *testing.T) {
			got := w.Must(a, named, map[string]any{"id": a.AccountID})["account"]
			if portaltest.String(got, "name") != "Zenith Ltd" || portaltest.String(got, "legalEntity", "name") != "Zenith Ltd" || portaltest.String(got, "legalEntity", "formerNames", 0, "name") != "Acme Ltd" {
				t.Fatalf("%v", got)
			}
			if !strings.Contains(fmt.Sprint(portaltest.At(got, "auditEvents", "nodes", 0, "details")), "Acme Ltd") {
				t.Fatalf("the old value isn't in the audit: %v", got)
			}
		})
		t.Run("1.1, 3.5: a payer matches the new name from then on, and the old one for what was begun under it", func(t *testing.T) {
			if got := pay(before, "Acme Ltd"); got != "CREDITED" {
				t.Errorf("begun before, paid under the old name: %s", got)
			}
			if got := pay(began(), "Zenith Ltd"); got != "CREDITED" {
				t.Errorf("begun after, paid under the new name: %s", got)
			}
			if got := pay(began(), "Acme Ltd"); got != "SUSPENSE" {
				t.Errorf("begun after, paid under the old name: %s", got)
			}
		})
	})
}

func TestARenameReachesWhatWaitedAndEveryAccountOfTheEntity(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, op := w.Verified("Acme"), w.Operator("compliance")
		second := a.At(portaltest.String(w.Done(a, openOne, opening(w)), "account", "id"))
		w.Verify(second, map[string]any{"kind": "MAINLAND_COMPANY", "legalName": "Acme Ltd", "country": "CN", "registrationNumber": a.TaxNumber})
		const start = `mutation($i: StartTopUpInput!) { startTopUp(input: $i) { topUp { id } ` + refusal + ` } }`
		const paid = `mutation($i: CompleteSandboxPaymentInput!) { completeSandboxPayment(input: $i) { topUp { status } userErrors { code } } }`
		pay := func(x *portaltest.Actor, name string) string {
			id := portaltest.String(w.Done(x, start, map[string]any{"i": map[string]any{"accountId": x.AccountID, "channel": "SANDBOX", "amount": map[string]any{"amount": "10.00", "currency": "CNY"}}}), "topUp", "id")
			if got := portaltest.String(w.Done(x, paid, map[string]any{"i": map[string]any{"topUpId": id, "payerName": name}}), "topUp", "status"); got != "SUSPENSE" {
				t.Fatalf("%s: %s", name, got)
			}
			return id
		}
		status := func(x *portaltest.Actor, id string) string {
			return portaltest.String(w.Must(x, `query($id: ID!) { node(id: $id) { ... on TopUp { status } } }`, map[string]any{"id": id}), "node", "status")
		}
		notices := func(x *portaltest.Actor) int {
			return len(portaltest.At(w.Must(x, `query($id: ID!) { account(id: $id) { notices(first: 50) { nodes { id } } } }`, map[string]any{"id": x.AccountID}), "account", "notices", "nodes").([]any))
		}
		first, theirs, stranger := pay(a, "Zenith Ltd"), pay(second, "zenith ltd"), pay(a, "A Stranger")
		w.AdvanceTo(w.Portal.Store.Now().Add(time.Microsecond))
		before := notices(a)
		w.Done(op, reviewOne, decision(submitted(w, a, a.TaxNumber, map[string]any{"legalName": "Zenith Ltd"}), "APPROVE"))
		w.RunJobs()
		t.Run("1.1, 3.5: what waited under the new name counts, on every account of the entity, and nothing else does", func(t *testing.T) {
			if got := []string{status(a, first), status(second, theirs), status(a, stranger)}; fmt.Sprint(got) != "[CREDITED CREDITED SUSPENSE]" {
				t.Errorf("%v", got)
			}
			w.RunJobs()
			if n := notices(a); n != before+1 { // the notice of the decision
				t.Errorf("%d notices, and %d before", n, before)
			}
		})
		t.Run("1.1: another account of the entity takes its name by a verification, once", func(t *testing.T) {
			renamed := map[string]any{"legalName": "Zenith Ltd"}
			w.Done(op, reviewOne, decision(submitted(w, second, a.TaxNumber, renamed), "APPROVE"))
			got := w.Must(second, named, map[string]any{"id": second.AccountID})["account"]
			if portaltest.String(got, "name") != "Zenith Ltd" || len(portaltest.At(got, "legalEntity", "formerNames").([]any)) != 1 {
				t.Errorf("%v", got)
			}
			refused(t, w.Refused(second, submitOne, company(second, a.TaxNumber, renamed)), "NAME_UNCHANGED", "1.1", "input.legalName")
		})
		w.Clean()
	})
}

func TestADecisionIsAnnounced(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, op := w.Owner("Acme"), w.Operator("support")
		w.VerifyEmail(a)
		latest := func() (any, string) {
			n := portaltest.At(w.Must(a, named, map[string]any{"id": a.AccountID}), "account", "notices", "nodes", 0)
			row, err := w.Portal.Store.Read().Message.Query().Where(message.RecipientIndex(outbox.Recipient(w.Portal.Store, a.Email))).All(w.System())
			if err != nil {
				t.Fatal(err)
			}
			bodies := ""
			for _, m := range row {
				o, err := outbox.Open(w.Portal.Store, m)
				if err != nil {
					t.Fatal(err)
				}
				bodies += o.Body
			}
			return n, bodies
		}
		t.Run("5.2: a rejection is announced with its reason, in-site and by mail", func(t *testing.T) {
			w.Done(op, reviewOne, decision(submitted(w, a, portaltest.CreditCode(8001)), "REJECT", "The scan is cut off."))
			n, mails := latest()
			if portaltest.String(n, "kind") != "ACCOUNT" || portaltest.String(n, "clause") != "5.2" || !strings.Contains(portaltest.String(n, "body"), "The scan is cut off.") || strings.Count(mails, "The scan is cut off.") != 2 {
				t.Fatalf("%v\n%s", n, mails)
			}
		})
		t.Run("5.2: an approval is announced", func(t *testing.T) {
			before, _ := latest()
			w.Done(op, reviewOne, decision(submitted(w, a, portaltest.CreditCode(8001)), "APPROVE"))
			if n, _ := latest(); portaltest.String(n, "kind") != "ACCOUNT" || portaltest.String(n, "title") == portaltest.String(before, "title") {
				t.Fatalf("%v", n)
			}
		})
		t.Run("5.2: deciding twice announces it once", func(t *testing.T) {
			got := w.Must(a, `query($id: ID!) { account(id: $id) { verification { id } notices { nodes { kind } } } }`, map[string]any{"id": a.AccountID})
			id := portaltest.String(got, "account", "verification", "id")
			refused(t, w.Refused(op, reviewOne, decision(id, "APPROVE")), "VERIFICATION_DECIDED", "5.2", "input.verificationId")
			again := w.Must(a, `query($id: ID!) { account(id: $id) { notices { nodes { kind } } } }`, map[string]any{"id": a.AccountID})
			if len(portaltest.At(again, "account", "notices", "nodes").([]any)) != len(portaltest.At(got, "account", "notices", "nodes").([]any)) {
				t.Fatal("a second notice")
			}
		})
	})
}
