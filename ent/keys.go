package ent

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Keys seal personal data (5.7): a Tink keyset that can be rotated, and a key
// for blind indexes that can't, since rows are found by it.
type Keys struct {
	aead    tink.AEAD
	index   []byte
	primary uint32
	ids     []uint32
	reread  func() (*Keys, error)
	newer   atomic.Pointer[Keys] // as they were read again
}

type keyFile struct {
	Keyset json.RawMessage `json:"keyset"`
	Index  []byte          `json:"index"`
}

// NewKeys makes fresh keys and the text to keep them by, which is a secret.
func NewKeys() (*Keys, []byte, error) {
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, nil, err
	}
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&b)); err != nil {
		return nil, nil, err
	}
	f := keyFile{Keyset: b.Bytes(), Index: make([]byte, 32)}
	_, _ = rand.Read(f.Index)
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, nil, err
	}
	k, err := ParseKeys(text)
	return k, text, err
}

// ParseKeys reads keys that [NewKeys] made.
func ParseKeys(text []byte) (*Keys, error) {
	f, h, err := readKeyFile(text)
	if err != nil {
		return nil, err
	}
	a, err := aead.New(h)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	k := &Keys{aead: a, index: f.Index, primary: h.KeysetInfo().GetPrimaryKeyId()}
	for _, info := range h.KeysetInfo().GetKeyInfo() {
		k.ids = append(k.ids, info.GetKeyId())
	}
	return k, nil
}

func readKeyFile(text []byte) (f keyFile, h *keyset.Handle, err error) {
	if err := json.Unmarshal(text, &f); err != nil {
		return f, nil, fmt.Errorf("keys: not the JSON of a key file")
	}
	if len(f.Index) < 32 {
		return f, nil, fmt.Errorf("keys: the index key is shorter than 32 bytes")
	}
	if h, err = insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Keyset))); err != nil {
		return f, nil, fmt.Errorf("keys: the keyset can't be read")
	}
	return f, h, nil
}

// Reread says how the keys are read again when something was sealed by one that
// they lack: a key that was added since opens what it sealed, and seals nothing.
func (k *Keys) Reread(read func() (*Keys, error)) { k.reread = read }

// holding are the keys that hold the one that a value was sealed by, as far as
// they are to be had.
func (k *Keys) holding(sealed []byte) *Keys {
	id, ok := sealedBy(sealed)
	if !ok || k.reread == nil || slices.Contains(k.ids, id) {
		return k
	}
	if newer := k.newer.Load(); newer != nil && slices.Contains(newer.ids, id) {
		return newer
	}
	newer, err := k.reread()
	if err != nil || !hmac.Equal(newer.index, k.index) { // of another database
		return k
	}
	k.newer.Store(newer)
	return newer
}

// Seal encrypts a value for one column ("person.phone"); a value sealed for
// another column doesn't open.
func (s *Store) Seal(column, value string) ([]byte, error) {
	return s.keys.aead.Encrypt([]byte(value), []byte(column))
}

// Unseal decrypts what [Store.Seal] sealed for the same column.
func (s *Store) Unseal(column string, sealed []byte) (string, error) {
	b, err := s.keys.holding(sealed).aead.Decrypt(sealed, []byte(column))
	if err != nil {
		return "", fmt.Errorf("ent: %s can't be unsealed: %w", column, err)
	}
	return string(b), nil
}

// Index is the keyed blind index of a value within a domain, by which a sealed
// value is found, and the keyed hash of short secrets (codes, answers).
func (s *Store) Index(domain, value string) string {
	h := hmac.New(sha256.New, s.keys.index)
	h.Write([]byte(domain))
	h.Write([]byte{0})
	h.Write([]byte(value))
	return hex.EncodeToString(h.Sum(nil))
}

// Hash is the SHA-256 of a long random token, as it is stored.
func Hash(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}
