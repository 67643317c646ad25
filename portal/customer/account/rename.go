package account

import (
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/account"
	"portico/ent/db/holding"
	"portico/ent/db/legalentity"
	"portico/ent/db/verification"
	"portico/portal/kernel/command"
)

// holder returns the legal entity that holds an account; nil before it is
// verified.
func holder(tx *ent.Tx, accountID string) (*db.LegalEntity, error) {
	h, err := tx.Holding.Query().Where(holding.OpenKey(accountID)).Only(tx)
	if db.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return tx.LegalEntity.Get(tx, h.LegalEntityID)
}

// purposeOf returns the purpose of a verification: acceptance as a customer
// (5.2), or, once a legal entity holds the account, a new name of that same
// entity, or the name that the entity has received by another of its accounts
// (1.1). Anything else is refused with LEGAL_ENTITY_FIXED (1.3).
func purposeOf(tx *ent.Tx, accountID string, who subject) (verification.Purpose, error) {
	held, err := holder(tx, accountID)
	if err != nil || held == nil {
		return verification.PurposeADMISSION, err
	}
	if held.NumberIndex != who.index(tx.Store()) || string(held.Kind) != string(who.kind) {
		return "", LegalEntityFixed.At("accountId")
	}
	if held.Name != who.name {
		return verification.PurposeRENAME, nil
	}
	row, err := tx.Account.Get(tx, accountID)
	if err != nil {
		return "", err
	}
	if row.Name == who.name { // otherwise another of its accounts renamed the entity
		return "", NameUnchanged.At("legalName").With("name", held.Name)
	}
	return verification.PurposeRENAME, nil
}

// rename gives the legal entity of a verification, and the account, the new
// name (1.1). The old name is kept: transactions begun under it still match.
func rename(tx *command.Tx, v *db.Verification) error {
	held, err := holder(tx.Tx, v.AccountID)
	if err != nil {
		return err
	}
	if held == nil || held.NumberIndex != v.NumberIndex { // the holder has changed meanwhile (1.4)
		return LegalEntityFixed.At("verificationId")
	}
	tx.AuditDetail("legalEntityId", held.ID)
	tx.AuditDetail("formerName", held.Name)
	tx.AuditDetail("name", v.LegalName)
	row, err := tx.Account.Get(tx, v.AccountID)
	if err != nil {
		return err
	}
	tx.AuditDetail("formerAccountName", row.Name)
	if err := tx.Account.Update().Where(account.ID(v.AccountID)).SetName(v.LegalName).Exec(tx); err != nil || held.Name == v.LegalName {
		return err // another account of the entity may have set the name before
	}
	err = tx.FormerName.Create().SetLegalEntityID(held.ID).SetName(held.Name).SetUntilAt(tx.Now).SetVerificationID(v.ID).Exec(tx)
	if err != nil {
		return err
	}
	n, err := tx.LegalEntity.Update().Where(legalentity.ID(held.ID), legalentity.Name(held.Name)).SetName(v.LegalName).Save(tx)
	if err == nil && n == 0 {
		return ent.ErrStale
	}
	return err
}
