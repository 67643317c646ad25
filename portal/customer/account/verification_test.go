package account_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"portico/ent/db/account"
	"portico/ent/db/holding"
	"portico/ent/db/legalentity"
	"portico/ent/db/verification"
	"portico/portaltest"
)

const (
	resident = "11010519491231002X" // the example of GB 11643

	refusal   = `userErrors { code message field clause remedy { description operation input } }`
	submitOne = `mutation($i: SubmitVerificationInput!) { submitVerification(input: $i) { verification { id status registrationNumber country legalName kind } ` + refusal + ` } }`
	reviewOne = `mutation($i: ReviewVerificationInput!) { reviewVerification(input: $i) { verification { id status reason decidedAt } ` + refusal + ` } }`
	overview  = `query($id: ID!) { account(id: $id) { status legalEntity { id kind name country registrationNumber } verification { id status reason submittedAt decidedAt }
		standing { restrictions { code clause since reason remedy { description operation input } target } } } }`
)

// company returns a valid submission of a mainland company.
func company(a *portaltest.Actor, number string, changes ...map[string]any) map[string]any {
	in := map[string]any{"accountId": a.AccountID, "kind": "MAINLAND_COMPANY", "legalName": "示例通信（北京）有限公司", "country": "CN", "registrationNumber": number}
	for _, c := range changes {
		maps.Copy(in, c)
	}
	return map[string]any{"i": in}
}

func decision(id, what string, reason ...string) map[string]any {
	in := map[string]any{"verificationId": id, "decision": what}
	if len(reason) > 0 {
		in["reason"] = reason[0]
	}
	return map[string]any{"i": in}
}

// submitted returns the ID of a verification that waits.
func submitted(w *portaltest.World, a *portaltest.Actor, number string, changes ...map[string]any) string {
	return portaltest.String(w.Done(a, submitOne, company(a, number, changes...)), "verification", "id")
}

// refused checks a refusal's code, clause and field, and that it has texts and
// a remedy.
func refused(t *testing.T, r portaltest.Refusal, code, clause, field string) {
	t.Helper()
	if r.Code != code || r.Clause != clause || strings.Join(r.Field, ".") != field {
		t.Fatalf("%s by %q at %v, want %s by %q at %s", r.Code, r.Clause, r.Field, code, clause, field)
	}
	if r.Message == "" || r.Clause != "" && r.Remedy == nil {
		t.Fatalf("%s has no text or no remedy", r.Code)
	}
}

func TestVerificationIsReviewed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, op := w.Owner("Acme"), w.Operator("support")
		number := portaltest.CreditCode(7001)
		account := func() any {
			return portaltest.At(w.Must(a, overview, map[string]any{"id": a.AccountID}), "account")
		}
		t.Run("5.2: before its approval an account is restricted, and the refusal states how to lift it", func(t *testing.T) {
			one := portaltest.At(account(), "standing", "restrictions", 0)
			if portaltest.String(one, "code") != "VERIFICATION_REQUIRED" || portaltest.String(one, "clause") != "5.2" ||
				portaltest.String(one, "remedy", "operation") != "submitVerification" || portaltest.String(one, "remedy", "input", "accountId") != a.AccountID {
				t.Fatalf("%v", one)
			}
			if portaltest.At(account(), "legalEntity") != nil || portaltest.At(account(), "verification") != nil {
				t.Fatalf("%v", account())
			}
		})
		first := submitted(w, a, " "+strings.ToLower(number)+"　")
		t.Run("5.2: one verification of an account waits at a time", func(t *testing.T) {
			refused(t, w.Refused(a, submitOne, company(a, number)), "VERIFICATION_PENDING", "5.2", "input.accountId")
		})
		t.Run("5.2: a rejection needs a reason, which the customer reads", func(t *testing.T) {
			refused(t, w.Refused(op, reviewOne, decision(first, "REJECT")), "REASON_REQUIRED", "5.2", "input.reason")
			refused(t, w.Refused(op, reviewOne, decision(first, "REJECT", " \t")), "REASON_REQUIRED", "5.2", "input.reason")
			refused(t, w.Refused(op, reviewOne, decision(first, "REJECT", strings.Repeat("理", 2001))), "REASON_REQUIRED", "5.2", "input.reason")
			w.Done(op, reviewOne, decision(first, "REJECT", strings.Repeat("理", 2000)))
			if got := portaltest.String(account(), "verification", "reason"); got != strings.Repeat("理", 2000) {
				t.Fatalf("%q", got)
			}
		})
		t.Run("5.2: what is decided stays decided", func(t *testing.T) {
			refused(t, w.Refused(op, reviewOne, decision(first, "APPROVE")), "VERIFICATION_DECIDED", "5.2", "input.verificationId")
		})
		second := submitted(w, a, number)
		t.Run("5.2: after a rejection it is submitted again, and an approval lets the account spend", func(t *testing.T) {
			w.Done(op, reviewOne, decision(second, "APPROVE"))
			got := account()
			if portaltest.String(got, "status") != "ACTIVE" || len(portaltest.At(got, "standing", "restrictions").([]any)) != 0 {
				t.Fatalf("%v", got)
			}
			if portaltest.String(got, "verification", "id") != second || portaltest.String(got, "legalEntity", "registrationNumber") != number ||
				portaltest.String(got, "legalEntity", "name") != "示例通信（北京）有限公司" { // as it was entered
				t.Fatalf("%v", got)
			}
		})
		t.Run("1.3: a verified account doesn't take another legal entity", func(t *testing.T) {
			r := w.Refused(a, submitOne, company(a, portaltest.CreditCode(7002)))
			refused(t, r, "LEGAL_ENTITY_FIXED", "1.3", "input.accountId")
			if !strings.Contains(r.Remedy.Description, "1.4") {
				t.Fatalf("the remedy doesn't name the three-party agreement: %s", r.Remedy.Description)
			}
		})
	})
}

