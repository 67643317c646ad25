package payment

import (
	"fmt"

	"portico/ent"
	"portico/ent/db"
	entpayment "portico/ent/db/payment"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
)

// sendBack books the returned part of a payment that isn't booked yet (3.5),
// from what waits or from the free cash. What the customer has spent of it is
// owed and taken from the next incoming money, unless an operator waives it.
func sendBack(tx *command.Tx, p *db.Payment) (*db.Payment, error) {
	due := min(p.RefundedMinor, p.AmountMinor) - p.ReversedMinor
	whole := p.AmountMinor > 0 && p.RefundedMinor >= p.AmountMinor
	switch {
	case statusIs(p, entpayment.StatusUNATTRIBUTED) && whole: // nothing of it is booked, and nothing is left
		return change(tx.Tx, p, func(u *db.PaymentUpdate) error {
			ask(u.SetStatus(entpayment.StatusREFUNDED), asked(p).drop(ownership...).drop(NotReadable, RefundEarly, RefundUntold))
			return nil
		})
	case due <= 0 || p.Status != nil || p.State == entpayment.StateRETURNED: // the channel's refund of a payment that an operator returned
		return p, nil
	}
	within, of := tx.Within(p.AccountID), part(p, due)
	missing, cause := money.Zero(of.Amount.Currency()), fmt.Sprint(p.ID, ":", p.ReversedMinor)
	var err error
	if p.State == entpayment.StateSUSPENSE {
		err = ledger.RefundWaiting(within.Tx, of, cause)
	} else {
		missing, err = ledger.RefundCredited(within.Tx, of, cause)
	}
	if err != nil {
		return nil, err
	}
	p, err = change(within.Tx, p, func(u *db.PaymentUpdate) error {
		u.AddReversedMinor(due).AddUncoveredMinor(missing.Minor())
		if whole {
			u.SetState(entpayment.StateRETURNED).SetStatus(entpayment.StatusREFUNDED)
		}
		if !missing.IsZero() {
			ask(u, asked(p).ask(NotCovered))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	tx.AuditDetail("sentBack", of.Amount.String())
	if err := notifySentBack(within.Tx, p, of.Amount, missing); err != nil {
		return nil, err
	}
	return p, spread(within, p)
}

// recoverOwed takes what refunds left owing from the free cash, the oldest
// first, after arrears are paid (5.10).
func recoverOwed(tx *ent.Tx, accountID, currency string) error {
	owing, err := tx.Payment.Query().Where(entpayment.AccountID(accountID), entpayment.UncoveredMinorGT(0), entpayment.Currency(currency)).
		Order(db.Asc(entpayment.FieldReceivedAt, entpayment.FieldID)).Limit(batch).All(tx)
	if err != nil {
		return err
	}
	for _, p := range owing {
		taken, err := ledger.Recover(tx, part(p, p.UncoveredMinor), fmt.Sprint(p.ID, ":", p.Version))
		if err != nil || taken.IsZero() {
			return err
		}
		_, err = change(tx, p, func(u *db.PaymentUpdate) error {
			if u.AddUncoveredMinor(-taken.Minor()); taken.Minor() == p.UncoveredMinor {
				ask(u, asked(p).drop(NotCovered))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
