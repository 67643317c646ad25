package agreement

import (
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/acceptance"
	"portico/ent/db/terms"
)

// Declinable returns the version that an account declines (0): published, in
// force or coming, and not accepted for the account. Refusals: NOT_FOUND,
// TERMS_SUPERSEDED, TERMS_ACCEPTED. A step of unit closing, which checks the
// permission.
func Declinable(tx *ent.Tx, accountID, termsID string) (*db.Terms, error) {
	t, err := tx.Terms.Query().Where(terms.ID(termsID)).Only(tx)
	if db.IsNotFound(err) {
		return nil, clause.NotFound.At("termsId")
	}
	if err != nil {
		return nil, err
	}
	if err := present(tx, t, accountID); err != nil {
		return nil, err
	}
	accepted, err := tx.Acceptance.Query().Where(acceptance.AccountID(accountID), acceptance.TermsID(t.ID)).Exist(tx)
	if err != nil {
		return nil, err
	}
	if accepted {
		return nil, Accepted.At("termsId").With("accountId", accountID)
	}
	return t, nil
}

// present refuses a version that a later one in force has replaced.
func present(tx *ent.Tx, t *db.Terms, accountID string) error {
	current, err := InForce(tx, tx.Terms, tx.Now)
	if err != nil {
		return err
	}
	for _, c := range current {
		if c.Kind == t.Kind && c.EffectiveAt.After(t.EffectiveAt) {
			return Superseded.At("termsId").With("accountId", accountID).With("currentId", c.ID)
		}
	}
	return nil
}
