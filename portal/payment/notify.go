package payment

import (
	"context"
	"errors"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	entpayment "portico/ent/db/payment"
	"portico/ent/db/topup"
	"portico/money"
	"portico/portal/act"
	"portico/portal/billing"
	"portico/portal/ledger"
)

// Receive is the way in of everything that a channel sends: it checks the
// signature and books each payment that was signed ([Notify]), each in its own
// transaction. For the webhook and for whoever imports a statement; it acts as
// the channel. A refusal is audited and writes nothing else; what was signed and
// can't be booked is kept there, sealed. The errors are one a payment, nil where
// it counts, a [LineError] for a line of a statement; a refused signature is a
// single one.
func Receive(ctx context.Context, s *ent.Store, ch Channel, d Delivery) []error {
	ctx = asChannel(ctx, ch.Name())
	notifications, err := ch.Read(d)
	if err != nil {
		raw := ""
		if errors.Is(err, Unreadable) { // it is the channel's word
			raw = string(d.Body)
		}
		return []error{refuse(ctx, s, Notification{Channel: ch.Name(), Digest: digest(d.Body), Refused: err, Raw: raw})}
	}
	results := make([]error, len(notifications))
	for i, n := range notifications {
		if n.Refused != nil {
			results[i] = refuse(ctx, s, n)
		} else {
			_, results[i] = Notify(ctx, s, n)
		}
		if results[i] != nil && n.Line > 0 {
			results[i] = &LineError{n.Line, results[i]}
		}
	}
	return results
}

// notificationColumn is what a notification that can't be booked is sealed for.
const notificationColumn = "audit.notification"

// refuse keeps in the audit that a notification, or a line of a statement, can't
// be booked, and what it said.
func refuse(ctx context.Context, s *ent.Store, n Notification) error {
	if errors.Is(n.Refused, Outgoing) { // nothing came in
		return n.Refused
	}
	_, err := act.Do(ctx, s, act.Command{Name: notifyCommand, Input: n.Digest, Stranger: n.Raw == "" && n.Line == 0}, func(tx *ent.Tx) (*db.TopUp, error) {
		tx.Detail("channel", n.Channel)
		tx.Detail("digest", n.Digest)
		if n.Line > 0 {
			tx.Detail("line", n.Line)
		}
		if n.Raw != "" {
			sealed, err := tx.Store().Seal(notificationColumn, n.Raw)
			if err != nil {
				return nil, err
			}
			tx.Detail("sealed", sealed)
		}
		return nil, n.Refused
	})
	return err
}

const notifyCommand = "notifyPayment"

// asChannel lets the channel act, from where the request came.
func asChannel(ctx context.Context, name topup.Channel) context.Context {
	p := authz.AsSystem("channel:" + string(name))
	if by := authz.From(ctx); by != nil {
		p.Address, p.Agent, p.Correlation = by.Address, by.Agent, by.Correlation
	}
	return authz.With(ctx, p)
}

// Notify books a payment that its channel signed (3.5): once, at the signed
// amount, whatever is told how often and in whatever order. The money reaches
// the balance if the payer is the account's legal entity, or somebody whom the
// owner designated, or whose id was accepted before; else it waits, which the
// owner is told, and before the entity's approval for that. A second payment of the same top-up, another
// amount than asked for, and one that comes late count too: they are money.
// Refusals: Unknown, Foreign, Conflict. For [Receive] alone: the signature was
// checked there.
func Notify(ctx context.Context, s *ent.Store, n Notification) (*db.TopUp, error) {
	return act.Do(asChannel(ctx, n.Channel), s, act.Command{Name: notifyCommand, Input: n},
		func(tx *ent.Tx) (*db.TopUp, error) { return receive(tx, n) })
}

