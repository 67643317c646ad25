package apikey

import (
	"context"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	dbapikey "portico/ent/db/apikey"
	"portico/portal/kernel/command"
)

// RevokeAPIKey ends a key at once, with all its secrets (1.4). For employees with
// api_key:revoke on the account: the one that the key belongs to, and who may suspend it
// (employee:suspend). It needs no fresh second factor, since stopping must be quick.
// Refusals: NOT_FOUND, API_KEY_NOT_OWN, API_KEY_ENDED.
func RevokeAPIKey(ctx context.Context, s *ent.Store, in RevokeApiKeyInput) (*RevokeApiKeyPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "revokeApiKey", Permission: authz.APIKeyRevoke,
		Object: in.APIKeyID, Field: "apiKeyId", Input: in}, func(tx *command.Tx) (*RevokeApiKeyPayload, error) {
		was := tx.Found().(*db.ApiKey)
		me, err := actor(tx, was.AccountID, authz.APIKeyRevoke)
		switch {
		case err != nil:
			return nil, err
		case was.EmployeeID != me && !tx.Principal().Allows(authz.EmployeeSuspend, authz.On(was.AccountID), tx.Now):
			return nil, NotOwner.At("apiKeyId")
		case ended(was, tx.Wall):
			return nil, Ended.At("apiKeyId").Lift(clause.Remedy{Text: words("该密钥已失效，无需再撤销。", "Nothing is left to do.")})
		}
		n, err := tx.ApiKey.Update().Where(dbapikey.ID(was.ID), dbapikey.RevokedAtIsNil()).
			SetRevokedAt(tx.Wall).SetRevokedBy(me).ClearAccountSlot().ClearOwnerSlot().Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, ent.ErrStale
		}
		row, err := tx.ApiKey.Get(tx, was.ID)
		return &RevokeApiKeyPayload{APIKey: row}, err
	})
}
