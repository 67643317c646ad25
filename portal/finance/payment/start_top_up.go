// Package payment owns top-ups, payments, the signed messages of payment
// channels, and designated payers (3.5).
package payment

import (
	"context"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/topup"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
	"portico/portal/kernel/param"
)

// StartTopUp starts a payment into an account's balance (3.5). A bank transfer
// gets a reference to quote, the other channels a payment page. For holders of
// top_up:start on the account, even before its legal entity is approved.
// Refusals: INVALID_INPUT at the amount, ChannelUnavailable.
func StartTopUp(ctx context.Context, s *ent.Store, channels Channels, in StartTopUpInput) (*StartTopUpPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "startTopUp", Permission: authz.TopUpStart,
		Object: in.AccountID, Field: "accountId", Input: in,
	}, func(tx *command.Tx) (*StartTopUpPayload, error) {
		var check clause.Check
		amount, err := topUpAmount(tx.Tx, in.AccountID, "amount", in.Amount)
		check.Add(err)
		if in.Channel == topup.ChannelBANK_TRANSFER {
			// A bank transfer needs only the reference.
		} else if _, ok := channels.Of(in.Channel); !ok {
			refusal := ChannelUnavailable.At("channel").With("accountId", in.AccountID)
			if err == nil {
				refusal = refusal.With("amount", amount)
			}
			check.Add(refusal)
		}
		if err := check.Err(); err != nil {
			return nil, err
		}
		a, err := param.Of(tx, tx.Override, in.AccountID, tx.Now)
		if err != nil {
			return nil, err
		}
		id, reference := ent.NewID("topu"), newReference()
		create := tx.TopUp.Create().SetID(id).SetAccountID(in.AccountID).SetPaymentReference(reference).
			SetAmountMinor(amount.Minor()).SetCurrency(amount.Currency().String()).SetChannel(in.Channel).
			SetStatus(topup.StatusPENDING).SetStartedBy(tx.Principal().ID).SetCreatedAt(tx.Now).SetExpiresAt(tx.Now.Add(lifetimeOf(a, in.Channel)))
		if url := channels.payURL(in.Channel, id, reference, amount); url != "" {
			create.SetPayURL(url)
		}
		t, err := create.Save(tx)
		if ent.IsDuplicate(err) { // of the reference
			return nil, ent.ErrStale
		}
		if err != nil {
			return nil, err
		}
		tx.AuditObject(in.AccountID, t.ID)
		tx.AuditDetail("amount", amount.String())
		tx.AuditDetail("currency", t.Currency)
		tx.AuditDetail("reference", t.PaymentReference)
		return &StartTopUpPayload{TopUp: t}, nil
	})
}

// topUpAmount returns an amount in the account's currency within the limits.
func topUpAmount(tx *ent.Tx, accountID, field string, in money.Input) (money.Amount, error) {
	account, err := tx.Account.Get(tx, accountID)
	if err != nil {
		return money.Amount{}, err
	}
	c := money.Currency(account.Currency)
	if in.Currency != c {
		return money.Amount{}, clause.InvalidField(field+".currency", "须为账户币种 "+c.String(), "must be the account's currency "+c.String())
	}
	least, most := ledger.LeastTopUp(c), ledger.MostTopUp(c)
	amount, err := in.Exact()
	if err != nil || amount.Less(least) || most.Less(amount) {
		return money.Amount{}, clause.InvalidField(field+".amount", "须为 "+least.String()+" 至 "+most.String()+"，且小数位数不超过该币种的规定", "must be from "+least.String()+" to "+most.String()+", with no more decimals than the currency has")
	}
	return amount, nil
}

// lifetimeOf is how long a top-up by a channel can be paid under an agreement.
func lifetimeOf(a param.Agreement, ch topup.Channel) time.Duration {
	if ch == topup.ChannelBANK_TRANSFER {
		return a.Figure(clause.TopUpTransferLifetime).Duration()
	}
	return a.Figure(clause.TopUpOnlineLifetime).Duration()
}

// PayURL returns the payment page of a top-up; nil once it can't be paid any
// more.
func PayURL(t *db.TopUp, now time.Time) *string {
	if t.Status != topup.StatusPENDING || !now.Before(t.ExpiresAt) {
		return nil
	}
	return t.PayURL
}
