package payment_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/ent/db/notice"
	entpayer "portico/ent/db/payer"
	"portico/ent/db/topup"
	"portico/portaltest"
)

const payersQuery = `query($a: ID!) { account(id: $a) { payers { nodes { id status counts channel channelPayerId } } topUps(first: 1) { nodes { payerName channelPayerId } } } }`

// pay makes a payer pay 10.00 by a channel, and returns the top-up.
func (s scene) pay(a *portaltest.Actor, ch topup.Channel, trade, payer string) *db.TopUp {
	s.Helper()
	top := s.start(a, ch, "10.00")
	if status := s.notify(ch, message{trade, top.PaymentReference, "10.00", payer}); status != http.StatusOK {
		s.Fatal(status)
	}
	return s.topUp(top.ID)
}

func review(id, decision string) map[string]any {
	return map[string]any{"i": map[string]any{"payerId": id, "decision": decision, "reason": "no proof"}}
}

func TestADesignatedPayerCountsAtOnce(t *testing.T) {
	each(t, func(s scene) {
		a, other, finance := s.w.Verified("Ada"), s.w.Verified("Bob"), s.w.Operator("operator-finance")
		waiting := s.pay(a, topup.ChannelONLINE_BANK, "B1", "Mother Co")
		foreign := s.pay(other, topup.ChannelONLINE_BANK, "B2", "Mother Co")
		notices := func(id string) int {
			return s.w.Portal.Store.Read().Notice.Query().Where(notice.SubjectID(id), notice.Clause("3.5")).CountX(s.w.System())
		}
		if waiting.Status != topup.StatusSUSPENSE || notices(waiting.ID) != 1 {
			s.Errorf("3.5: %s, and the owner has %d notices", waiting.Status, notices(waiting.ID))
		}
		id := designate(s, a, "Mother Co")
		s.Run("3.5: what waits of a designated payer counts, of this account alone", func(t *testing.T) {
			if s.topUp(waiting.ID).Status != topup.StatusCREDITED || s.topUp(foreign.ID).Status != topup.StatusSUSPENSE {
				t.Errorf("%s, %s", s.topUp(waiting.ID).Status, s.topUp(foreign.ID).Status)
			}
		})
		s.Run("3.5: before the review its payments count, after a rejection they wait, and what was credited stays", func(t *testing.T) {
			if got := s.pay(a, topup.ChannelONLINE_BANK, "B3", "mother co").Status; got != topup.StatusCREDITED {
				t.Errorf("before: %s", got)
			}
			s.w.Done(finance, reviewMutation, review(id, "REJECT"))
			if got := s.pay(a, topup.ChannelONLINE_BANK, "B4", "Mother Co").Status; got != topup.StatusSUSPENSE {
				t.Errorf("after: %s", got)
			}
			s.has(a.AccountID, "20.00", "10.00")
		})
		s.Run("3.5: who was rejected, designated anew, waits for the review", func(t *testing.T) {
			again := designate(s, a, "Mother Co")
			if got := s.pay(a, topup.ChannelONLINE_BANK, "B5", "Mother Co").Status; got != topup.StatusSUSPENSE {
				t.Errorf("before: %s", got)
			}
			s.w.Done(finance, reviewMutation, review(again, "APPROVE"))
			s.has(a.AccountID, "40.00", "0.00")
		})
		s.clean()
	})
}

