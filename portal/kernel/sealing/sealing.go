// Package sealing keeps account of the keys that personal data is sealed by, and
// seals it anew (5.7).
package sealing

import (
	"context"
	"fmt"

	"portico/ent"
	"portico/ent/db/sealingkey"
)

// KeyMissing is the fault of a keyset without a key that the database's personal
// data is sealed by: that data could not be read.
type KeyMissing struct {
	// ID is the key's id in the keyset.
	ID uint32
}

// Error is the fault in words.
func (e KeyMissing) Error() string {
	return fmt.Sprintf("the keyset lacks the key %d, which personal data of the database is sealed by", e.ID)
}

// Check refuses a keyset that lacks a key in use, with [KeyMissing], and notes the
// key that seals from now on as one in use. For the start of a portal. Where
// nothing is noted yet, what is sealed is read once.
func Check(ctx context.Context, s *ent.Store) error {
	noted, err := s.Read().SealingKey.Query().All(ctx)
	if err != nil {
		return err
	}
	known := map[uint32]bool{}
	for _, row := range noted {
		known[uint32(row.KeyID)] = true
	}
	if len(noted) == 0 { // an empty database, or one from before keys were noted
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

// note writes down keys in use, once each.
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
		if err != nil && !ent.IsDuplicate(err) { // a twin was faster
			return err
		}
	}
	return nil
}

// Reseal seals by the keyset's newest primary key whatever another key sealed, and
// returns how many values these were. For `portico keys reseal`, beside a serving
// portal. Keys that seal nothing any more are no longer asked for at a start; a
// value that a replica with the old file seals meanwhile stays under its key, and
// another run finds it.
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
