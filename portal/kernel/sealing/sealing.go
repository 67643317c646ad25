// Package sealing records which keys seal personal data, and seals that data
// again with a new key (5.7).
package sealing

import (
	"context"
	"fmt"

	"portico/ent"
	"portico/ent/db/sealingkey"
)

// KeyMissing is the error of a keyset that lacks a key which seals personal
// data of the database: that data could not be read.
type KeyMissing struct {
	// ID is the key's id in the keyset.
	ID uint32
}

// Error returns the message.
func (e KeyMissing) Error() string {
	return fmt.Sprintf("the keyset lacks the key %d, which seals personal data of the database", e.ID)
}

// Check returns [KeyMissing] if the keyset lacks a key in use, and records the
// primary key as in use. It is called when a portal starts. If no key is
// recorded yet, it reads the sealed values once.
func Check(ctx context.Context, s *ent.Store) error {
	noted, err := s.Read().SealingKey.Query().All(ctx)
	if err != nil {
		return err
	}
	known := map[uint32]bool{}
	for _, row := range noted {
		known[uint32(row.KeyID)] = true
	}
	if len(noted) == 0 { // an empty database, or one from before keys were recorded
		used, err := s.KeysInUse(ctx)
		if err != nil {
			return err
		}
		for _, id := range used {
			known[id] = true
		}
	}
	fresh := []uint32{s.Key()}
	for id := range known {
		if !s.HasKey(id) {
			return KeyMissing{id}
		}
		if len(noted) == 0 {
			fresh = append(fresh, id)
		}
	}
	return note(ctx, s, fresh)
}

// note records keys in use, once each.
func note(ctx context.Context, s *ent.Store, keys []uint32) error {
	for _, id := range keys {
		found, err := s.Read().SealingKey.Query().Where(sealingkey.KeyID(int64(id))).Exist(ctx)
		if err != nil {
			return err
		}
		if found {
			continue
		}
		err = s.Write(ctx, func(tx *ent.Tx) error {
			return tx.SealingKey.Create().SetKeyID(int64(id)).SetCreatedAt(tx.Wall).Exec(tx)
		})
		if err != nil && !ent.IsDuplicate(err) { // another replica recorded it first
			return err
		}
	}
	return nil
}

// Reseal seals with the keyset's primary key every value that another key
// sealed, and returns how many there were. For `portico keys reseal`, beside a
// serving portal. Keys that no longer seal anything are no longer required at a
// start. A value that a replica with the old file seals meanwhile keeps its
// key; another run finds it.
func Reseal(ctx context.Context, s *ent.Store) (int, error) {
	n, err := s.Reseal(ctx)
	if err != nil {
		return n, err
	}
	used, err := s.KeysInUse(ctx)
	if err != nil {
		return n, err
	}
	kept := []int64{int64(s.Key())}
	for _, id := range used {
		kept = append(kept, int64(id))
	}
	return n, s.Write(ctx, func(tx *ent.Tx) error {
		_, err := tx.SealingKey.Delete().Where(sealingkey.KeyIDNotIn(kept...)).Exec(tx)
		return err
	})
}
