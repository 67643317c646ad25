package ledger

import "portico/money"

// Balance is the customer's side of the ledger in one currency.
type Balance struct {
	Cash, Bonus, Held money.Amount
	// Arrears is what is owed (3.8); it is not subtracted from what is available.
	Arrears money.Amount
	// Suspense is paid in, but waits for an operator (3.5).
	Suspense money.Amount
}

// Available is what can be spent (3.3): cash + bonus - held.
func (b Balance) Available() money.Amount { return b.Cash.Add(b.Bonus).Sub(b.Held) }
