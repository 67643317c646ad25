package payment_test

import (
	"strings"
	"testing"

	"portico/ent"
	"portico/ent/db/employee"
	"portico/ent/db/holding"
	"portico/ent/db/topup"
	"portico/portal/portaltest"
)

const acceptMutation = `mutation($i: ReviewPayerInput!) { reviewPayer(input: $i) { userErrors { code clause } } }`

// employed lets an operator have worked on an account.
func (s scene) employed(by, on *portaltest.Actor) {
	s.Helper()
	err := s.w.Portal.Store.Write(s.w.System(), func(tx *ent.Tx) error {
		return tx.Employee.Create().SetAccountID(on.AccountID).SetPersonID(by.PersonID).SetStatus(employee.StatusOFFBOARDED).SetJoinedAt(tx.Now).Exec(tx)
	})
	if err != nil {
		s.Fatal(err)
	}
}

// An interest is that of a person and its companies, not that of a spelling.
func TestAnInterestStaysWhateverItsNameIs(t *testing.T) {
	each(t, func(s scene) {
		a, own, stranger := s.w.Verified("Ada"), s.w.Verified("Own"), s.w.Verified("Stranger")
		trade := 0
		// decides lets an operator decide about what a payer has sent, and about
		// another payer of the account.
		decides := func(t *testing.T, by *portaltest.Actor, on *portaltest.Actor, payer string) (codes []string) {
			t.Helper()
			trade++
			top := s.pay(on, topup.ChannelONLINE_BANK, "I"+strings.Repeat("x", trade), payer)
			p := designate(s, on, "Third "+strings.Repeat("x", trade))
			for _, sent := range []struct {
				query string
				in    map[string]any
			}{{decideMutation, credit(top.ID)}, {acceptMutation, review(p, "APPROVE")}} {
				got := ""
				for _, r := range s.w.Send(by, sent.query, sent.in).Refusals(t) {
					got = r.Code
				}
				codes = append(codes, got)
			}
			return codes
		}
		refused := func(t *testing.T, by, on *portaltest.Actor, payer string) {
			t.Helper()
			for i, code := range decides(t, by, on, payer) {
				if code != "CONFLICT_OF_INTEREST" {
					t.Errorf("decision %d: %q", i, code)
				}
			}
		}
		rename := func(by *portaltest.Actor, name string) {
			s.w.Done(by, `mutation($i: UpdateProfileInput!) { updateProfile(input: $i) { person { name } userErrors { code } } }`,
				map[string]any{"i": map[string]any{"name": name}})
		}
		s.Run("3.5: an operator who has paid by a name that it had decides nothing", func(t *testing.T) {
			by := s.w.Operator("operator-finance")
			rename(by, "Grace Hopper")
			rename(by, "Nobody")
			refused(t, by, a, "Grace Hopper")
		})
		s.Run("3.5: nor one whose name is spelt otherwise by the channel", func(t *testing.T) {
			by := s.w.Operator("operator-finance")
			rename(by, "Mary Somerville")
			refused(t, by, own, "ＭＡＲＹ  SOMERVILLE")
		})
		s.Run("3.5: nor one whose company pays", func(t *testing.T) {
			by := s.w.Operator("operator-finance")
			s.employed(by, own)
			refused(t, by, stranger, company(own))
		})
		s.Run("3.5: nor one of another account of the same legal entity", func(t *testing.T) {
			by, sister := s.w.Operator("operator-finance"), s.w.Owner("Sister")
			s.employed(by, own)
			err := s.w.Portal.Store.Write(s.w.System(), func(tx *ent.Tx) error {
				h, err := tx.Holding.Query().Where(holding.OpenKey(own.AccountID)).Only(tx)
				if err != nil {
					return err
				}
				return tx.Holding.Create().SetAccountID(sister.AccountID).SetLegalEntityID(h.LegalEntityID).SetFromAt(tx.Now).SetOpenKey(sister.AccountID).Exec(tx)
			})
			if err != nil {
				t.Fatal(err)
			}
			refused(t, by, sister, "Somebody else")
		})
		s.Run("3.5: one who has no part in it decides", func(t *testing.T) {
			by := s.w.Operator("operator-finance")
			rename(by, "Ada Lovelace")
			rename(by, "Ada King")
			s.employed(by, own)
			for i, code := range decides(t, by, a, "Somebody") {
				if code != "" {
					t.Errorf("decision %d: %q", i, code)
				}
			}
		})
	})
}
