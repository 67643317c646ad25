package ent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// PrepareKey adds a new key to the text of a key file. The key doesn't seal
// yet, but a replica that has it can open what another one seals with it. If
// the newest key is already such a key, the text stays as it is. It returns the
// id of the newest key.
func PrepareKey(text []byte) (prepared []byte, id uint32, err error) {
	return editKeys(text, func(h *keyset.Handle, m *keyset.Manager) (uint32, error) {
		if newest, primary := newestKey(h); newest != primary {
			return newest, nil
		}
		return m.Add(aead.AES256GCMKeyTemplate())
	})
}

// PromoteKey changes the text of a key file so that the newest key seals from
// now on. The other keys stay and open what they sealed.
func PromoteKey(text []byte) (promoted []byte, id uint32, err error) {
	return editKeys(text, func(h *keyset.Handle, m *keyset.Manager) (uint32, error) {
		newest, primary := newestKey(h)
		if newest == primary {
			return 0, fmt.Errorf("keys: the newest key is already in use")
		}
		return newest, m.SetPrimary(newest)
	})
}

// newestKey returns the ids of the last key of the keyset and of the key that
// seals.
func newestKey(h *keyset.Handle) (newest, primary uint32) {
	for _, info := range h.KeysetInfo().GetKeyInfo() {
		newest = info.GetKeyId()
	}
	return newest, h.KeysetInfo().GetPrimaryKeyId()
}

func editKeys(text []byte, edit func(*keyset.Handle, *keyset.Manager) (uint32, error)) (edited []byte, id uint32, err error) {
	f, h, err := readKeyFile(text)
	if err != nil {
		return nil, 0, err
	}
	m := keyset.NewManagerFromHandle(h)
	if id, err = edit(h, m); err != nil {
		return nil, 0, err
	}
	if h, err = m.Handle(); err != nil {
		return nil, 0, fmt.Errorf("keys: %w", err)
	}
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&b)); err != nil {
		return nil, 0, fmt.Errorf("keys: %w", err)
	}
	f.Keyset = b.Bytes()
	edited, err = json.MarshalIndent(f, "", "  ")
	return edited, id, err
}

// Key returns the id of the key with which the store seals.
func (s *Store) Key() uint32 { return s.keys.primary }

// HasKey reports whether the store's keyset contains a key.
func (s *Store) HasKey(id uint32) bool { return slices.Contains(s.keys.ids, id) }
