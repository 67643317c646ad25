package payment

import (
	"context"
	"errors"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/topup"
	"portico/money"
	"portico/portal/kernel/command"
	"portico/portal/kernel/naming"
)

// Completion is a payment in the sandbox.
type Completion struct {
	TopUpID, PayerName string
	// Amount is the amount paid; if nil, the amount of the top-up.
	Amount *money.Input
}

// CompletePayload is the payload of Complete, in the form in which command
// stores it.
type CompletePayload struct{ TopUp *db.TopUp }

const completeCommand = "completeSandboxPayment"

// Complete pays a top-up of the channel SANDBOX as a named payer. The channel
// signs a notification, which is checked and booked like that of any channel.
// For holders of top_up:start on the account, and for the platform's operators
// (sandbox:pay). Refusals: INVALID_INPUT, Foreign for a top-up of another
// channel.
func Complete(ctx context.Context, s *ent.Store, in Completion) (*CompletePayload, error) {
	perm := authz.TopUpStart
	if p := authz.From(ctx); p.IsOperator() && p.Operator.Has(authz.SandboxPay) {
		perm = authz.SandboxPay
	}
	return command.Do(ctx, s, command.Command{Name: completeCommand, Permission: perm,
		Object: in.TopUpID, Field: "topUpId", Input: in,
	}, func(tx *command.Tx) (*CompletePayload, error) {
		ch := Sandbox{s}
		d, err := ch.delivery(tx.Tx, in)
		if err != nil {
			return nil, err
		}
		read, err := ch.Read(d)
		if err != nil || len(read) != 1 {
			return nil, errors.Join(errors.New("payment: the sandbox's own signature is refused"), err)
		}
		t, err := receive(tx, read[0])
		return &CompletePayload{TopUp: t}, err
	})
}

// Deliver pays a top-up for the page of the sandbox's channel: it signs a
// notification and delivers it as any channel does. It needs no permission, as
// anybody may pay; it exists in the sandbox only. Refusals: those of
// [Complete], and NOT_FOUND.
func Deliver(ctx context.Context, s *ent.Store, in Completion) error {
	ch := Sandbox{s}
	ctx = asChannel(ctx, ch.Name())
	var d Delivery
	err := s.Write(ctx, func(tx *ent.Tx) error {
		var err error
		d, err = ch.delivery(tx, in)
		return err
	})
	if err != nil {
		return err
	}
	return errors.Join(Receive(ctx, s, ch, d)...)
}

// Bill reads a top-up for the page of the sandbox's channel; NOT_FOUND if it
// belongs to another channel.
func Bill(ctx context.Context, s *ent.Store, topUpID string) (*db.TopUp, error) {
	t, err := s.Read().TopUp.Query().Where(topup.ID(topUpID), topup.ChannelEQ(topup.ChannelSANDBOX)).
		Only(asChannel(ctx, topup.ChannelSANDBOX))
	if db.IsNotFound(err) {
		return nil, clause.NotFound
	}
	return t, err
}

// delivery returns the signed notification of a payment in the sandbox.
func (s Sandbox) delivery(tx *ent.Tx, in Completion) (Delivery, error) {
	t, err := tx.TopUp.Get(tx, in.TopUpID)
	if db.IsNotFound(err) {
		return Delivery{}, clause.NotFound.At("topUpId")
	}
	if err != nil {
		return Delivery{}, err
	}
	if t.Channel != topup.ChannelSANDBOX {
		return Delivery{}, Foreign.At("topUpId")
	}
	var check clause.Check
	payer, err := naming.Registered("payerName", in.PayerName)
	check.Add(err)
	amount := money.New(t.AmountMinor, money.Currency(t.Currency))
	if in.Amount != nil {
		if amount, err = in.Amount.Exact(); err != nil || amount.Sign() <= 0 {
			check.Add(clause.InvalidField("amount.amount", "须大于零，且小数位数不超过该币种的规定", "must be more than zero, with no more decimals than the currency has"))
		}
	}
	if err := check.Err(); err != nil {
		return Delivery{}, err
	}
	return s.Pay(t, payer, amount, tx.Now)
}
