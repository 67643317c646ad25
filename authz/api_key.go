package authz

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"net/netip"
	"slices"
	"strings"
)

const (
	// APIKeyPrefix begins the secret of every API key, so that secret scanners
	// recognise it.
	APIKeyPrefix = "ak_"
	// apiKeyBytes is how many random bytes a secret has, and shownOfAPIKey how many of
	// its characters are shown later, to recognise it by.
	apiKeyBytes   = 32
	shownOfAPIKey = len(APIKeyPrefix) + 6
)

// NewAPIKey returns the secret of an API key, 52 characters: 256 random bits after the
// prefix, and a checksum. Prefix is the part of it that may be shown later; 220 bits
// stay secret.
func NewAPIKey() (key, prefix string) {
	b := make([]byte, apiKeyBytes)
	_, _ = rand.Read(b)
	key = APIKeyPrefix + base64.RawURLEncoding.EncodeToString(b)
	return key + checksum(key), key[:shownOfAPIKey]
}

// IsAPIKey reports whether a text can be the secret of an API key. One that was cut or
// mistyped can't, by its checksum, and costs no look into the database.
func IsAPIKey(s string) bool {
	random := base64.RawURLEncoding.EncodedLen(apiKeyBytes)
	end := len(APIKeyPrefix) + random
	return strings.HasPrefix(s, APIKeyPrefix) && len(s) > end && s[end:] == checksum(s[:end])
}

// checksum returns the CRC-32 of a text in six characters.
func checksum(s string) string {
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(s))))
}

// Admits reports whether the principal may act from a network address. Only an API key
// can be limited to networks; an address that isn't an IP address is in none of them.
func (p *Principal) Admits(address string) bool {
	if len(p.Networks) == 0 {
		return true
	}
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(p.Networks, func(n netip.Prefix) bool { return n.Contains(a) })
}

// Within returns a grant as an API key of its holder has it (1.5): only what the key may
// do, and only for the key's applications, if it is limited to some. Ok is false if
// nothing is left: always of a grant that asks for a fresh second factor, which a program
// doesn't have, neither to read nor to act. The expiry and the limits stay as they are. A
// key never acts as the owner of an account.
func (g Grant) Within(may Set, applications []string) (narrow Grant, ok bool) {
	if g.StepUp != 0 {
		return Grant{}, false
	}
	may = may.Both(Law().OfKeys())
	g.Owner, g.Allow, g.Withheld = false, g.Allow.Both(may), g.Withheld.Both(may)
	switch {
	case len(applications) == 0:
	case len(g.Applications) == 0:
		g.Applications = applications
	default:
		g.Applications = slices.DeleteFunc(slices.Clone(g.Applications), func(id string) bool { return !slices.Contains(applications, id) })
		if len(g.Applications) == 0 {
			return Grant{}, false
		}
	}
	return g, g.Allow != Set{} || g.Withheld != Set{}
}
