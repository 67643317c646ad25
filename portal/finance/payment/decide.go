package payment

import (
	"context"
	"fmt"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	entpayment "portico/ent/db/payment"
	"portico/ent/db/topup"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
)

// DecidePayment decides about one payment (3.5) and notifies the owner, with
// the reason. A waiting payment is credited or returned; a credit also accepts
// the payer's id of the channel for the account. An unattributed payment is
// attributed to an account or a top-up, after which it counts or waits like any
// other payment; or it is returned, or noted as not the portal's. Money that
// the channel sent back without stating so clearly is refunded, and the spent
// part of a refund is waived. For the provider's finance staff who neither paid
// nor have an interest in the account. Refusals: INVALID_INPUT without a
// reason, NotWaiting if the payment doesn't wait for this decision, NoEntity
// for a credit before the legal entity is approved, Foreign for an account of
// another currency, NOT_FOUND.
func DecidePayment(ctx context.Context, s *ent.Store, in DecidePaymentInput) (*DecidePaymentPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "decidePayment", Permission: authz.TopUpReview,
		Object: in.PaymentID, Field: "paymentId", Input: in,
	}, func(tx *command.Tx) (*DecidePaymentPayload, error) {
		reason, err := words("reason", in.Reason, maxWords)
		var check clause.Check
		check.Add(err)
		check.Add(in.fits())
		if err := check.Err(); err != nil {
			return nil, err
		}
		p := tx.Found().(*db.Payment)
		tx.NoEarlier(p.ReceivedAt)
		if err := command.Uninvolved(tx.Tx, authz.TopUpReview, p.PayerName); err != nil {
			return nil, err
		}
		tx.AuditDetail("decision", in.Decision)
		tx.AuditDetail("reason", reason)
		decide, ok := decisions[in.Decision]
		if !ok {
			return nil, NotWaiting.At("decision")
		}
		p, err = decide(tx, p, in, reason)
		if err != nil {
			return nil, err
		}
		tx.AuditObject(p.AccountID, p.ID)
		if p.AccountID == "" {
			return &DecidePaymentPayload{Payment: p}, nil
		}
		return &DecidePaymentPayload{Payment: p}, notifyDecided(tx.Within(p.AccountID).Tx, p, in.Decision, reason)
	})
}

// fits refuses fields that don't belong to the decision: an amount given with
// RETURN would otherwise be ignored, and the whole payment returned.
func (in DecidePaymentInput) fits() error {
	var check clause.Check
	for _, f := range []struct {
		name  string
		given bool
		of    PaymentDecision
	}{
		{"accountId", in.AccountID != nil, Attribute}, {"topUpId", in.TopUpID != nil, Attribute},
		{"refundOf", in.RefundOf != nil, Refund}, {"amount", in.Amount != nil, Refund},
	} {
		if f.given && in.Decision != f.of {
			check.Add(clause.InvalidField(f.name, "仅在决定为 "+string(f.of)+" 时填写", "can only be given with the decision "+string(f.of)))
		}
	}
	return check.Err()
}

// decisions holds the function of each decision. It returns the changed
// payment.
var decisions = map[PaymentDecision]func(tx *command.Tx, p *db.Payment, in DecidePaymentInput, reason string) (*db.Payment, error){
	Credit: creditOne, Return: returnOne, Attribute: attribute, Note: note, Refund: refund, Waive: waive,
}

func creditOne(tx *command.Tx, p *db.Payment, _ DecidePaymentInput, reason string) (*db.Payment, error) {
	if p.State != entpayment.StateSUSPENSE {
		return nil, NotWaiting.At("paymentId")
	}
	compared, _, err := compare(tx.Tx, p.AccountID, p.PayerName, "", tx.Now)
	if err != nil {
		return nil, err
	}
	if !compared {
		return nil, NoEntity.At("decision")
	}
	if err := accepted(tx.Tx, p, reason); err != nil {
		return nil, err
	}
	return leave(tx, p, Credit, &reason)
}

// unattributed reports whether an operator must decide whom a payment belongs
// to. This includes a payment that was noted as not ours and has come again
// since.
func unattributed(p *db.Payment) bool {
	return p.AmountMinor > 0 && (statusIs(p, entpayment.StatusUNATTRIBUTED) || statusIs(p, entpayment.StatusNOTED) && p.Questioned)
}

func returnOne(tx *command.Tx, p *db.Payment, _ DecidePaymentInput, reason string) (*db.Payment, error) {
	switch {
	case p.State == entpayment.StateSUSPENSE:
		return leave(tx, p, Return, &reason)
	case unattributed(p):
		return change(tx.Tx, p, func(u *db.PaymentUpdate) error {
			decided(tx.Tx, u.ClearStatus(), &reason)
			ask(u, asked(p).owned())
			return nil
		})
	}
	return nil, NotWaiting.At("paymentId")
}

