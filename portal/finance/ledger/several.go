package ledger

import (
	"fmt"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/balance"
	"portico/ent/statement"
	"portico/money"
)

// LockedBalances are the balance rows of several accounts in one currency, read to
// be charged. See [LockedBalances.Covers].
type LockedBalances map[string]*db.Balance

// LockBalances reads the balance rows of accounts in a currency, in one query. On
// MySQL the rows are locked. An account without a row is left out. For unit
// billing.
func LockBalances(tx *ent.Tx, accountIDs []string, c money.Currency) (LockedBalances, error) {
	rows, err := tx.Balance.Query().Where(balance.AccountIDIn(accountIDs...), balance.Currency(c.String()), statement.ForUpdate).All(tx)
	p := make(LockedBalances, len(rows))
	for _, row := range rows {
		p[row.AccountID] = row
	}
	return p, err
}

// Covers reports whether an account can be charged by [LockedBalances.Charge]:
// whether it has the amount, owes nothing, and no booking waits to be chained.
func (p LockedBalances) Covers(accountID string, total money.Amount) bool {
	row := p[accountID]
	return row != nil && total.Sign() > 0 && !balanceOf(row).Available().Less(total) && row.ReceivableMinor == 0 && row.HeadVersion == row.Version
}

// Bill is a bill to be charged.
type Bill struct {
	AccountID, ID string
	Total         money.Amount
}

// Charge is [Charge] for bills of different accounts that their balances cover,
// with a few statements for all of them. It returns what was paid for each, in
// order. It returns [ent.ErrStale] if a balance was changed since it was read.
func (p LockedBalances) Charge(tx *ent.Tx, bills []Bill) ([]Split, error) {
	paid := make([]Split, len(bills))
	var changes []statement.ChangedBalance
	var bookings []*db.LedgerTransaction
	var entries []*db.LedgerEntry
	var fees []*db.Fee
	for i, b := range bills {
		if !p.Covers(b.AccountID, b.Total) {
			return nil, fmt.Errorf("%w: %s of %s isn't covered", errFault, b.Total, b.AccountID)
		}
		row, c := p[b.AccountID], b.Total.Currency()
		paid[i].Bonus = b.Total.Min(money.New(row.BonusMinor, c))
		paid[i].Cash = b.Total.Sub(paid[i].Bonus)
		after := *row
		after.BonusMinor, after.CashMinor, after.Version = row.BonusMinor-paid[i].Bonus.Minor(), row.CashMinor-paid[i].Cash.Minor(), row.Version+1
		link := chained{account: b.AccountID, currency: row.Currency, id: ent.NewID("ltxn"), kind: KindBill, subject: b.ID, cause: KindBill + ":" + b.ID,
			at: tx.Now, version: after.Version}
		for n, s := range moved(side{bookBonus, -paid[i].Bonus.Minor()}, side{bookCash, -paid[i].Cash.Minor()}, side{bookRevenue, b.Total.Minor()}) {
			l := chainedEntry{id: ent.NewID("entr"), book: s.book, minor: s.minor, position: after.Version*maxEntries + int64(n)}
			if figure, sign := customerBook(&after, s.book); figure != nil {
				l.customer, l.after = true, sign**figure
			}
			link.entries = append(link.entries, l)
			entries = append(entries, &db.LedgerEntry{ID: l.id, AccountID: b.AccountID, TransactionID: link.id, Kind: KindBill, SubjectID: b.ID, Book: l.book,
				CustomerSide: l.customer, AmountMinor: l.minor, Currency: row.Currency, BalanceAfterMinor: l.after, Position: l.position, At: tx.Now})
		}
		after.Head, after.HeadVersion = link.over(row.Head), after.Version
		bookings = append(bookings, &db.LedgerTransaction{ID: link.id, AccountID: b.AccountID, Kind: KindBill, SubjectID: b.ID, CauseKey: link.cause, At: tx.Now,
			Currency: &after.Currency, BalanceVersion: &after.Version, Hash: &after.Head})
		changes = append(changes, statement.ChangedBalance{Was: row, Is: &after})
		if !paid[i].Cash.IsZero() {
			fees = append(fees, &db.Fee{AccountID: b.AccountID, SubjectID: b.ID, PaidMinor: paid[i].Cash.Minor(), Currency: row.Currency, PaidAt: tx.Now})
		}
		p[b.AccountID] = &after
	}
	if err := statement.TakeFromBalances(tx, changes); err != nil {
		return nil, err
	}
	if err := ent.Insert(tx, bookings...); err != nil {
		return nil, err
	}
	if err := ent.Insert(tx, entries...); err != nil {
		return nil, err
	}
	return paid, ent.Insert(tx, fees...)
}
