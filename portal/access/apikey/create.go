package apikey

import (
	"context"
	"fmt"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	dbapikey "portico/ent/db/apikey"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// CreateAPIKey creates a key of the acting employee and returns its secret, which isn't
// stored (1.4). The key may do what its owner may at each request, of its permissions
// and for its applications alone (1.5). The owner is told by e-mail. For employees with
// api_key:create on the account, with a fresh second factor. Refusals: INVALID_INPUT,
// NAME_LIKE_ADDRESS, NOT_FOUND at an application, API_KEY_FORBIDDEN,
// API_KEY_EXCEEDS_OWNER, API_KEY_OWNER_LIMIT, API_KEY_ACCOUNT_LIMIT.
func CreateAPIKey(ctx context.Context, s *ent.Store, in CreateApiKeyInput) (*CreateApiKeyPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "createApiKey", Permission: authz.APIKeyCreate,
		Object: in.AccountID, Field: "accountId", Secret: true}, func(tx *command.Tx) (*CreateApiKeyPayload, error) {
		owner, err := actor(tx, in.AccountID, authz.APIKeyCreate)
		if err != nil {
			return nil, err
		}
		b, err := bounded(tx, in)
		if err != nil {
			return nil, err
		}
		ofAccount, ofOwner, err := slots(tx, in.AccountID, owner)
		if err != nil {
			return nil, err
		}
		permissions, err := named(b.may)
		if err != nil {
			return nil, err
		}
		secret, prefix := authz.NewAPIKey()
		create := tx.ApiKey.Create().SetAccountID(in.AccountID).SetEmployeeID(owner).SetName(b.name).SetPrefix(prefix).SetSecretHash(ent.Hash(secret)).
			SetPermissions(permissions).SetCreatedAt(tx.Wall).SetExpiresAt(b.expires).SetAccountSlot(ofAccount).SetOwnerSlot(ofOwner)
		if len(in.ApplicationIDs) > 0 {
			create.SetApplicationIds(in.ApplicationIDs)
		}
		if len(b.networks) > 0 {
			create.SetNetworks(b.networks)
		}
		row, err := create.Save(tx)
		if ent.IsDuplicate(err) { // a concurrent command took the place
			return nil, ent.ErrStale
		}
		if err != nil {
			return nil, err
		}
		tx.AuditObject(in.AccountID, row.ID)
		tx.AuditDetail("name", b.name)
		tx.AuditDetail("permissions", b.may.List())
		tx.AuditDetail("expiresAt", b.expires)
		if len(in.ApplicationIDs) > 0 {
			tx.AuditDetail("applicationIds", in.ApplicationIDs)
		}
		if len(b.networks) > 0 {
			tx.AuditDetail("networks", b.networks)
		}
		return &CreateApiKeyPayload{APIKey: row, Secret: &secret}, tell(tx, outbox.KeyCreated)
	})
}

// slots returns places for one more live key, of an account and of an employee. Keys that
// have expired give up theirs.
func slots(tx *command.Tx, accountID, employeeID string) (ofAccount, ofOwner string, err error) {
	err = tx.ApiKey.Update().Where(dbapikey.AccountID(accountID), dbapikey.ExpiresAtLTE(tx.Wall), dbapikey.AccountSlotNotNil()).
		ClearAccountSlot().ClearOwnerSlot().Exec(tx)
	if err != nil {
		return "", "", err
	}
	rows, err := tx.ApiKey.Query().Where(dbapikey.AccountID(accountID), dbapikey.AccountSlotNotNil()).All(tx)
	if err != nil {
		return "", "", err
	}
	taken := map[string]bool{}
	for _, row := range rows {
		taken[*row.AccountSlot] = true
		if row.OwnerSlot != nil {
			taken[*row.OwnerSlot] = true
		}
	}
	var check clause.Check
	ofOwner, err = free(taken, employeeID, clause.APIKeysPerEmployee, OwnerLimit)
	check.Add(err)
	ofAccount, err = free(taken, accountID, clause.APIKeysPerAccount, AccountLimit)
	check.Add(err)
	return ofAccount, ofOwner, check.Err()
}

// free returns a place that isn't taken, or the refusal if there is none.
func free(taken map[string]bool, of, figure string, limit clause.Refusal) (string, error) {
	most := clause.Standard(figure).Int()
	for n := range most {
		if slot := fmt.Sprintf("%s|%d", of, n+1); !taken[slot] {
			return slot, nil
		}
	}
	return "", limit.With("most", most)
}
