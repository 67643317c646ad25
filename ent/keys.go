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

// Keys seal personal data (5.7). They consist of a Tink keyset, which can be
// rotated, and a key for blind indexes, which can't, because rows are found by
// it.
type Keys struct {
	aead    tink.AEAD
	index   []byte
	primary uint32
	ids     []uint32
	reread  func() (*Keys, error)
	newer   atomic.Pointer[Keys] // the keys that were read again
}

type keyFile struct {
	Keyset json.RawMessage `json:"keyset"`
	Index  []byte          `json:"index"`
}

// NewKeys returns new keys, and the text in which to store them, which is a
// secret.
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

// ParseKeys parses the text of keys that [NewKeys] made.
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
		return f, nil, fmt.Errorf("keys: the file is not valid JSON for keys")
	}
	if len(f.Index) < 32 {
		return f, nil, fmt.Errorf("keys: the index key is shorter than 32 bytes")
	}
	if h, err = insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Keyset))); err != nil {
		return f, nil, fmt.Errorf("keys: the keyset can't be read")
	}
	return f, h, nil
}

// Reread sets how the keys are read again if a value was sealed with a key that
// they lack. A key that was added later opens the values that it sealed; it
// doesn't seal new ones.
func (k *Keys) Reread(read func() (*Keys, error)) { k.reread = read }

// holding returns the keys that include the one with which a value was sealed.
// If that key can't be found, it returns k.
func (k *Keys) holding(sealed []byte) *Keys {
	id, ok := sealedBy(sealed)
	if !ok || k.reread == nil || slices.Contains(k.ids, id) {
		return k
	}
	if newer := k.newer.Load(); newer != nil && slices.Contains(newer.ids, id) {
		return newer
	}
	newer, err := k.reread()
	if err != nil || !hmac.Equal(newer.index, k.index) { // the keys of another database
		return k
	}
	k.newer.Store(newer)
	return newer
}

// Seal encrypts a value for one column ("person.phone"). It can't be opened for
// another column.
func (s *Store) Seal(column, value string) ([]byte, error) {
	return s.keys.aead.Encrypt([]byte(value), []byte(column))
}

// Unseal decrypts a value that [Store.Seal] sealed for the same column.
func (s *Store) Unseal(column string, sealed []byte) (string, error) {
	b, err := s.keys.holding(sealed).aead.Decrypt(sealed, []byte(column))
	if err != nil {
		return "", fmt.Errorf("ent: unsealing %s: %w", column, err)
	}
	return string(b), nil
}

// Index returns the keyed blind index of a value within a domain. A sealed
// value is found by it. It is also the keyed hash of short secrets (codes,
// answers).
func (s *Store) Index(domain, value string) string {
	h := hmac.New(sha256.New, s.keys.index)
	h.Write([]byte(domain))
	h.Write([]byte{0})
	h.Write([]byte(value))
	return hex.EncodeToString(h.Sum(nil))
}

// Hash returns the SHA-256 of a long random token, in the form in which it is
// stored.
func Hash(token string) string {
	h := sha256.Sum256([]byte(token))
	var text [2 * len(h)]byte
	hex.Encode(text[:], h[:])
	return string(text[:])
}