func TestRegistrationNumbersAreChecked(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Acme")
		valid := portaltest.CreditCode(7100)
		wrong := valid[:17] + "0"
		if valid[17] == '0' {
			wrong = valid[:17] + "1"
		}
		for _, c := range []struct {
			name                string
			changes             map[string]any
			code, clause, field string
		}{
			{"1.3: the check character of a company's code", map[string]any{"registrationNumber": wrong}, "REGISTRATION_NUMBER_INVALID", "1.3", "input.registrationNumber"},
			{"1.3: the length of an organisation's code", map[string]any{"kind": "MAINLAND_ORGANISATION", "registrationNumber": valid[:17]}, "REGISTRATION_NUMBER_INVALID", "1.3", "input.registrationNumber"},
			{"1.3: the check character of an identity number", map[string]any{"kind": "NATURAL_PERSON", "registrationNumber": resident[:17] + "1"}, "REGISTRATION_NUMBER_INVALID", "1.3", "input.registrationNumber"},
			{"1.3: a number abroad has 1 to 50 characters", map[string]any{"kind": "FOREIGN_ENTITY", "country": "SG", "registrationNumber": strings.Repeat("9", 51)}, "REGISTRATION_NUMBER_INVALID", "1.3", "input.registrationNumber"},
			{"1.3: a number abroad isn't empty", map[string]any{"kind": "FOREIGN_ENTITY", "country": "SG", "registrationNumber": " "}, "REGISTRATION_NUMBER_INVALID", "1.3", "input.registrationNumber"},
			{"a mainland company is of CN", map[string]any{"country": "SG"}, "INVALID_INPUT", "", "input.country"},
			{"a foreign entity isn't of CN", map[string]any{"kind": "FOREIGN_ENTITY"}, "INVALID_INPUT", "", "input.country"},
			{"a country is one of ISO 3166-1", map[string]any{"kind": "FOREIGN_ENTITY", "country": "UK"}, "INVALID_INPUT", "", "input.country"},
			{"a country is no region", map[string]any{"kind": "FOREIGN_ENTITY", "country": "ZZ"}, "INVALID_INPUT", "", "input.country"},
			{"a name isn't empty", map[string]any{"legalName": "\u200b "}, "INVALID_INPUT", "", "input.legalName"},
			{"a name has at most 200 characters", map[string]any{"legalName": strings.Repeat("名", 201)}, "INVALID_INPUT", "", "input.legalName"},
		} {
			t.Run(c.name, func(t *testing.T) {
				refused(t, w.Refused(a, submitOne, company(a, valid, c.changes)), c.code, c.clause, c.field)
			})
		}
		t.Run("1.3: what is refused leaves nothing", func(t *testing.T) {
			if n, err := w.Portal.Store.Read().Verification.Query().Count(w.System()); n != 0 || err != nil {
				t.Fatal(n, err)
			}
		})
		for _, c := range []struct {
			name    string
			changes map[string]any
		}{
			{"1.3: a person of the mainland by its identity number", map[string]any{"kind": "NATURAL_PERSON", "legalName": "张三", "registrationNumber": resident}},
			{"1.3: a person from abroad by a free number", map[string]any{"kind": "NATURAL_PERSON", "legalName": "Ada", "country": "GB", "registrationNumber": "P 1"}},
			{"1.3: an entity abroad by 50 characters", map[string]any{"kind": "FOREIGN_ENTITY", "country": "hk", "legalName": strings.Repeat("名", 200), "registrationNumber": strings.Repeat("9", 50)}},
			{"1.3: an organisation by its code", map[string]any{"kind": "MAINLAND_ORGANISATION"}},
		} {
			t.Run(c.name, func(t *testing.T) {
				id := submitted(w, a, valid, c.changes)
				w.Done(w.Operator("support"), reviewOne, decision(id, "REJECT", "next"))
			})
		}
	})
}

