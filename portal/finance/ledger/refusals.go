package ledger

import (
	"context"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/payment"
	"portico/money"
)

// NoFunds: a service opens only if the available balance covers it, and the
// balance can't be spent twice (3.3). It carries "missing", the shortfall, for
// readers of the balance, and its "currency".
var NoFunds = clause.Declare(clause.Refusal{Code: "INSUFFICIENT_BALANCE", Clause: "3.3",
	Text:  clause.Text{ZH: "可用余额不足，还差 {missing} {currency}。", EN: "The available balance is too low: {missing} {currency} are missing."},
	Plain: clause.Text{ZH: "可用余额不足。", EN: "The available balance is too low."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请先充值，再重试。", EN: "Top up, then try again."},
		Operation: "startTopUp", Input: map[string]any{"accountId": "{accountId}", "amount": "{topUp}"}}})

// LeastTopUp returns the smallest amount of one top-up: one major unit of the
// currency. It is here because the remedy of a shortfall asks for at least
// that.
func LeastTopUp(c money.Currency) money.Amount {
	minor := int64(1)
	for range c.Exponent() {
		minor *= 10
	}
	return money.New(minor, c)
}

// MostTopUp returns the largest amount of one top-up: ten million major units.
func MostTopUp(c money.Currency) money.Amount {
	return money.New(10_000_000*LeastTopUp(c).Minor(), c)
}

// Shortfall returns [NoFunds] for an amount that the available balance lacks.
// Incoming money first pays arrears (3.8, 5.10) and what refunds left owing
// (3.5), so these are added to the missing amount. Its remedy is a top-up of
// that amount. It takes one query.
func Shortfall(ctx context.Context, c *db.Client, accountID string, lacks, arrears money.Amount) error {
	currency := lacks.Currency()
	var sums []struct {
		Currency string `json:"currency"`
		Owed     int64  `json:"owed"`
	}
	err := c.Payment.Query().Where(payment.AccountID(accountID), payment.UncoveredMinorGT(0), payment.Currency(currency.String())).
		GroupBy(payment.FieldCurrency).Aggregate(db.As(db.Sum(payment.FieldUncoveredMinor), "owed")).Scan(ctx, &sums)
	if err != nil {
		return err
	}
	missing := lacks.Add(arrears)
	for _, s := range sums {
		missing = missing.Add(money.New(s.Owed, currency))
	}
	return NoFunds.With("accountId", accountID).
		WithFor(authz.BalanceRead, "missing", missing).With("currency", currency.String()).
		WithFor(authz.BalanceRead, "topUp", TopUpOf(missing))
}

// TopUpOf returns the top-up that brings an amount. It is at least
// [LeastTopUp]; if the amount exceeds [MostTopUp], it is the first of several.
func TopUpOf(missing money.Amount) money.Amount {
	ask := missing.Min(MostTopUp(missing.Currency()))
	if least := LeastTopUp(missing.Currency()); ask.Less(least) {
		return least
	}
	return ask
}

// Claimed: the payment of an order can't be undone once its fee is invoiced or
// refunded (3.9).
var Claimed = clause.Declare(clause.Refusal{Code: "FEE_CLAIMED", Clause: "3.9",
	Text:   clause.Text{ZH: "该费用已开具发票或已退款，不能撤销。", EN: "The fee was already invoiced or refunded and can't be undone."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请先冲红对应的发票。", EN: "Have the invoice reversed first."}}})
