package payment

import (
	"portico/ent"
	"portico/ent/db"
	entpayment "portico/ent/db/payment"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
)

// creditWaiting credits the waiting payments of an account whose payers count
// now.
func creditWaiting(tx *command.Tx, accountID string) error {
	waiting, err := tx.Payment.Query().Where(entpayment.AccountID(accountID), entpayment.StateEQ(entpayment.StateSUSPENSE)).
		Order(db.Asc(entpayment.FieldID)).All(tx)
	if err != nil {
		return err
	}
	for _, p := range waiting {
		tx.NoEarlier(p.ReceivedAt)
		of, err := tx.TopUp.Get(tx, p.TopUpID)
		if err != nil {
			return err
		}
		_, belongs, err := compare(tx.Tx, accountID, p.PayerName, indexOf(p), of.CreatedAt)
		if err != nil {
			return err
		}
		if !belongs {
			continue
		}
		if _, err := leave(tx, p, Credit, nil); err != nil {
			return err
		}
	}
	return nil
}

// indexOf returns the blind index of the channel's own id of a payer; empty if
// there is none.
func indexOf(p *db.Payment) string {
	if p.ChannelPayerIndex == nil {
		return ""
	}
	return *p.ChannelPayerIndex
}

// leave ends the waiting of a payment, on condition that it still waits, for
// the part that its channel didn't send back. Without a reason, the payment was
// matched.
func leave(tx *command.Tx, p *db.Payment, d PaymentDecision, reason *string) (*db.Payment, error) {
	state, booked := entpayment.StateCREDITED, ledger.ReleaseSuspense
	if d == Return {
		state, booked = entpayment.StateRETURNED, ledger.ReturnSuspense
	}
	amount := incoming(p)
	p, err := change(tx.Tx, p, func(u *db.PaymentUpdate) error {
		decided(tx.Tx, u.SetState(state).SetDecidedAt(tx.Now), reason)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := booked(tx.Tx, amount); err != nil {
		return nil, err
	}
	return p, spread(tx, p)
}

// decided sets who decided, and the reason that is shown to the customer.
func decided(tx *ent.Tx, u *db.PaymentUpdate, reason *string) {
	if reason != nil {
		u.SetDecidedAt(tx.Now).SetReason(*reason).SetDecidedBy(tx.Principal().ID)
	}
}
