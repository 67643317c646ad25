// Package ledger is the one writer of money: double-entry bookings that are
// only added and never changed, beside one row of balances an account and
// currency that is changed by one conditional UPDATE.
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
	// Arrears is what is owed (3.8); it is not subtracted from what is available.
	Arrears money.Amount
	// Suspense is paid in, but waits for an operator (3.5).
	Suspense money.Amount
}

// Available is what can be spent (3.3): cash + bonus - held.
func (b Balance) Available() money.Amount { return b.Cash.Add(b.Bonus).Sub(b.Held) }

func none(c money.Currency) Balance {
	z := money.Zero(c)
	return Balance{Cash: z, Bonus: z, Held: z, Arrears: z, Suspense: z}
}

func told(row *db.Balance) Balance {
	of := func(minor int64) money.Amount { return money.New(minor, money.Currency(row.Currency)) }
	return Balance{Cash: of(row.CashMinor), Bonus: of(row.BonusMinor), Held: of(row.HeldMinor),
		Arrears: of(row.ReceivableMinor), Suspense: of(row.SuspenseMinor)}
}

// OpenBalance gives an account its balance row in a currency, all zero. It may
// be called again. For the unit that makes accounts.
func OpenBalance(tx *ent.Tx, accountID string, c money.Currency) error {
	open, err := tx.Balance.Query().Where(balance.AccountID(accountID), balance.Currency(c.String())).Exist(tx)
	if err != nil || open {
		return err
	}
	err = tx.Balance.Create().SetAccountID(accountID).SetCurrency(c.String()).Exec(tx)
	if ent.IsDuplicate(err) { // a twin was faster
		return nil
	}
	return err
}

// Available reads an account's balance in the caller's transaction, all zero
// if it was never opened. To spend, call [Pay]: what is read here may be spent
// by another the next moment.
func Available(tx *ent.Tx, accountID string, c money.Currency) (Balance, error) {
	return Read(tx, tx.Client(), accountID, c)
}

// LockedBalance is an account's balance that is about to be spent in a transaction.
type LockedBalance struct{ row *db.Balance }

// Balance is what it is at.
func (b *LockedBalance) Balance() Balance { return told(b.row) }

// Available is what can be spent of it.
func (b *LockedBalance) Available() money.Amount { return b.Balance().Available() }

// LockBalance reads an account's balance in a currency to pay from it in the same
// transaction, opening it if need be, so that it needn't be read again then.
// The caller answers for the permission.
func LockBalance(tx *ent.Tx, accountID string, c money.Currency) (*LockedBalance, error) {
	row, err := lockRow(tx, accountID, c)
	if err != nil {
		return nil, err
	}
	return &LockedBalance{row}, nil
}

// Read reads an account's balance in a currency, all zero if it was never
// opened. One query; the principal must reach the account.
func Read(ctx context.Context, client *db.Client, accountID string, c money.Currency) (Balance, error) {
	row, err := client.Balance.Query().Where(balance.AccountID(accountID), balance.Currency(c.String())).Only(ctx)
	if db.IsNotFound(err) {
		return none(c), nil
	}
	if err != nil {
		return Balance{}, err
	}
	return told(row), nil
}

// ReadEach reads the balance of each account in the account's own currency, by
// account id, in one query for all.
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
			*b = told(row)
		}
	}
	return balances, nil
}

// Invoiceable tells what each account paid in cash that is neither invoiced nor
// refunded, in the account's currency (3.9, 5.10). One query for all.
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
