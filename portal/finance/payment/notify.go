package payment

import (
	"context"
	"errors"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	entpayment "portico/ent/db/payment"
	"portico/ent/db/topup"
	"portico/portal/kernel/command"
	"portico/text"
)

// Receive takes a message of a channel: it checks the signature, then stores
// and books each notification in it ([Notify]), each in its own transaction.
// For the webhook and the import of statements. It acts as the channel. A wrong
// signature is audited and writes nothing else. Everything that is signed
// becomes a payment; one that can't be booked waits for an operator. It returns
// one error for each notification, nil if it counts, and a [LineError] for a
// line of a statement; for a refused signature it returns a single error.
func Receive(ctx context.Context, s *ent.Store, ch Channel, d Delivery) []error {
	ctx = asChannel(ctx, ch.Name())
	notifications, err := ch.Read(d)
	switch {
	case errors.Is(err, Unreadable):
		if len(notifications) == 0 { // not a statement
			notifications = []Notification{{Channel: ch.Name(), Digest: digest(d.Body), Raw: string(d.Body)}}
		}
		notifications[0] = notifications[0].unread(err)
	case err != nil:
		return []error{rejectSignature(ctx, s, ch.Name(), digest(d.Body), err)}
	}
	results := make([]error, len(notifications))
	for i, n := range notifications {
		_, results[i] = Notify(ctx, s, n)
		if results[i] != nil && n.Line > 0 {
			results[i] = &LineError{n.Line, results[i]}
		}
	}
	return results
}

// rejectSignature records in the audit a message that its channel didn't sign.
func rejectSignature(ctx context.Context, s *ent.Store, name topup.Channel, sum string, refusal error) error {
	_, err := command.Do(ctx, s, command.Command{Name: notifyCommand, Input: sum, Stranger: true}, func(tx *command.Tx) (*db.TopUp, error) {
		tx.AuditDetail("channel", name)
		tx.AuditDetail("digest", sum)
		return nil, refusal
	})
	return err
}

const notifyCommand = "notifyPayment"

// asChannel returns a context in which the channel acts, from the address of
// the request.
func asChannel(ctx context.Context, name topup.Channel) context.Context {
	p := authz.AsSystem("channel:" + string(name))
	if by := authz.From(ctx); by != nil {
		p.Address, p.Agent, p.Correlation = by.Address, by.Agent, by.Correlation
	}
	return authz.With(ctx, p)
}

// Notify stores a signed notification and books it (3.5): a payment once, at
// the signed amount, and what was sent back of it, regardless of repetitions
// and order. The money is credited if the payer is the account's legal entity,
// a payer whom the owner designated, or one whose id was accepted before.
// Otherwise it waits and the owner is notified; before the entity's approval it
// waits for the approval. A second payment of a top-up, a different amount and
// a late payment count too: they are money. Refusals, for payments that wait
// for an operator: Unknown, Foreign, Conflict, Unattributed, Outgoing,
// Unreadable. For [Receive] alone, which checks the signature.
func Notify(ctx context.Context, s *ent.Store, n Notification) (*db.TopUp, error) {
	return command.Do(asChannel(ctx, n.Channel), s, command.Command{Name: notifyCommand, Input: n},
		func(tx *command.Tx) (*db.TopUp, error) { return receive(tx, n) })
}

// receive is the step of Notify.
func receive(tx *command.Tx, n Notification) (*db.TopUp, error) {
	if n.TradeNumber == "" {
		n.TradeNumber = unnumbered(n.Raw)
	}
	tx.AuditDetail("channel", n.Channel)
	tx.AuditDetail("tradeNumber", n.TradeNumber)
	tx.AuditDetail("digest", n.Digest)
	if n.Amount.Sign() != 0 {
		tx.AuditDetail("amount", n.Amount.String())
	}
	if n.Line > 0 {
		tx.AuditDetail("line", n.Line)
	}
	t, err := referred(tx.Tx, n)
	if err != nil {
		return nil, err
	}
	if t != nil {
		tx.NoEarlier(t.CreatedAt)
	}
	p, err := tx.Payment.Query().Where(entpayment.Channel(string(n.Channel)), entpayment.TradeNumber(n.TradeNumber)).Only(tx)
	if db.IsNotFound(err) {
		p, err = begin(tx.Tx, t, n)
	}
	if err != nil {
		return nil, err
	}
	tx.AuditDetail("paymentId", p.ID)
	tx.NoEarlier(p.ReceivedAt)
	fresh, err := keepEvent(tx.Tx, p, n)
	if err != nil {
		return nil, err
	}
	if fresh {
		if p, err = merge(tx, p, t, n); err != nil {
			return nil, err
		}
	}
	tx.AuditObject(p.AccountID, p.ID)
	var of *db.TopUp
	if p.TopUpID != "" {
		tx.AuditObject(p.AccountID, p.TopUpID)
		if of, err = tx.TopUp.Get(tx, p.TopUpID); err != nil {
			return nil, err
		}
	}
	return of, verdict(tx.Tx, p, t, n)
}