func TestAPayerIsKnownByItsChannelsID(t *testing.T) {
	each(t, func(s scene) {
		a, other, finance := s.w.Verified("Ada"), s.w.Verified("Bob"), s.w.Operator("operator-finance")
		first := s.pay(a, topup.ChannelWECHAT_PAY, "W1", "openid-7")
		if first.Status != topup.StatusSUSPENSE || first.PayerName != nil {
			s.Errorf("3.5: an unknown id: %s, %v", first.Status, first.PayerName)
		}
		d := s.w.Must(a, payersQuery, map[string]any{"a": a.AccountID})
		if got := portaltest.String(d, "account", "topUps", "nodes", 0, "channelPayerId"); got != "openid-7" {
			s.Errorf("3.5: the owner is shown %q", got)
		}
		s.w.Done(finance, decideMutation, s.decision(first.ID, "CREDIT", "proof 3"))
		s.Run("3.5: an id that was accepted before counts for this account, by this channel", func(t *testing.T) {
			if got := s.pay(a, topup.ChannelWECHAT_PAY, "W2", "openid-7").Status; got != topup.StatusCREDITED {
				t.Errorf("again: %s", got)
			}
			if got := s.pay(other, topup.ChannelWECHAT_PAY, "W3", "openid-7").Status; got != topup.StatusSUSPENSE {
				t.Errorf("another account: %s", got)
			}
			if got := s.pay(a, topup.ChannelALIPAY, "A1", "openid-7").Status; got != topup.StatusSUSPENSE {
				t.Errorf("as a name, by another channel: %s", got)
			}
			if got := s.pay(a, topup.ChannelONLINE_BANK, "B1", "openid-7").Status; got != topup.StatusSUSPENSE {
				t.Errorf("as a name: %s", got)
			}
		})
		s.Run("3.5: an id that was designated counts at once", func(t *testing.T) {
			designate(s, other, "A friend", "WECHAT_PAY", "openid-7")
			if got := s.pay(other, topup.ChannelWECHAT_PAY, "W4", "openid-7").Status; got != topup.StatusCREDITED {
				t.Errorf("%s", got)
			}
			s.has(other.AccountID, "20.00", "0.00")
			if got := s.pay(other, topup.ChannelONLINE_BANK, "B2", "A friend").Status; got != topup.StatusSUSPENSE {
				t.Errorf("the name that the owner gave it, by another channel: %s", got)
			}
		})
		s.Run("3.5: a name that was accepted is no id, and waits again", func(t *testing.T) {
			one := s.pay(a, topup.ChannelONLINE_BANK, "B3", "Somebody")
			s.w.Done(finance, decideMutation, s.decision(one.ID, "CREDIT", "proof 3"))
			if got := s.pay(a, topup.ChannelONLINE_BANK, "B4", "Somebody").Status; got != topup.StatusSUSPENSE {
				t.Errorf("%s", got)
			}
		})
		s.Run("5.7: ids of payers are kept encrypted", func(t *testing.T) {
			for _, p := range s.w.Portal.Store.Read().Payment.Query().AllX(s.w.System()) {
				if p.PayerName == "openid-7" && p.Channel == "WECHAT_PAY" || p.ChannelPayer != nil && string(*p.ChannelPayer) == "openid-7" {
					t.Errorf("%s holds it as it is", p.ID)
				}
			}
		})
		for _, bad := range []map[string]any{{"channel": "ALIPAY"}, {"channelPayerId": "2088"}, {"channel": "ALIPAY", "channelPayerId": "号"}, {"channel": "ALIPAY", "channelPayerId": " "}} {
			bad["accountId"], bad["name"], bad["proof"] = a.AccountID, "X", "x"
			if r := s.w.Refused(a, `mutation($i: DesignatePayerInput!) { designatePayer(input: $i) { userErrors { code } } }`, map[string]any{"i": bad}); r.Code != "INVALID_INPUT" {
				s.Errorf("%v: %+v", bad, r)
			}
		}
		s.clean()
	})
}

func TestConcurrentDuplicatesDesignateOnePayer(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				s.w.Send(a, `mutation($i: DesignatePayerInput!) { designatePayer(input: $i) { userErrors { code } } }`,
					map[string]any{"i": map[string]any{"accountId": a.AccountID, "name": "Mother Co", "proof": "x"}})
			})
		}
		all.Wait()
		if n := s.w.Portal.Store.Read().Payer.Query().Where(entpayer.AccountID(a.AccountID)).CountX(s.w.System()); n != 1 {
			s.Errorf("3.5: %d payers: the rejection of one would leave the others", n)
		}
	})
}

func TestWhoHasAnInterestDecidesNothing(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		top := s.pay(a, topup.ChannelONLINE_BANK, "B1", "Somebody")
		refused := func(t *testing.T, by *portaltest.Actor) {
			t.Helper()
			if r := s.w.Refused(by, decideMutation, s.decision(top.ID, "CREDIT", "proof 3")); r.Code != "CONFLICT_OF_INTEREST" || r.Clause != "3.5" {
				t.Errorf("%+v", r)
			}
		}
		s.Run("3.5: an operator who has left the account's staff decides nothing of it", func(t *testing.T) {
			left := s.w.Operator("operator-finance")
			row := s.w.Portal.Store.Read().Employee.Query().Where(employee.AccountID(a.AccountID)).OnlyX(s.w.System())
			s.w.Portal.Store.Read().Employee.Create().SetAccountID(a.AccountID).SetPersonID(left.PersonID).SetStatus(employee.StatusOFFBOARDED).
				SetJoinedAt(row.JoinedAt).ExecX(s.w.System())
			refused(t, left)
		})
		s.Run("3.5: an operator who paid decides nothing of it", func(t *testing.T) {
			payer := s.w.Operator("operator-finance")
			s.w.Done(payer, decideMutation, s.decision(top.ID, "CREDIT", "proof 3"))
			top = s.pay(a, topup.ChannelONLINE_BANK, "B2", " "+payer.Name)
			refused(t, payer)
			s.has(a.AccountID, "10.00", "10.00")
		})
		s.Run("3.5: names are compared folded: however its own is written, an operator who pays or is named as a payer reviews nothing", func(t *testing.T) {
			for name, makes := range map[string]func(b *portaltest.Actor, written string) string{
				"paid": func(b *portaltest.Actor, written string) string {
					s.pay(b, topup.ChannelONLINE_BANK, "B3", written)
					return designate(s, b, "Mother Co")
				},
				"named": func(b *portaltest.Actor, written string) string { return designate(s, b, written) },
			} {
				by, b := s.w.Operator("operator-finance"), s.w.Verified("B"+name)
				id := makes(b, strings.ToUpper(strings.Join(strings.Split(by.Name, ""), "　")))
				if r := s.w.Refused(by, reviewMutation, review(id, "APPROVE")); r.Code != "CONFLICT_OF_INTEREST" || r.Clause != "3.5" {
					t.Errorf("%s: %+v", name, r)
				}
			}
		})
		s.clean()
	})
}
