package statement

import (
	"database/sql"

	"entgo.io/ent/dialect"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/application"
)

const (
	balanceColumns = "b.id, b.account_id, b.currency, b.cash_minor, b.bonus_minor, b.held_minor, b.suspense_minor, b.receivable_minor, b.turn, b.head, b.head_turn"
	balanceQuery   = "SELECT " + balanceColumns + ", '' FROM balances b WHERE b.account_id = ? AND b.currency = ?"
	// besideQuery also reads, and locks, an application of the account.
	besideQuery = "SELECT " + balanceColumns + ", a.status FROM balances b JOIN applications a ON a.account_id = b.account_id AND a.id = ? " +
		"WHERE b.account_id = ? AND b.currency = ? FOR UPDATE"
	// balanceUpdate changes a balance on condition of its version and of what is taken.
	balanceUpdate = "UPDATE balances SET cash_minor = cash_minor + ?, bonus_minor = bonus_minor + ?, suspense_minor = suspense_minor + ?, " +
		"receivable_minor = receivable_minor + ?, head = ?, head_turn = ?, turn = turn + 1 WHERE id = ? AND account_id = ? AND turn = ? " +
		"AND cash_minor >= ? AND bonus_minor >= ? AND suspense_minor >= ? AND receivable_minor >= ?"
)

// LockBalance reads the balance of an account in a currency to change it; nil if
// there is none, or the principal doesn't reach the account. On MySQL it locks the
// row, see [ForUpdate]. If it is given an application of the account, it locks that
// row too, and reports whether the application is active and stays so until the
// transaction ends. On SQLite, which has one writer, nothing needs a lock, and it
// isn't reported.
func LockBalance(tx *ent.Tx, accountID, currency, applicationID string) (row *db.Balance, active bool, err error) {
	if !tx.Reaches(accountID) {
		return nil, false, nil
	}
	query, args := balanceQuery, []any{accountID, currency}
	if tx.Store().Dialect() == dialect.MySQL {
		if applicationID == "" {
			query += " FOR UPDATE"
		} else {
			query, args = besideQuery, []any{applicationID, accountID, currency}
		}
	}
	_, err = each(tx, tx, query, args, func(rows *sql.Rows, _ bool) error {
		b, status := new(db.Balance), ""
		err := rows.Scan(&b.ID, &b.AccountID, &b.Currency, &b.CashMinor, &b.BonusMinor, &b.HeldMinor, &b.SuspenseMinor, &b.ReceivableMinor,
			&b.Version, &b.Head, &b.HeadVersion, &status)
		row, active = b, status == string(application.StatusACTIVE)
		return err
	})
	return row, active, err
}

// ChangeBalance changes a balance row from what was read to what it becomes, with
// the next version. It reports whether it did: not if the row was changed meanwhile,
// or hasn't what is taken. Only the unit that writes balances may call it.
func ChangeBalance(tx *ent.Tx, row, after *db.Balance) (bool, error) {
	if !tx.Reaches(row.AccountID) {
		return false, nil
	}
	cash, bonus := after.CashMinor-row.CashMinor, after.BonusMinor-row.BonusMinor
	suspense, receivable := after.SuspenseMinor-row.SuspenseMinor, after.ReceivableMinor-row.ReceivableMinor
	return changed(tx, balanceUpdate, cash, bonus, suspense, receivable, after.Head, after.HeadVersion, row.ID, row.AccountID, row.Version,
		-cash, -bonus, -suspense, -receivable)
}

// changed executes an update, and reports whether it found its row.
func changed(tx *ent.Tx, query string, args ...any) (bool, error) {
	r, err := tx.ExecContext(tx, query, args...)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}