// attribute assigns an unattributed payment to an account. Without a top-up it
// creates one, so that the customer finds the payment among its own.
func attribute(tx *command.Tx, p *db.Payment, in DecidePaymentInput, reason string) (*db.Payment, error) {
	if !unattributed(p) {
		return nil, NotWaiting.At("paymentId")
	}
	all := authz.Widen(tx)
	var t *db.TopUp
	var accountID string
	switch {
	case (in.TopUpID == nil) == (in.AccountID == nil):
		return nil, clause.InvalidField("accountId", "账户与充值须填写其中一项，且只能填写一项", "either an account or a top-up must be given, not both")
	case in.TopUpID != nil:
		var err error
		if t, err = tx.TopUp.Query().Where(topup.ID(*in.TopUpID)).Only(all); db.IsNotFound(err) {
			return nil, clause.NotFound.At("topUpId")
		} else if err != nil {
			return nil, err
		}
		accountID = t.AccountID
	default:
		accountID = *in.AccountID
	}
	a, err := tx.Account.Get(all, accountID)
	if db.IsNotFound(err) {
		return nil, clause.NotFound.At("accountId")
	}
	if err != nil {
		return nil, err
	}
	if err := command.Impartial(tx.Tx, authz.TopUpReview, a.ID); err != nil {
		return nil, err
	}
	if a.Currency != p.Currency || t != nil && t.Currency != p.Currency {
		return nil, Foreign.At("accountId")
	}
	within := tx.Within(a.ID)
	if t == nil {
		t, err = within.TopUp.Create().SetID(ent.NewID("topu")).SetAccountID(a.ID).SetPaymentReference(newReference()).
			SetAmountMinor(p.AmountMinor).SetCurrency(p.Currency).SetChannel(topup.Channel(p.Channel)).SetStatus(topup.StatusPENDING).
			SetStartedBy(tx.Principal().ID).SetCreatedAt(tx.Now).SetExpiresAt(tx.Now).Save(within)
		if err != nil {
			return nil, err
		}
	}
	p, err = change(tx.Tx, p, func(u *db.PaymentUpdate) error {
		u.SetReason(reason).SetDecidedBy(tx.Principal().ID)
		ask(u, asked(p).owned())
		return nil
	})
	if err != nil {
		return nil, err
	}
	if p, err = arrive(tx, p, t); err != nil {
		return nil, err
	}
	return sendBack(within, p)
}

// note records that nothing is to be done about a payment: it isn't the
// portal's, or the first question about it is answered. Any further question is
// asked after that.
func note(tx *command.Tx, p *db.Payment, _ DecidePaymentInput, reason string) (*db.Payment, error) {
	if q := asked(p).first(); q == "" || q == NotCovered {
		return nil, NotWaiting.At("paymentId")
	}
	return change(tx.Tx, p, func(u *db.PaymentUpdate) error {
		left := asked(p).noted()
		if statusIs(p, entpayment.StatusUNATTRIBUTED) && len(left) == 0 {
			u.SetStatus(entpayment.StatusNOTED)
		}
		decided(tx.Tx, u, &reason)
		ask(u, left)
		return nil
	})
}

// refund records that money of a payment was sent back without a clear message
// of its channel. A line of outgoing money names the payment that it sent back.
func refund(tx *command.Tx, p *db.Payment, in DecidePaymentInput, reason string) (*db.Payment, error) {
	if !p.Questioned {
		return nil, NotWaiting.At("paymentId")
	}
	of, most := p, p.AmountMinor-p.RefundedMinor
	if asked(p).first() == WentOut {
		if in.RefundOf == nil {
			return nil, clause.InvalidField("refundOf", "须填写该支出所退回的付款", "is required: the payment that this money sends back")
		}
		if in.Amount != nil {
			return nil, clause.InvalidField("amount", "无需填写：退回金额即该笔支出的金额", "can't be given here: the whole outgoing amount is the refund")
		}
		var err error
		of, err = tx.Payment.Query().Where(entpayment.ID(*in.RefundOf)).Only(authz.Widen(tx))
		if db.IsNotFound(err) || err == nil && of.AccountID == "" {
			return nil, clause.NotFound.At("refundOf")
		}
		if err != nil {
			return nil, err
		}
		if err := command.Impartial(tx.Tx, authz.TopUpReview, of.AccountID); err != nil {
			return nil, err
		}
		if of.Channel != p.Channel || of.Currency != p.Currency {
			return nil, Foreign.At("refundOf")
		}
		if most = -p.AmountMinor; most > of.AmountMinor-of.RefundedMinor {
			return nil, NotWaiting.At("refundOf")
		}
		if p, err = note(tx, p, in, reason); err != nil {
			return nil, err
		}
	}
	if of.Status != nil || of.State == entpayment.StateRETURNED || most <= 0 {
		return nil, NotWaiting.At("paymentId")
	}
	back := most
	if in.Amount != nil {
		given, err := in.Amount.Exact()
		if err != nil || given.Currency() != money.Currency(of.Currency) || given.Sign() <= 0 || given.Minor() > most {
			return nil, clause.InvalidField("amount", "须大于零，且不超过尚未退回的金额", "must be more than zero and at most the amount that was not sent back")
		}
		back = given.Minor()
	}
	within := tx.Within(of.AccountID)
	after, err := change(within.Tx, of, func(u *db.PaymentUpdate) error {
		decided(tx.Tx, u.AddRefundedMinor(back), &reason)
		ask(u, asked(of).noted())
		return nil
	})
	if err != nil {
		return nil, err
	}
	if after, err = sendBack(within, after); err != nil || of == tx.Found() {
		return after, err
	}
	return p, notifyDecided(within.Tx, after, Refund, reason)
}

// waive lets the provider bear the part of a refund that the customer had
// spent.
func waive(tx *command.Tx, p *db.Payment, _ DecidePaymentInput, reason string) (*db.Payment, error) {
	if p.UncoveredMinor == 0 {
		return nil, NotWaiting.At("paymentId")
	}
	if err := ledger.Waive(tx.Tx, part(p, p.UncoveredMinor), fmt.Sprint(p.ID, ":", p.Version)); err != nil {
		return nil, err
	}
	return change(tx.Tx, p, func(u *db.PaymentUpdate) error {
		decided(tx.Tx, u.SetUncoveredMinor(0), &reason)
		ask(u, asked(p).drop(NotCovered))
		return nil
	})
}
