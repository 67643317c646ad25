package apikey

import (
	"context"
	"fmt"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	dbapikey "portico/ent/db/apikey"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// RotateAPIKey gives a key another secret (1.4). The present one stays valid beside it
// for a while, so that programs can change over one by one; the one before that ends. A
// key that was handed over gets its secret this way. The owner is told by e-mail. For the
// employee that the key belongs to, with api_key:create on the account and a fresh second
// factor. Refusals: NOT_FOUND, API_KEY_NOT_OWN, API_KEY_ENDED, INVALID_INPUT.
func RotateAPIKey(ctx context.Context, s *ent.Store, in RotateApiKeyInput) (*RotateApiKeyPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "rotateApiKey", Permission: authz.APIKeyCreate,
		Object: in.APIKeyID, Field: "apiKeyId", Secret: true}, func(tx *command.Tx) (*RotateApiKeyPayload, error) {
		was := tx.Found().(*db.ApiKey)
		me, err := actor(tx, was.AccountID, authz.APIKeyCreate)
		switch {
		case err != nil:
			return nil, err
		case was.EmployeeID != me:
			return nil, NotOwner.At("apiKeyId")
		case ended(was, tx.Wall):
			return nil, Ended.At("apiKeyId").With("accountId", was.AccountID)
		}
		expires, until, err := periods(in, was, tx.Wall)
		if err != nil {
			return nil, err
		}
		secret, prefix := authz.NewAPIKey()
		u := tx.ApiKey.Update().Where(dbapikey.ID(was.ID), dbapikey.EmployeeID(me), live(tx.Wall)).
			SetSecretHash(ent.Hash(secret)).SetPrefix(prefix).SetExpiresAt(expires).SetRotatedAt(tx.Wall)
		if was.SecretHash == nil {
			u.Where(dbapikey.SecretHashIsNil())
		} else {
			u.Where(dbapikey.SecretHash(*was.SecretHash))
		}
		if until == nil {
			u.ClearPreviousHash().ClearPreviousUntil()
		} else {
			u.SetPreviousHash(*was.SecretHash).SetPreviousUntil(*until)
		}
		n, err := u.Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 { // it was rotated, revoked or handed over meanwhile
			return nil, ent.ErrStale
		}
		row, err := tx.ApiKey.Get(tx, was.ID)
		if err != nil {
			return nil, err
		}
		return &RotateApiKeyPayload{APIKey: row, Secret: &secret, PreviousUntil: until}, tell(tx, outbox.KeyRotated)
	})
}

// periods returns until when a key is valid after its rotation, and its present secret;
// until is nil if that ends at once, or there is none.
func periods(in RotateApiKeyInput, was *db.ApiKey, wall time.Time) (expires time.Time, until *time.Time, err error) {
	var check clause.Check
	expires = was.ExpiresAt
	if in.ExpiresAt != nil {
		expires, err = lasting(in.ExpiresAt, wall)
		check.Add(err)
	}
	overlap := clause.Standard(clause.APIKeyOverlap).Duration()
	last := wall.Add(overlap)
	if in.PreviousUntil != nil {
		if in.PreviousUntil.After(last) {
			hours := int(overlap / time.Hour)
			check.Add(clause.InvalidField("previousUntil", fmt.Sprintf("最多为 %d 小时之后。", hours), fmt.Sprintf("must be at most %d hours ahead.", hours)))
		}
		last = in.PreviousUntil.UTC().Truncate(time.Microsecond)
	}
	if last.After(expires) {
		last = expires
	}
	if was.SecretHash != nil && last.After(wall) {
		until = &last
	}
	return expires, until, check.Err()
}
