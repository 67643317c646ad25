package identity

import (
	"context"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/person"
)

// Proof is whether a person has proved an address.
type Proof int

// The degrees of proof.
const (
	// NotIts: the address is not known to be the person's.
	NotIts Proof = iota
	// Unverified: it is the person's e-mail address, but its link wasn't
	// followed.
	Unverified
	// Proved: it is the person's number, or its verified e-mail address.
	Proved
)

// ProofOf returns whether the person proved the address of a blind index: a
// number by a code (everyone registers with one), an e-mail address by its
// link. Use it only for the person's own commands: to others it would reveal
// who is registered (1.1).
func ProofOf(tx *ent.Tx, personID, index string) (Proof, error) {
	return ProvedBy(tx, tx.Person, personID, index)
}

// ProvedBy is [ProofOf] for a read.
func ProvedBy(ctx context.Context, c *db.PersonClient, personID, index string) (Proof, error) {
	p, err := c.Query().Where(person.ID(personID)).Only(ctx)
	switch {
	case db.IsNotFound(err):
		return NotIts, nil
	case err != nil:
		return NotIts, err
	case p.PhoneIndex == index, p.VerifiedEmailIndex != nil && *p.VerifiedEmailIndex == index:
		return Proved, nil
	case p.EmailIndex == index:
		return Unverified, nil
	}
	return NotIts, nil
}
