package proof_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"portico/ent"
	"portico/ent/db/account"
	"portico/portal/correspondence/notice"
	"portico/portaltest"
)

// fill gives an account 20 rows of every list.
func (s *stage) fill(t *testing.T) (inMany *portaltest.Actor) {
	t.Helper()
	for i := range 20 {
		s.unattributed(fmt.Sprint("N", i))
		s.a.used("service", "order", "suspense", "payer")
		s.a.service()
		s.a.waiting()
		s.a.payer()
		s.a.opened()
		s.a.used("invoice", "bill")
		s.a.invoice()
		s.a.bill()
		s.a.unbilled()
		do(s.a, notice.PublishNotice, announcement(s.a))
		s.unverified.withdraw()
		s.unverified.verification()
	}
	for range 20 {
		s.a.ask(s.a.account, s.a.number())
		s.a.apiKey(nil)
	}
	many := s.Person("Polly", func(tx *ent.Tx, id string) error {
		for i := range 20 {
			row, err := tx.Account.Create().SetNumber(fmt.Sprint(990000000 + i)).SetName(fmt.Sprint("Many ", i)).SetStatus(account.StatusPENDING).
				SetSubjectKind(account.SubjectKindLEGAL_PERSON).SetCurrency("CNY").SetCreatedAt(tx.Now).Save(tx)
			if err != nil {
				return err
			}
			if err := hire(tx, row.ID, id, "administrator"); err != nil {
				return err
			}
			if err := tx.Acceptance.Create().SetAccountID(s.a.account).SetTermsID(unknownID("term")).SetPersonID(id).SetHow("EXPLICIT").
				SetAcceptedAt(tx.Now).SetAddress("192.0.2.1").SetAgent("test").Exec(tx); err != nil {
				return err
			}
			other, err := tx.Person.Create().SetName(fmt.Sprint("Colleague ", i)).SetPhone([]byte("-")).SetPhoneIndex(fmt.Sprint("colleague ", i)).SetEmail([]byte("-")).
				SetEmailIndex("-").SetPasswordHash("-").SetPasswordChangedAt(tx.Wall).SetCreatedAt(tx.Now).Save(tx)
			if err != nil {
				return err
			}
			if err := hire(tx, s.a.account, other.ID, "auditor"); err != nil {
				return err
			}
		}
		return nil
	})
	s.a.used("fee")
	s.a.fee() // the newest entries are of an order and a top-up
	s.a.audited()
	s.a.sealedAudit(20)
	s.a.teams(20)
	for i := range 20 {
		s.a.asked(fmt.Sprint("approval ", i), s.a.asker())
	}
	return many
}

func TestNoListCostsAQueryPerRow(t *testing.T) {
	t.Parallel()
	for _, engine := range portaltest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			m := newMeter()
			s := newStage(portaltest.New(t, engine, portaltest.Wrapped(m.wrap)))
			many := s.fill(t)
			lists := 0
			try := func(name string, by *portaltest.Actor, rows int, path []any, doc func(first int) (string, map[string]any)) {
				lists++
				t.Run(name, func(t *testing.T) { s.even(t, m, by, rows, path, doc) })
			}
			for _, f := range fields(published().Types["Account"]) {
				if f.Arguments.ForName("first") == nil {
					continue
				}
				try("account."+f.Name, s.a.owner, 20, []any{"account", f.Name}, func(first int) (string, map[string]any) {
					list := shape{first: first, depth: 3}.field("Account", f, "", map[string]bool{"Account": true}, 3)
					if slices.Contains([]string{"groups", "applications", "orders"}, f.Name) { // the members and the services of each are counted by a statement of its own
						list = uncounted(list)
					}
					return fmt.Sprintf("query($id: ID!) { account(id: $id) {%s } }", list), map[string]any{"id": s.a.account}
				})
			}
			for _, f := range fields(published().Query) {
				if f.Arguments.ForName("first") == nil {
					continue
				}
				rows := 20
				switch f.Name {
				case "products":
					rows = 4
				case "termsHistory":
					rows = 2
				}
				try(f.Name, s.able(f.Name), rows, []any{f.Name}, func(first int) (string, map[string]any) {
					args := map[string]any{"first": first}
					switch f.Name {
					case "termsHistory":
						args["kind"] = "SERVICE_TERMS"
					case "whoCan":
						args["on"], args["do"] = s.a.account, "ACCOUNT_READ"
					}
					return document(f.Name, args, shape{first: 2, depth: 2}), args
				})
			}
			try("viewer.accounts", many, 20, []any{"viewer", "accounts"}, func(first int) (string, map[string]any) {
				lists := strings.Replace(document("viewer", nil, shape{first: 2, depth: 2}), "accounts(first: 2)", fmt.Sprintf("accounts(first: %d)", first), 1)
				// The total is counted once for each account, not for each row.
				// So it is requested above the accounts' lists only.
				return uncounted(lists), nil
			})
			if lists < 13 {
				t.Errorf("only %d lists are counted", lists)
			}
		})
	}
}

// uncounted leaves out the totals below the nodes of a list.
func uncounted(list string) string {
	above, below, _ := strings.Cut(list, "nodes {")
	return above + "nodes {" + strings.NewReplacer(" totalCountIsExact", "", " totalCount", "").Replace(below)
}

// even counts the statements of a list with 1, 5 and 20 rows.
func (s *stage) even(t *testing.T, m *meter, by *portaltest.Actor, rows int, path []any, doc func(first int) (string, map[string]any)) {
	counts, texts := map[int]int{}, map[int][]string{}
	for _, first := range []int{20, 1, 5, 20} { // the first prepares statements
		query, args := doc(first)
		counts[first], texts[first] = m.counted(func() {
			nodes, _ := portaltest.At(portaltest.At(s.Send(by, query, args).Data, path...), "nodes").([]any)
			if len(nodes) != min(first, rows) {
				t.Fatalf("%d rows, want %d", len(nodes), min(first, rows))
			}
		})
	}
	// Lists below one account take one statement, below several accounts two.
	if counts[5] != counts[20] || counts[1] > counts[5] || counts[5] > 2*counts[1] {
		t.Errorf("statements for 1, 5 and 20 rows: %d, %d, %d:\n%s", counts[1], counts[5], counts[20], strings.Join(texts[20], "\n"))
	}
}