// referred returns the top-up that a notification quotes; nil if there is none.
func referred(tx *ent.Tx, n Notification) (*db.TopUp, error) {
	if n.Reference == "" {
		return nil, nil
	}
	t, err := tx.TopUp.Query().Where(topup.PaymentReference(n.Reference)).Only(tx)
	if db.IsNotFound(err) {
		return nil, nil
	}
	return t, err
}

// suits reports whether a top-up was started for a notification's channel and
// currency. Trade numbers are unique in a channel over all accounts, so this is
// checked before the transaction is confined to one account.
func suits(t *db.TopUp, n Notification) bool {
	return t != nil && t.Channel == n.Channel && (n.Amount.IsZero() || t.Currency == n.Amount.Currency().String())
}

// begin writes the row of a payment at its first notification.
func begin(tx *ent.Tx, t *db.TopUp, n Notification) (*db.Payment, error) {
	create := tx.Payment.Create().SetAccountID("").SetTopUpID("").SetChannel(string(n.Channel)).SetTradeNumber(n.TradeNumber).
		SetAmountMinor(0).SetCurrency("").SetPayerName("").SetDigest(n.Digest).SetReceivedAt(tx.Now).
		SetState(entpayment.StateRETURNED).SetStatus(entpayment.StatusOPEN)
	if n.Reference != "" {
		create.SetReference(n.Reference)
	}
	if n.Refused == nil && suits(t, n) {
		create.SetAccountID(t.AccountID).SetTopUpID(t.ID).SetCurrency(t.Currency)
	}
	p, err := create.Save(tx)
	if ent.IsDuplicate(err) { // a concurrent duplicate came first: read again
		return nil, ent.ErrStale
	}
	return p, err
}

// conflicts reports whether a notification contradicts what is known of a
// payment.
func conflicts(tx *ent.Tx, p *db.Payment, t *db.TopUp, n Notification) bool {
	switch {
	case n.Question == WentOut: // an amended line of a statement
		return p.AmountMinor != 0 && n.Amount.Sign() != 0 && p.AmountMinor != n.Amount.Minor()
	case !n.Paid || unread(p):
		return false
	case p.AmountMinor != 0 && otherPayer(tx, p, n):
		return true
	case p.AmountMinor != 0 && (p.AmountMinor != n.Amount.Minor() || p.Currency != n.Amount.Currency().String()):
		return true
	case p.Reference == nil: // it quoted none, or the previous release booked it
		return p.TopUpID != "" && suits(t, n) && t.ID != p.TopUpID
	}
	return n.Reference != "" && n.Reference != *p.Reference
}

// otherPayer reports whether a notification gives another payer than is known,
// by the channel's id or by name. A notification without a payer contradicts
// nothing.
func otherPayer(tx *ent.Tx, p *db.Payment, n Notification) bool {
	id, known := (payerID{string(n.Channel), n.PayerID}).index(tx.Store()), indexOf(p)
	if id != "" && known != "" {
		return id != known
	}
	name, before := text.Fold(n.PayerName), text.Fold(p.PayerName)
	return name != "" && before != "" && name != before
}

// unread reports whether no notification of a payment was readable so far.
func unread(p *db.Payment) bool { return p.AccountID == "" && asked(p).has(NotReadable) }

// verdict returns the refusal that the channel, or the operator who imports a
// statement, gets for a payment that is not booked. What was stored stays.
func verdict(tx *ent.Tx, p *db.Payment, t *db.TopUp, n Notification) error {
	var refusal error
	switch {
	case n.Refused != nil && (p.AccountID == "" || !n.Paid):
		refusal = n.Refused
	case conflicts(tx, p, t, n):
		refusal = Conflict
	case p.AccountID != "" || !n.Paid:
		return nil
	case t == nil:
		refusal = Unknown
	default:
		refusal = Foreign
	}
	var r clause.Refusal
	if !errors.As(refusal, &r) {
		return refusal
	}
	return command.CommitRefusal(r)
}
