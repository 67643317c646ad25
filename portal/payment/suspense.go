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
	"portico/text"
)

// DecideSuspense credits or returns what waits of a top-up (3.5), and tells the
// owner. With a credit, an id that the channel told of the payer is accepted for
// the account. For the provider's finance, with the reason that the customer is
// shown; who paid, or has an interest in the account, never decides. Refusals:
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
		if err := disinterested(tx, waiting); err != nil {
			return nil, err
		}
		by := tx.Principal().ID
		for _, p := range waiting {
			if in.Decision == Credit {
				compared, _, err := compare(tx, p.AccountID, p.PayerName, "", tx.Now)
				if err != nil {
					return nil, err
				}
				if !compared {
					return nil, NoEntity.At("decision")
				}
				if err := accepted(tx, p, reason); err != nil {
					return nil, err
				}
			}
			if err := decide(tx, p, in.Decision, &reason, &by); err != nil {
				return nil, err
			}
		}
		if err := tellDecided(tx, waiting, in.Decision, reason); err != nil {
			return nil, err
		}
		tx.Detail("decision", in.Decision)
		tx.Detail("reason", reason)
		t, err := settle(tx, in.TopUpID)
		return &DecideSuspensePayload{TopUp: t}, err
	})
}

// disinterested refuses an operator who paid what waits, as far as names tell.
func disinterested(tx *ent.Tx, waiting []*db.Payment) error {
	if tx.Principal().Kind != authz.Person {
		return nil
	}
	by, err := tx.Person.Get(tx, tx.Principal().ID)
	if err != nil {
		return err
	}
	for _, p := range waiting {
		if name := text.Fold(p.PayerName); name != "" && name == text.Fold(by.Name) {
			return act.ConflictOfInterest.By("3.5").With("permission", authz.TopUpReview.Enum())
		}
	}
	return nil
}

// creditWaiting credits what waits of an account and belongs to it now.
func creditWaiting(tx *ent.Tx, accountID string) error {
	waiting, err := tx.Payment.Query().Where(entpayment.AccountID(accountID), entpayment.StateEQ(entpayment.StateSUSPENSE)).
		Order(db.Asc(entpayment.FieldID)).All(tx)
	if err != nil {
		return err
	}
	for _, p := range waiting {
		of, err := tx.TopUp.Get(tx, p.TopUpID)
		if err != nil {
			return err
		}
		_, belongs, err := compare(tx, accountID, p.PayerName, indexOf(p), of.CreatedAt)
		if err != nil {
			return err
		}
		if !belongs {
			continue
		}
		if err := decide(tx, p, Credit, nil, nil); err != nil {
			return err
		}
		if _, err := settle(tx, p.TopUpID); err != nil {
			return err
		}
	}
	return nil
}

// indexOf is the index of the channel's own id of who paid; empty for none.
func indexOf(p *db.Payment) string {
	if p.ChannelPayerIndex == nil {
		return ""
	}
	return *p.ChannelPayerIndex
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
