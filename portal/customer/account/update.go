package account

import (
	"context"
	"fmt"
	"unicode/utf8"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	dbaccount "portico/ent/db/account"
	"portico/ent/db/predicate"
	"portico/portal/kernel/command"
	"portico/portal/kernel/naming"
)

// displayNameLength is the maximum length of a display name, in characters.
const displayNameLength = 60

// UpdateAccount changes the display name, which only the account's own people
// see beside the company's name (1.1); it needs no new verification. The audit
// keeps the old one. For employees with account:update. The refusal is
// INVALID_INPUT.
func UpdateAccount(ctx context.Context, s *ent.Store, in UpdateAccountInput) (*UpdateAccountPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "updateAccount", Permission: authz.AccountUpdate,
		Object: in.AccountID, Field: "accountId", Input: in}, func(tx *command.Tx) (*UpdateAccountPayload, error) {
		var name *string
		if in.DisplayName != "" {
			n, err := naming.Of("displayName", in.DisplayName)
			if err != nil {
				return nil, err
			}
			if utf8.RuneCountInString(n) > displayNameLength {
				return nil, clause.InvalidField("displayName", fmt.Sprintf("名称须有 1 至 %d 个字符。", displayNameLength), fmt.Sprintf("must have 1 to %d characters.", displayNameLength))
			}
			name = &n
		}
		old := tx.Found().(*db.Account)
		tx.AuditDetail("displayName", map[string]any{"before": old.DisplayName, "after": name})
		update := tx.Account.Update().Where(dbaccount.ID(old.ID), same(old.DisplayName))
		if name == nil {
			update.ClearDisplayName()
		} else {
			update.SetDisplayName(*name)
		}
		n, err := update.Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 { // changed concurrently: the old value in the audit would be wrong
			return nil, ent.ErrStale
		}
		row, err := tx.Account.Get(tx, old.ID)
		return &UpdateAccountPayload{Account: row}, err
	})
}

// same returns the condition that a display name is as it was read.
func same(name *string) predicate.Account {
	if name == nil {
		return dbaccount.DisplayNameIsNil()
	}
	return dbaccount.DisplayName(*name)
}
