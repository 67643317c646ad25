package payment_test

import (
	"fmt"
	"testing"

	"portico/ent"
	"portico/ent/db/employee"
	"portico/ent/db/holding"
	"portico/ent/db/topup"
	"portico/portaltest"
)

const acceptMutation = `mutation($i: ReviewPayerInput!) { reviewPayer(input: $i) { userErrors { code clause } } }`

// employed makes an operator a former employee of an account.
func (s scene) employed(by, on *portaltest.Actor) {
	s.Helper()
	err := s.w.Portal.Store.Write(s.w.System(), func(tx *ent.Tx) error {
		return tx.Employee.Create().SetAccountID(on.AccountID).SetPersonID(by.PersonID).SetStatus(employee.StatusOFFBOARDED).SetJoinedAt(tx.Now).Exec(tx)
	})
	if err != nil {
		s.Fatal(err)
	}
}

// decides makes an operator decide about a payment of a payer, and about
// another payer of the account, and returns the codes of the refusals.
func (s scene) decides(by, on *portaltest.Actor, payer string) (codes []string) {
	s.Helper()
	n := s.w.Portal.Store.Read().Payment.Query().CountX(s.w.System())
	top := s.pay(on, topup.ChannelONLINE_BANK, fmt.Sprint("I", n), payer)
	p := designate(s, on, fmt.Sprint("Third ", n))
	for _, sent := range []struct {
		query string
		in    map[string]any
	}{{decideMutation, s.decision(top.ID, "CREDIT", "proof 3")}, {acceptMutation, review(p, "APPROVE")}} {
		got := ""
		for _, r := range s.w.Send(by, sent.query, sent.in).Refusals(s.T) {
			got = r.Code
		}
		codes = append(codes, got)
	}
	return codes
}

func (s scene) conflicts(by, on *portaltest.Actor, payer string) {
	s.Helper()
	for i, code := range s.decides(by, on, payer) {
		if code != "CONFLICT_OF_INTEREST" {
			s.Errorf("decision %d: %q", i, code)
		}
	}
}

func (s scene) renamed(by *portaltest.Actor, name string) {
	s.Helper()
	s.w.Done(by, `mutation($i: UpdateProfileInput!) { updateProfile(input: $i) { person { name } userErrors { code } } }`,
		map[string]any{"i": map[string]any{"name": name}})
}

// An interest belongs to a person and its companies, regardless of how a name
// is written.
func TestAnInterestStaysUnderAnyName(t *testing.T) {
	each(t, func(s scene) {
		a, own, stranger := s.w.Verified("Ada"), s.w.Verified("Own"), s.w.Verified("Stranger")
		s.Run("3.5: an operator who has paid by a name that it had decides nothing", func(t *testing.T) {
			by := s.w.Operator("operator-finance")
			s.renamed(by, "Grace Hopper")
			s.renamed(by, "Nobody")
			scene{t, s.w}.conflicts(by, a, "Grace Hopper")
		})
		s.Run("3.5: nor one whose name is spelt otherwise by the channel", func(t *testing.T) {
			by := s.w.Operator("operator-finance")
			s.renamed(by, "Mary Somerville")
			scene{t, s.w}.conflicts(by, own, "ＭＡＲＹ  SOMERVILLE")
		})
		s.Run("3.5: nor one whose company pays", func(t *testing.T) {
			by := s.w.Operator("operator-finance")
			s.employed(by, own)
			scene{t, s.w}.conflicts(by, stranger, company(own))
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
			scene{t, s.w}.conflicts(by, sister, "Somebody else")
		})
		s.Run("3.5: one who has no part in it decides", func(t *testing.T) {
			by := s.w.Operator("operator-finance")
			s.renamed(by, "Ada Lovelace")
			s.renamed(by, "Ada King")
			s.employed(by, own)
			for i, code := range s.decides(by, a, "Somebody") {
				if code != "" {
					t.Errorf("decision %d: %q", i, code)
				}
			}
		})
	})
}
