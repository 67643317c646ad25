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

// Receive is the way in of everything that a channel sends: it checks the
// signature, and keeps and books each thing that was signed ([Notify]), each in
// its own transaction. For the webhook and for whoever imports a statement; it
// acts as the channel. A wrong signature is audited and writes nothing else.
// Whatever was signed is a payment from then on; what can't be booked waits there
// for an operator. The errors are one a thing signed, nil where it counts, a
// [LineError] for a line of a statement; a refused signature is a single one.
func Receive(ctx context.Context, s *ent.Store, ch Channel, d Delivery) []error {
	ctx = asChannel(ctx, ch.Name())
	notifications, err := ch.Read(d)
	switch {
	case errors.Is(err, Unreadable):
		if len(notifications) == 0 { // a statement that isn't one
			notifications = []Notification{{Channel: ch.Name(), Digest: digest(d.Body), Raw: string(d.Body)}}
		}
		notifications[0] = notifications[0].unread(err)
	case err != nil:
		return []error{disbelieve(ctx, s, ch.Name(), digest(d.Body), err)}
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

// disbelieve keeps in the audit that somebody sent what its channel didn't sign.
func disbelieve(ctx context.Context, s *ent.Store, name topup.Channel, sum string, refusal error) error {
	_, err := command.Do(ctx, s, command.Command{Name: notifyCommand, Input: sum, Stranger: true}, func(tx *command.Tx) (*db.TopUp, error) {
		tx.AuditDetail("channel", name)
		tx.AuditDetail("digest", sum)
		return nil, refusal
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

// Notify keeps what a channel signed, and books it (3.5): a payment once, at the
// signed amount, and what of it went back, whatever is told how often and in
// whatever order. The money reaches the balance if the payer is the account's
// legal entity, or somebody whom the owner designated, or whose id was accepted
// before; else it waits, which the owner is told, and before the entity's approval
// for that. A second payment of the same top-up, another amount than asked for,
// and one that comes late count too: they are money. Refusals, of what is kept
// for an operator: Unknown, Foreign, Conflict, Unattributed, Outgoing, Unreadable.
// For [Receive] alone: the signature was checked there.
func Notify(ctx context.Context, s *ent.Store, n Notification) (*db.TopUp, error) {
	return command.Do(asChannel(ctx, n.Channel), s, command.Command{Name: notifyCommand, Input: n},
		func(tx *command.Tx) (*db.TopUp, error) { return receive(tx, n) })
}

// receive is Notify's step.
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

// referred is the top-up that a notification quotes; nil if there is none.
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

// suits tells whether a top-up was started for what a notification is of. Trade
// numbers are unique in a channel over all accounts, so it is asked before the
// transaction is confined to one.
func suits(t *db.TopUp, n Notification) bool {
	return t != nil && t.Channel == n.Channel && (n.Amount.IsZero() || t.Currency == n.Amount.Currency().String())
}

// begin writes the row of a payment that its channel tells for the first time.
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
	if ent.IsDuplicate(err) { // told twice at once: look again
		return nil, ent.ErrStale
	}
	return p, err
}

// conflicts tells whether a notification says something else of a payment than
// what is known of it.
func conflicts(tx *ent.Tx, p *db.Payment, t *db.TopUp, n Notification) bool {
	switch {
	case n.Question == WentOut: // a line of a statement that was amended
		return p.AmountMinor != 0 && n.Amount.Sign() != 0 && p.AmountMinor != n.Amount.Minor()
	case !n.Paid || unread(p):
		return false
	case p.AmountMinor != 0 && otherPayer(tx, p, n):
		return true
	case p.AmountMinor != 0 && (p.AmountMinor != n.Amount.Minor() || p.Currency != n.Amount.Currency().String()):
		return true
	case p.Reference == nil: // it quoted none, or was booked by the release before
		return p.TopUpID != "" && suits(t, n) && t.ID != p.TopUpID
	}
	return n.Reference != "" && n.Reference != *p.Reference
}

// otherPayer tells whether a notification names another payer than is known, by
// the channel's id or by name; one that names none says nothing of it.
func otherPayer(tx *ent.Tx, p *db.Payment, n Notification) bool {
	id, known := (payerID{string(n.Channel), n.PayerID}).index(tx.Store()), indexOf(p)
	if id != "" && known != "" {
		return id != known
	}
	name, before := text.Fold(n.PayerName), text.Fold(p.PayerName)
	return name != "" && before != "" && name != before
}

// unread tells whether nothing of a payment was understood so far.
func unread(p *db.Payment) bool { return p.AccountID == "" && asked(p).has(NotReadable) }

// verdict is what the channel, or who imports a statement, is told: a refusal of
// what is not booked. What was written of it stays.
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
