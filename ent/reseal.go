package ent

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
)

// sealedColumn is a column of sealed values with the domains for which they are
// sealed. A value can only be opened for its own domain.
type sealedColumn struct {
	table, column string
	domains       []string
	step          int // number of rows that are read together; 0 is resealBatch
}

// sealedColumns lists all such columns. A test compares them with the schema.
var sealedColumns = []sealedColumn{
	{"approvals", "input", []string{"approval.input"}, 8}, // whole inputs
	{"email_changes", "old_email", []string{"person.email"}, 0},
	{"invitations", "address", []string{"person.phone", "person.email"}, 0},
	{"invoices", "delivery_email", []string{"invoice.delivery_email"}, 0},
	{"invoices", "tax_number", []string{"invoice.tax_number"}, 0},
	{"legal_entities", "registration_number", []string{"legal_entity.registration_number"}, 0},
	{"messages", "recipient", []string{"message.recipient"}, 0},
	{"messages", "body", []string{"message.body"}, 0},
	{"messages", "code", []string{"message.code"}, 0},
	{"messages", "token", []string{"message.token"}, 0},
	{"payers", "channel_payer", []string{"payment.channel_payer"}, 0},
	{"payments", "channel_payer", []string{"payment.channel_payer"}, 0},
	{"payment_events", "signed", []string{"payment.signed"}, 8}, // whole bank statements
	{"persons", "phone", []string{"person.phone"}, 0},
	{"persons", "email", []string{"person.email"}, 0},
	{"persons", "pending_email", []string{"person.email"}, 0},
	{"second_factors", "secret", []string{"second_factor.secret"}, 0},
	{"top_ups", "channel_payer", []string{"payment.channel_payer"}, 0},
	{"verifications", "registration_number", []string{"verification.registration_number"}, 0},
}

// resealBatch is the number of rows that are read in one step.
const resealBatch = 500

// keyPrefix is the prefix that Tink adds to a sealed value: a version and the
// key's id.
const (
	keyPrefix  = 5
	keyVersion = 1
)

// sealedBy returns the id of the key with which a value was sealed. It returns
// false if the value isn't sealed.
func sealedBy(sealed []byte) (uint32, bool) {
	if len(sealed) < keyPrefix || sealed[0] != keyVersion {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:keyPrefix]), true
}

// KeysInUse lists the keys with which values in the database are sealed. It
// reads all sealed values.
func (s *Store) KeysInUse(ctx context.Context) ([]uint32, error) {
	var found []uint32
	seen := map[uint32]bool{}
	for _, c := range sealedColumns {
		err := s.eachSealed(ctx, c, func(_ string, sealed []byte) error {
			if id, ok := sealedBy(sealed); ok && !seen[id] {
				seen[id], found = true, append(found, id)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Reseal reseals every value that was sealed with another key than the keyset's
// primary key, and returns their number. It changes a value only if it is still
// the one that was read, so it can run while a portal is serving. If it is
// interrupted, run it again: it continues.
func (s *Store) Reseal(ctx context.Context) (resealed int, err error) {
	for _, c := range sealedColumns {
		err := s.eachSealed(ctx, c, func(id string, sealed []byte) error {
			if key, ok := sealedBy(sealed); ok && key == s.keys.primary {
				return nil
			}
			fresh, err := s.sealAnew(c, sealed)
			if err != nil {
				return fmt.Errorf("ent: %s.%s of %s: %w", c.table, c.column, id, err)
			}
			n, err := s.replaceSealed(ctx, c, id, sealed, fresh)
			resealed += n
			return err
		})
		if err != nil {
			return resealed, err
		}
	}
	return resealed, nil
}

// sealAnew reseals a value with the primary key, for the same domain.
func (s *Store) sealAnew(c sealedColumn, sealed []byte) ([]byte, error) {
	var all error
	for _, domain := range c.domains {
		value, err := s.Unseal(domain, sealed)
		if err == nil {
			return s.Seal(domain, value)
		}
		all = errors.Join(all, err)
	}
	return nil, all
}

func (s *Store) replaceSealed(ctx context.Context, c sealedColumn, id string, from, to []byte) (int, error) {
	var n int64
	err := s.Write(ctx, func(tx *Tx) error {
		result, err := tx.ExecContext(tx, "UPDATE "+c.table+" SET "+c.column+" = ? WHERE id = ? AND "+c.column+" = ?", to, id, from)
		if err != nil {
			return err
		}
		n, err = result.RowsAffected()
		return err
	})
	return int(n), err
}

// eachSealed calls f with each value of a column, in the order of ids, and
// reads some hundred rows at a time.
func (s *Store) eachSealed(ctx context.Context, c sealedColumn, f func(id string, sealed []byte) error) error {
	type row struct {
		id     string
		sealed []byte
	}
	query := "SELECT id, " + c.column + " FROM " + c.table + " WHERE id > ? AND " + c.column + " IS NOT NULL ORDER BY id LIMIT ?"
	step := cmp.Or(c.step, resealBatch)
	for last := ""; ; {
		var batch []row
		rows, err := s.client.QueryContext(ctx, query, last, step)
		if err != nil {
			return err
		}
		for rows.Next() {
			var r row
			if err := rows.Scan(&r.id, &r.sealed); err != nil {
				return errors.Join(err, rows.Close())
			}
			batch = append(batch, r)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		for _, r := range batch {
			if err := f(r.id, r.sealed); err != nil {
				return err
			}
			last = r.id
		}
		if len(batch) < step {
			return nil
		}
	}
}
