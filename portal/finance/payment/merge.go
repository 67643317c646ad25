package payment

import (
	"slices"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	entpayment "portico/ent/db/payment"
	"portico/ent/db/predicate"
	"portico/ent/db/topup"
	"portico/money"
	"portico/portal/finance/billing"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
)

// merge adds a notification to a payment, and books what follows from it.
// Notifications only add information, so their order makes no difference, and a
// repeated one changes nothing.
func merge(tx *command.Tx, p *db.Payment, t *db.TopUp, n Notification) (*db.Payment, error) {
	refunded, open, err := combined(tx.Tx, p, t, n)
	if err != nil {
		return nil, err
	}
	known := p.AmountMinor
	conflict := conflicts(tx.Tx, p, t, n)
	lost := statusIs(p, entpayment.StatusOPEN) && (conflict || n.Paid && !suits(t, n))
	p, err = change(tx.Tx, p, func(u *db.PaymentUpdate) error {
		u.SetWords(stateWord(n.Words)).SetRefundedMinor(refunded)
		if p.Reference == nil && n.Reference != "" {
			u.SetReference(n.Reference)
		}
		if n.Remark != "" {
			u.SetRemark(n.Remark)
		}
		if lost && p.AccountID != "" { // announced for one top-up, but paid for another, for none, or in another currency
			u.SetTopUpID("").SetStatus(entpayment.StatusUNATTRIBUTED).SetAccountID("")
		}
		if (n.Paid && !conflict || p.AccountID == "" && n.Refused != nil || lost) && (known == 0 || unread(p)) {
			if err := paid(tx.Tx, u, n); err != nil {
				return err
			}
		}
		ask(u, open)
		if p.AccountID == "" && len(open) > 0 && statusIs(p, entpayment.StatusOPEN) {
			u.SetStatus(entpayment.StatusUNATTRIBUTED)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if n.Paid && n.Refused == nil && !conflict && suits(t, n) && (statusIs(p, entpayment.StatusOPEN) || statusIs(p, entpayment.StatusUNATTRIBUTED)) {
		if p, err = arrive(tx, p, t); err != nil {
			return nil, err
		}
	}
	return sendBack(tx, p)
}

// combined returns the refunded amount of a payment after this notification,
// and the open questions for an operator. Earlier questions stay, unless the
// notification answers them.
func combined(tx *ent.Tx, p *db.Payment, t *db.TopUp, n Notification) (refunded int64, open questions, err error) {
	refunded, odd, err := sentBack(tx, p, n)
	if err != nil {
		return 0, nil, err
	}
	open = asked(p)
	booked := p.AmountMinor > 0 || n.Paid
	conflict := conflicts(tx, p, t, n) || odd
	unowned := p.AccountID == "" || statusIs(p, entpayment.StatusOPEN) && !suits(t, n)
	if booked {
		open = open.drop(RefundEarly)
	}
	if refunded > 0 {
		open = open.drop(RefundUntold)
	}
	if n.Paid && unread(p) {
		open = open.drop(NotReadable)
	}
	switch {
	case !n.Paid || !unowned || conflict || slices.Contains(ownership, n.Question):
	case p.AccountID == "" && (p.Status == nil || statusIs(p, entpayment.StatusNOTED)): // came again after it was decided
		conflict = true
	case n.Reference == "":
		open = open.ask(NoReference)
	case t == nil:
		open = open.ask(UnknownReference)
	case !suits(t, n):
		open = open.ask(OtherTopUp)
	}
	if n.Question != "" && (n.Question != RefundUntold || refunded == 0) {
		open = open.ask(n.Question)
	}
	if conflict || n.Ended && !n.Paid && p.AmountMinor > 0 && refunded < p.AmountMinor || booked && refunded > max(p.AmountMinor, n.Amount.Minor()) {
		open = open.ask(Conflicting)
	}
	if refunded > 0 && !booked {
		open = open.ask(RefundEarly)
	}
	return refunded, open, nil
}

// sentBack returns the refunded amount of a payment after this notification. A
// stated total is a lower bound. Numbered refunds are summed if they are in the
// payment's currency. It reports odd if the amounts contradict each other. A
// refund that arrives after an operator decided on a larger amount may or may
// not be part of that amount: unless the sums agree, it is odd too.
func sentBack(tx *ent.Tx, p *db.Payment, n Notification) (refunded int64, odd bool, err error) {
	refunded = p.RefundedMinor
	if n.RefundNumber == "" && !asked(p).has(RefundEarly) {
		return max(refunded, n.Refunded.Minor()), false, nil
	}
	sum, one, odd, err := refundsOf(tx, p, n)
	if err != nil {
		return 0, false, err
	}
	if p.AmountMinor == 0 && (one != 0 || sum > 0 || odd) { // its currency was unknown
		refunded = 0
	}
	if one > 0 && refunded > sum-one && sum != refunded {
		odd = true
	}
	if n.RefundNumber == "" {
		refunded = max(refunded, n.Refunded.Minor())
	}
	return max(refunded, sum), odd, nil
}

// paid sets the payer and the amount.
func paid(tx *ent.Tx, u *db.PaymentUpdate, n Notification) error {
	u.SetPayerName(n.PayerName)
	if n.Amount.Currency() != "" {
		u.SetAmountMinor(n.Amount.Minor()).SetCurrency(n.Amount.Currency().String())
	}
	if !n.PaidAt.IsZero() {
		u.SetPaidAt(n.PaidAt.UTC())
	}
	if n.PayerID == "" {
		return nil
	}
	sealed, err := tx.Store().Seal(payerColumn, n.PayerID)
	u.SetChannelPayer(sealed).SetChannelPayerIndex(payerID{string(n.Channel), n.PayerID}.index(tx.Store()))
	return err
}

func statusIs(p *db.Payment, s entpayment.Status) bool { return p.Status != nil && *p.Status == s }

// change updates a payment on condition that nobody changed it in the meantime,
// and reads it again.
func change(tx *ent.Tx, p *db.Payment, set func(u *db.PaymentUpdate) error) (*db.Payment, error) {
	where := []predicate.Payment{entpayment.ID(p.ID), entpayment.Version(p.Version), entpayment.StateEQ(p.State)}
	u := tx.Payment.Update().Where(where...).AddVersion(1)
	if err := set(u); err != nil {
		return nil, err
	}
	n, err := u.Save(tx)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, ent.ErrStale
	}
	return tx.Payment.Get(authz.Widen(tx), p.ID) // the update may have given it its account
}

// belongsTo assigns an unattributed payment to its account, once.
func belongsTo(u *db.PaymentUpdate, p *db.Payment, accountID string) {
	if p.AccountID == "" {
		u.SetAccountID(accountID)
	}
}

// arrive books a payment for a top-up: to the balance if its payer is known,
// otherwise to suspense. The payer is compared with the names of the time at
// which the top-up was started.
func arrive(tx *command.Tx, p *db.Payment, t *db.TopUp) (*db.Payment, error) {
	within := tx.Within(t.AccountID)
	compared, belongs, err := compare(within.Tx, t.AccountID, p.PayerName, indexOf(p), t.CreatedAt)
	if err != nil {
		return nil, err
	}
	p, err = change(tx.Tx, p, func(u *db.PaymentUpdate) error {
		belongsTo(u, p, t.AccountID)
		u.SetTopUpID(t.ID).ClearStatus().SetState(entpayment.StateSUSPENSE)
		if belongs {
			u.SetState(entpayment.StateCREDITED)
		}
		if compared {
			u.SetDecidedAt(tx.Now)
		}
		ask(u, asked(p).drop(ownership...).drop(NotReadable, RefundEarly))
		return nil
	})
	if err != nil {
		return nil, err
	}
	if p.State == entpayment.StateCREDITED {
		err = ledger.Credit(within.Tx, incoming(p))
	} else if err = ledger.ToSuspense(within.Tx, incoming(p)); err == nil {
		err = notifyWaiting(within.Tx, t, p)
	}
	if err != nil {
		return nil, err
	}
	return p, spread(within, p)
}

// spread applies the effects of incoming or returned money: first it pays
// arrears (5.10), then what refunds left owing; then it updates the top-up.
func spread(tx *command.Tx, p *db.Payment) error {
	if err := billing.SettleArrears(tx, p.AccountID, money.Currency(p.Currency)); err != nil {
		return err
	}
	if p.State == entpayment.StateCREDITED {
		if err := recoverOwed(tx.Tx, p.AccountID, p.Currency); err != nil {
			return err
		}
	}
	_, err := updateTopUp(tx.Tx, p.TopUpID)
	return err
}

// incoming returns the part of a payment that was not sent back.
func incoming(p *db.Payment) ledger.Incoming {
	return part(p, p.AmountMinor-p.ReversedMinor)
}

func part(p *db.Payment, minor int64) ledger.Incoming {
	return ledger.Incoming{AccountID: p.AccountID, Channel: p.Channel, TopUpID: p.TopUpID, PaymentID: p.ID,
		Amount: money.New(minor, money.Currency(p.Currency))}
}

// updateTopUp sets the status of a top-up from its payments. It follows the
// booking: two payments of one top-up conflict on the account's balance row, so
// the later transaction sees both.
func updateTopUp(tx *ent.Tx, topUpID string) (*db.TopUp, error) {
	payments, err := tx.Payment.Query().Where(entpayment.TopUpID(topUpID), entpayment.AmountMinorGT(0)).
		Order(db.Asc(entpayment.FieldReceivedAt, entpayment.FieldID)).All(tx)
	if err != nil {
		return nil, err
	}
	t, err := tx.TopUp.Get(tx, topUpID)
	if err != nil || len(payments) == 0 {
		return t, err
	}
	status, sum := topup.StatusRETURNED, int64(0)
	for _, p := range payments {
		sum += p.AmountMinor
		switch {
		case p.State == entpayment.StateSUSPENSE:
			status = topup.StatusSUSPENSE
		case p.State == entpayment.StateCREDITED && status == topup.StatusRETURNED:
			status = topup.StatusCREDITED
		}
	}
	last := payments[len(payments)-1]
	update := tx.TopUp.UpdateOne(t).SetStatus(status).SetPaidMinor(sum).ClearPayerName().ClearChannelPayer()
	if last.PayerName != "" {
		update.SetPayerName(last.PayerName)
	}
	if indexOf(last) != "" {
		update.SetChannelPayer(*last.ChannelPayer)
	}
	if status == topup.StatusCREDITED && t.CreditedAt == nil {
		update.SetCreditedAt(tx.Now)
	}
	return update.Save(tx)
}
