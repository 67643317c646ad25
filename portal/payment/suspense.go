package payment

import (
	"context"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	entpayment "portico/ent/db/payment"
	"portico/money"
	"portico/portal/act"
	"portico/portal/billing"
	"portico/portal/ledger"
)

// DecideSuspense credits or returns what waits of a top-up (3.5). For the
// provider's finance, with the reason that the customer is shown. Refusals:
// INVALID_INPUT without a reason, NotWaiting, NoEntity for a credit before the
// legal entity is approved.
func DecideSuspense(ctx context.Context, s *ent.Store, in DecideSuspenseInput) (*DecideSuspensePayload, error) {
	return act.Do(ctx, s, act.Command{Name: "decideSuspense", Permission: authz.TopUpReview,
		Object: in.TopUpID, Field: "topUpId", Input: in,
	}, func(tx *ent.Tx) (*DecideSuspensePayload, error) {
		reason, err := words("reason", in.Reason, maxWords)
		if err != nil {
			return nil, err
		}
		waiting, err := tx.Payment.Query().Where(entpayment.TopUpID(in.TopUpID), entpayment.StateEQ(entpayment.StateSUSPENSE)).
			Order(db.Asc(entpayment.FieldID)).All(tx)
		if err != nil {
			return nil, err
		}
		if len(waiting) == 0 {
			return nil, NotWaiting.At("topUpId")
		}
		by := tx.Principal().ID
		for _, p := range waiting {
			if in.Decision == Credit {
				compared, _, err := compare(tx, p.AccountID, p.PayerName, tx.Now, tx.Now)
				if err != nil {
					return nil, err
				}
				if !compared {
					return nil, NoEntity.At("decision")
				}
			}
			if err := decide(tx, p, in.Decision, &reason, &by); err != nil {
				return nil, err
			}
		}
		tx.Detail("decision", in.Decision)
		tx.Detail("reason", reason)
		t, err := settle(tx, in.TopUpID)
		return &DecideSuspensePayload{TopUp: t}, err
	})
}

// decide moves a waiting payment, on condition that it still waits. Without an
// operator it was matched.
func decide(tx *ent.Tx, p *db.Payment, d SuspenseDecision, reason, by *string) error {
	state, leave := entpayment.StateCREDITED, ledger.ReleaseSuspense
	if d == Return {
		state, leave = entpayment.StateRETURNED, ledger.ReturnSuspense
	}
	n, err := tx.Payment.Update().Where(entpayment.ID(p.ID), entpayment.StateEQ(entpayment.StateSUSPENSE)).
		SetState(state).SetDecidedAt(tx.Now).SetNillableReason(reason).SetNillableDecidedBy(by).Save(tx)
	if err != nil {
		return err
	}
	if n == 0 {
		return ent.ErrStale
	}
	if err := leave(tx, incoming(p)); err != nil {
		return err
	}
	return billing.Settle(tx, p.AccountID, money.Currency(p.Currency)) // arrears first (5.10)
}
