package identity

import (
	"context"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/formerpassword"
)

// remembered returns how many passwords of a person can't be chosen again, the
// present one included (1.4).
func remembered() int { return clause.Standard(clause.PasswordRemembered).Int() }

// lastHashes returns the hashes of the last passwords of a person, the present
// one first.
func lastHashes(ctx context.Context, c *db.Client, p *db.Person) ([]string, error) {
	rows, err := c.FormerPassword.Query().Where(formerpassword.PersonID(p.ID)).
		Order(db.Desc(formerpassword.FieldReplacedAt, formerpassword.FieldID)).Limit(remembered() - 1).All(ctx)
	hashes := []string{p.PasswordHash}
	for _, row := range rows {
		hashes = append(hashes, row.Hash)
	}
	return hashes, err
}

// amongLast reports whether a new password is one of the last, by at most n
// hashes. It compares n, whatever it finds and however many there are.
func (p *Place) amongLast(ctx context.Context, password string, hashes []string, n int) (used bool, err error) {
	for i := range n {
		hash := ""
		if i < len(hashes) {
			hash = hashes[i]
		}
		same, err := p.Matches(ctx, password, hash)
		if err != nil {
			return false, err
		}
		used = used || same
	}
	return used, nil
}

// remember keeps the hash of the password that a person had until now, and
// removes those that can be chosen again.
func remember(tx *ent.Tx, personID, hash string) error {
	if err := tx.FormerPassword.Create().SetPersonID(personID).SetHash(hash).SetReplacedAt(tx.Wall).Exec(tx); err != nil {
		return err
	}
	rows, err := tx.FormerPassword.Query().Where(formerpassword.PersonID(personID)).
		Order(db.Desc(formerpassword.FieldReplacedAt, formerpassword.FieldID)).IDs(tx)
	if err != nil || len(rows) < remembered() {
		return err
	}
	_, err = tx.FormerPassword.Delete().Where(formerpassword.IDIn(rows[remembered()-1:]...)).Exec(tx)
	return err
}

// passwordReused is the refusal of a password that is among the last.
func passwordReused() clause.Refusal {
	return PasswordReused.At("newPassword").With("remembered", remembered())
}