func TestLegalEntityIsOne(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		op := w.Operator("compliance")
		read := w.Portal.Store.Read()
		t.Run("1.3: a legal entity holds several accounts and is one row", func(t *testing.T) {
			number := portaltest.CreditCode(7200)
			var wg sync.WaitGroup
			for _, name := range []string{"A", "B", "C", "D"} {
				a := w.Owner(name)
				id := submitted(w, a, number, map[string]any{"legalName": "示例 (上海) 有限公司"})
				wg.Go(func() { w.Done(op, reviewOne, decision(id, "APPROVE")) })
			}
			wg.Wait()
			entities, err := read.LegalEntity.Query().All(w.System())
			if err != nil || len(entities) != 1 {
				t.Fatal(len(entities), err)
			}
			if n, err := read.Holding.Query().Where(holding.LegalEntityID(entities[0].ID), holding.OpenKeyNotNil()).Count(w.System()); n != 4 || err != nil {
				t.Fatal(n, err)
			}
		})
		t.Run("1.3: the same number under another name or kind isn't approved", func(t *testing.T) {
			number := portaltest.CreditCode(7201)
			w.Done(op, reviewOne, decision(submitted(w, w.Owner("E"), number), "APPROVE"))
			a := w.Owner("F")
			id := submitted(w, a, number, map[string]any{"legalName": "另一家有限公司"})
			r := w.Refused(op, reviewOne, decision(id, "APPROVE"))
			refused(t, r, "LEGAL_ENTITY_CONFLICT", "1.3", "input.verificationId")
			if v, err := read.Verification.Query().Where(verification.ID(id)).Only(w.System()); err != nil || v.Status != verification.StatusPENDING {
				t.Fatal(v, err)
			}
			w.Done(op, reviewOne, decision(id, "REJECT", "name"))
			id = submitted(w, a, number, map[string]any{"kind": "MAINLAND_ORGANISATION"})
			refused(t, w.Refused(op, reviewOne, decision(id, "APPROVE")), "LEGAL_ENTITY_CONFLICT", "1.3", "input.verificationId")
		})
		t.Run("1.3: the same number of another country is another legal entity", func(t *testing.T) {
			before, err := read.LegalEntity.Query().Count(w.System())
			if err != nil {
				t.Fatal(err)
			}
			for _, country := range []string{"SG", "MY"} {
				a := w.Owner("G" + country)
				id := submitted(w, a, "201900001A", map[string]any{"kind": "FOREIGN_ENTITY", "country": country, "legalName": "Example Pte"})
				w.Done(op, reviewOne, decision(id, "APPROVE"))
			}
			if n, err := read.LegalEntity.Query().Where(legalentity.CountryNEQ("CN")).Count(w.System()); n != 2 || err != nil {
				t.Fatal(before, n, err)
			}
		})
	})
}

func TestVerificationRaces(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		read := w.Portal.Store.Read()
		a := w.Owner("Racer")
		number := portaltest.CreditCode(7300)
		t.Run("5.2: of sixteen submissions at once one waits", func(t *testing.T) {
			codes := race(16, func(int) []portaltest.Refusal { return w.Send(a, submitOne, company(a, number)).Refusals(t) })
			if codes[""] != 1 || codes["VERIFICATION_PENDING"] != 15 {
				t.Fatalf("%v", codes)
			}
		})
		t.Run("5.2: of eight operators who decide at once one wins", func(t *testing.T) {
			v, err := read.Verification.Query().Where(verification.AccountID(a.AccountID)).Only(w.System())
			if err != nil {
				t.Fatal(err)
			}
			ops := []*portaltest.Actor{w.Operator("support"), w.Operator("compliance")}
			codes := race(8, func(i int) []portaltest.Refusal {
				return w.Send(ops[i%2], reviewOne, decision(v.ID, []string{"APPROVE", "REJECT"}[i%2], "race")).Refusals(t)
			})
			if codes[""] != 1 || codes["VERIFICATION_DECIDED"] != 7 {
				t.Fatalf("%v", codes)
			}
			v, err = read.Verification.Get(w.System(), v.ID)
			if err != nil {
				t.Fatal(err)
			}
			held, err := read.Holding.Query().Where(holding.AccountID(a.AccountID)).Count(w.System())
			if approved := v.Status == verification.StatusAPPROVED; err != nil || approved != (held == 1) || v.PendingKey != nil {
				t.Fatal(v.Status, held, err)
			}
			row, err := read.Account.Get(w.System(), a.AccountID)
			if approved := v.Status == verification.StatusAPPROVED; err != nil || approved != (row.Status == account.StatusACTIVE) {
				t.Fatal(v.Status, row, err)
			}
		})
	})
}

// race calls a function n times concurrently and counts the codes; "" is
// success.
func race(n int, f func(i int) []portaltest.Refusal) map[string]int {
	var wg sync.WaitGroup
	first := make([]string, n)
	for i := range n {
		wg.Go(func() {
			if r := f(i); len(r) > 0 {
				first[i] = r[0].Code
			}
		})
	}
	wg.Wait()
	codes := map[string]int{}
	for _, c := range slices.Sorted(slices.Values(first)) {
		codes[c]++
	}
	return codes
}
