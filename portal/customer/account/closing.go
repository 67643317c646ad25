package account

import (
	"portico/ent"
	"portico/ent/db/account"
)

// BeginClosing marks an account whose agreement is ending (0). Marking it again
// changes nothing. A step of unit closing.
func BeginClosing(tx *ent.Tx, accountID string) error {
	return tx.Account.Update().Where(account.ID(accountID), account.StatusIn(account.StatusPENDING, account.StatusACTIVE)).
		SetStatus(account.StatusTERMINATING).Exec(tx)
}
