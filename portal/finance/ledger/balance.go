// Package ledger is the only writer of money: bookings are double-entry and are
// never changed, and each one updates the balance row of its account and
// currency.
package ledger

import (
	"context"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/balance"
	"portico/ent/db/fee"
	"portico/money"
)

// Balance is the customer's side of the ledger in one currency.
type Balance struct {
	Cash, Bonus, Held money.Amount
	// Arrears is the amount owed (3.8). It isn't subtracted from the available
	// balance.
	Arrears money.Amount
	// Suspense is money that was paid in and waits for an operator (3.5).
	Suspense money.Amount
}

// Available returns the amount that can be spent (3.3): cash + bonus - held.
func (b Balance) Available() money.Amount { return b.Cash.Add(b.Bonus).Sub(b.Held) }

func none(c money.Currency) Balance {
	z := money.Zero(c)
	return Balance{Cash: z, Bonus: z, Held: z, Arrears: z, Suspense: z}
}

func balanceOf(row *db.Balance) Balance {
	of := func(minor int64) money.Amount { return money.New(minor, money.Currency(row.Currency)) }
	return Balance{Cash: of(row.CashMinor), Bonus: of(row.BonusMinor), Held: of(row.HeldMinor),
		Arrears: of(row.ReceivableMinor), Suspense: of(row.SuspenseMinor)}
}

// OpenBalance creates the balance row of an account in a currency, with all
// amounts zero. It does nothing if the row exists. For the unit that creates
// accounts.
func OpenBalance(tx *ent.Tx, accountID string, c money.Currency) error {
	open, err := tx.Balance.Query().Where(balance.AccountID(accountID), balance.Currency(c.String())).Exist(tx)
	if err != nil || open {
		return err
	}
	err = tx.Balance.Create().SetAccountID(accountID).SetCurrency(c.String()).Exec(tx)
	if ent.IsDuplicate(err) { // a concurrent duplicate came first
		return nil
	}
	return err
}

// Available reads an account's balance in the caller's transaction. All amounts
// are zero if it was never opened. To spend, call [Pay]: another transaction
// may spend what is read here.
func Available(tx *ent.Tx, accountID string, c money.Currency) (Balance, error) {
	return Read(tx, tx.Client(), accountID, c)
}

// LockedBalance is an account's balance that its transaction has locked to pay
// from it.
type LockedBalance struct{ row *db.Balance }

// Balance returns its amounts.
func (b *LockedBalance) Balance() Balance { return balanceOf(b.row) }

// Available returns the amount that can be spent of it.
func (b *LockedBalance) Available() money.Amount { return b.Balance().Available() }

// LockBalance reads an account's balance in a currency and locks it, so that
// the same transaction can pay from it without reading it again. It opens the
// balance if necessary. The caller checks the permission.
func LockBalance(tx *ent.Tx, accountID string, c money.Currency) (*LockedBalance, error) {
	row, err := lockRow(tx, accountID, c)
	if err != nil {
		return nil, err
	}
	return &LockedBalance{row}, nil
}

// LockBalanceBeside is [LockBalance] that locks an application of the account in the
// same statement, where the engine has locks, and reports whether it is active and
// stays so. If that isn't reported, it isn't known.
func LockBalanceBeside(tx *ent.Tx, accountID string, c money.Currency, applicationID string) (b *LockedBalance, active bool, err error) {
	row, active, err := lockRowBeside(tx, accountID, c, applicationID)
	if err != nil {
		return nil, false, err
	}
	return &LockedBalance{row}, active, nil
}

// Read reads an account's balance in a currency. All amounts are zero if it was
// never opened. It takes one query. The principal must have access to the
// account.
func Read(ctx context.Context, client *db.Client, accountID string, c money.Currency) (Balance, error) {
	row, err := client.Balance.Query().Where(balance.AccountID(accountID), balance.Currency(c.String())).Only(ctx)
	if db.IsNotFound(err) {
		return none(c), nil
	}
	if err != nil {
		return Balance{}, err
	}
	return balanceOf(row), nil
}

// ReadEach reads the balance of each account in the account's own currency, by
// account id. It takes one query for all accounts.
func ReadEach(ctx context.Context, client *db.Client, accounts []*db.Account) (map[string]*Balance, error) {
	balances, ids := make(map[string]*Balance, len(accounts)), make([]string, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
		zero := none(money.Currency(a.Currency))
		balances[a.ID] = &zero
	}
	rows, err := client.Balance.Query().Where(balance.AccountIDIn(ids...)).All(ctx)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if b := balances[row.AccountID]; b != nil && b.Cash.Currency() == money.Currency(row.Currency) {
			*b = balanceOf(row)
		}
	}
	return balances, nil
}

// Invoiceable returns, for each account, the amount that it paid in cash and
// that is neither invoiced nor refunded, in the account's currency (3.9, 5.10).
// It takes one query for all accounts.
func Invoiceable(ctx context.Context, client *db.Client, accounts []*db.Account) (map[string]money.Amount, error) {
	sums, ids := make(map[string]money.Amount, len(accounts)), make([]string, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
		sums[a.ID] = money.Zero(money.Currency(a.Currency))
	}
	var rows []struct {
		AccountID string `json:"account_id"`
		Currency  string `json:"currency"`
		Paid      int64  `json:"paid"`
		Invoiced  int64  `json:"invoiced"`
		Refunded  int64  `json:"refunded"`
	}
	err := client.Fee.Query().Where(fee.AccountIDIn(ids...)).GroupBy(fee.FieldAccountID, fee.FieldCurrency).
		Aggregate(db.As(db.Sum(fee.FieldPaidMinor), "paid"), db.As(db.Sum(fee.FieldInvoicedMinor), "invoiced"),
			db.As(db.Sum(fee.FieldRefundedMinor), "refunded")).Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if sums[r.AccountID].Currency() == money.Currency(r.Currency) {
			sums[r.AccountID] = money.New(r.Paid-r.Invoiced-r.Refunded, money.Currency(r.Currency))
		}
	}
	return sums, nil
}