// receive is Notify's step.
func receive(tx *ent.Tx, n Notification) (*db.TopUp, error) {
	tx.Detail("channel", n.Channel)
	tx.Detail("tradeNumber", n.TradeNumber)
	tx.Detail("amount", n.Amount.String())
	tx.Detail("digest", n.Digest)
	t, err := tx.TopUp.Query().Where(topup.PaymentReference(n.Reference)).Only(tx)
	if db.IsNotFound(err) {
		return nil, Unknown
	}
	if err != nil {
		return nil, err
	}
	tx.On(t.AccountID, t.ID)
	if t.Channel != n.Channel || t.Currency != n.Amount.Currency().String() {
		return nil, Foreign
	}
	told, err := toldBefore(tx, t, n)
	if told || err != nil {
		return t, err
	}
	tx = tx.Within(t.AccountID)
	p, err := payment(tx, t, n)
	if err != nil {
		return nil, err
	}
	if p.State == entpayment.StateCREDITED {
		err = ledger.Credit(tx, incoming(p))
	} else if err = ledger.ToSuspense(tx, incoming(p)); err == nil {
		err = tellWaiting(tx, t, p)
	}
	if err != nil {
		return nil, err
	}
	if err := billing.Settle(tx, p.AccountID, n.Amount.Currency()); err != nil { // arrears first (5.10)
		return nil, err
	}
	return settle(tx, t.ID)
}

// toldBefore tells whether the trade number is booked; if it is, it must have
// been for the same. Trade numbers are unique in a channel over all accounts, so
// it is asked before the transaction is confined to one.
func toldBefore(tx *ent.Tx, t *db.TopUp, n Notification) (bool, error) {
	old, err := tx.Payment.Query().
		Where(entpayment.Channel(string(n.Channel)), entpayment.TradeNumber(n.TradeNumber)).Only(tx)
	if db.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if old.TopUpID != t.ID || old.AmountMinor != n.Amount.Minor() || old.Currency != n.Amount.Currency().String() {
		return false, Conflict
	}
	return true, nil
}

// payment writes the payment's row with the state that its payer gives it.
func payment(tx *ent.Tx, t *db.TopUp, n Notification) (*db.Payment, error) {
	id := payerID{string(n.Channel), n.PayerID}
	compared, belongs, err := compare(tx, t.AccountID, n.PayerName, id.index(tx.Store()), t.CreatedAt)
	if err != nil {
		return nil, err
	}
	create := tx.Payment.Create().SetAccountID(t.AccountID).SetTopUpID(t.ID).SetChannel(string(n.Channel)).
		SetTradeNumber(n.TradeNumber).SetAmountMinor(n.Amount.Minor()).SetCurrency(t.Currency).
		SetPayerName(n.PayerName).SetDigest(n.Digest).SetReceivedAt(tx.Now).SetState(entpayment.StateSUSPENSE)
	if n.PayerID != "" {
		sealed, err := tx.Store().Seal(payerColumn, n.PayerID)
		if err != nil {
			return nil, err
		}
		create.SetChannelPayer(sealed).SetChannelPayerIndex(id.index(tx.Store()))
	}
	if belongs {
		create.SetState(entpayment.StateCREDITED)
	}
	if compared {
		create.SetDecidedAt(tx.Now)
	}
	p, err := create.Save(tx)
	if ent.IsDuplicate(err) { // told twice at once: look again
		return nil, ent.ErrStale
	}
	return p, err
}

func incoming(p *db.Payment) ledger.Incoming {
	return ledger.Incoming{AccountID: p.AccountID, Channel: p.Channel, TopUpID: p.TopUpID, PaymentID: p.ID,
		Amount: money.New(p.AmountMinor, money.Currency(p.Currency))}
}

// settle makes a top-up say what became of its payments. It comes after the
// booking: two payments of one top-up meet at the account's balance, so the
// later one sees both.
func settle(tx *ent.Tx, topUpID string) (*db.TopUp, error) {
	payments, err := tx.Payment.Query().Where(entpayment.TopUpID(topUpID)).
		Order(db.Asc(entpayment.FieldReceivedAt, entpayment.FieldID)).All(tx)
	if err != nil {
		return nil, err
	}
	status, paid := topup.StatusRETURNED, int64(0)
	for _, p := range payments {
		paid += p.AmountMinor
		switch {
		case p.State == entpayment.StateSUSPENSE:
			status = topup.StatusSUSPENSE
		case p.State == entpayment.StateCREDITED && status == topup.StatusRETURNED:
			status = topup.StatusCREDITED
		}
	}
	t, err := tx.TopUp.Get(tx, topUpID)
	if err != nil {
		return nil, err
	}
	last := payments[len(payments)-1]
	update := tx.TopUp.UpdateOne(t).SetStatus(status).SetPaidMinor(paid).ClearPayerName().ClearChannelPayer()
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
