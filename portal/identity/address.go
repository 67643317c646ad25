package identity

import (
	"context"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/person"
)

// Address is a number or an e-mail address in its normal form.
type Address struct {
	// Value is the number in E.164, or the address in lower case.
	Value string
	// Email tells which of the two it is.
	Email bool
}

// ReadAddress reads a number or an e-mail address as somebody typed it. The
// refusal is PHONE_INVALID or EMAIL_INVALID, at the field.
func ReadAddress(s, field string) (Address, error) {
	if email, ok := NormalEmail(s); ok {
		return Address{Value: email, Email: true}, nil
	}
	if phone, ok := NormalPhone(s); ok {
		return Address{Value: phone}, nil
	}
	for _, r := range fold(s) {
		if r == '@' {
			return Address{}, EmailInvalid.At(field)
		}
	}
	return Address{}, PhoneInvalid.At(field)
}

func (a Address) column() string {
	if a.Email {
		return emailColumn
	}
	return phoneColumn
}

// Seal encrypts the address.
func (a Address) Seal(s *ent.Store) ([]byte, error) { return s.Seal(a.column(), a.Value) }

// Index is the blind index under which a person with the address is kept.
func (a Address) Index(s *ent.Store) string { return s.Index(a.column(), a.Value) }

// OpenAddress is a sealed address in plain.
func OpenAddress(s *ent.Store, sealed []byte, email bool) (string, error) {
	return s.Unseal(Address{Email: email}.column(), sealed)
}

// Proof is how far a person has proved an address.
type Proof int

// The degrees of proof.
const (
	// NotIts: the address is none of the person's, as far as is known.
	NotIts Proof = iota
	// Unverified: it is the person's e-mail address, whose link wasn't followed.
	Unverified
	// Proved: the person's number, or its verified e-mail address.
	Proved
)

// ProofOf tells whether the person proved the address of a blind index: a number
// by its code (nobody registers without), an e-mail address by its link. It is
// for the person's own doings alone: told to another it would say who is
// registered (1.1).
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
