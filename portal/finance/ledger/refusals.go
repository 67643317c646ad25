package ledger

import (
	"context"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/payment"
	"portico/money"
)

// NoFunds: a service opens only when the available balance covers it, and the
// balance can't be spent twice (3.3). It carries missing, the shortfall, and its
// currency; who may not read the balance isn't told how much is missing.
var NoFunds = clause.Declare(clause.Refusal{Code: "INSUFFICIENT_BALANCE", Clause: "3.3",
	Text:  clause.Text{ZH: "可用余额不足，还差 {missing} {currency}。", EN: "The available balance is too low: {missing} {currency} are missing."},
	Plain: clause.Text{ZH: "可用余额不足。", EN: "The available balance does not suffice."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "先充值，再重试。", EN: "Top up, then send it again."},
		Operation: "startTopUp", Input: map[string]any{"accountId": "{accountId}", "amount": "{topUp}"}}})

// LeastTopUp is the least that can be topped up at once: one major unit of the
// currency. It is here because a shortfall's remedy asks for no less.
func LeastTopUp(c money.Currency) money.Amount {
	minor := int64(1)
	for range c.Exponent() {
		minor *= 10
	}
	return money.New(minor, c)
}

// MostTopUp is the most that can be topped up at once: ten million major units.
func MostTopUp(c money.Currency) money.Amount {
	return money.New(10_000_000*LeastTopUp(c).Minor(), c)
}

// Shortfall is [NoFunds] for an amount that the available balance of an account
// lacks, beside what the account owes: money that comes in pays that first (3.8,
// 5.10), and what refunds left owing (3.5), so it is missing as well. Its remedy is
// a top-up of as much. One query.
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

// TopUpOf is the top-up that brings an amount: as much, or the least that can be
// topped up at once; of more than can be, the first of several.
func TopUpOf(missing money.Amount) money.Amount {
	ask := missing.Min(MostTopUp(missing.Currency()))
	if least := LeastTopUp(missing.Currency()); ask.Less(least) {
		return least
	}
	return ask
}

// Claimed: what is invoiced or refunded can't be undone with its order (3.9).
var Claimed = clause.Declare(clause.Refusal{Code: "FEE_CLAIMED", Clause: "3.9",
	Text:   clause.Text{ZH: "该费用已开具发票或已退款，不能撤销。", EN: "The fee was already invoiced or refunded and can't be undone."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请先冲红对应的发票。", EN: "Have the invoice reversed first."}}})
