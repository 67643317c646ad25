package factor

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
)

// longestCredential bounds the answer of a passkey, in bytes of JSON. Those of
// browsers have 1 to 3 KiB.
const longestCredential = 16 << 10

// The domains of the keyed hashes of passkeys.
const (
	handleIndex     = "passkey user"
	credentialIndex = "passkey credential"
)

// party makes and checks the passkeys of one domain, for the pages of some
// origins; nil if the portal has none.
var party = ent.Keep(func(*ent.Store) *webauthn.WebAuthn { return nil })

// Passkeys sets the domain that passkeys are made for, and the URLs of the pages
// that may ask for them. Without a domain it is the host of the first URL. Only
// pages on the domain and below it can use passkeys: other URLs are left out.
// If no URL remains, or the host is an IP address, there are no passkeys.
func Passkeys(domain string, urls ...string) ent.Setting {
	var origins []string
	for _, text := range urls {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" {
			continue
		}
		host := strings.ToLower(u.Hostname())
		if domain == "" {
			domain = host
		}
		if host == domain || strings.HasSuffix(host, "."+domain) {
			origins = append(origins, u.Scheme+"://"+strings.ToLower(u.Host))
		}
	}
	if _, err := netip.ParseAddr(domain); err == nil {
		return party.Set(nil)
	}
	w, err := webauthn.New(&webauthn.Config{RPID: domain, RPDisplayName: issuer, RPOrigins: origins,
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired,
			RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired}})
	if err != nil {
		w = nil
	}
	return party.Set(w)
}

// PasskeyHint is a kind of authenticator that the browser shall offer first.
type PasskeyHint string

// The hints, as WebAuthn has them (level 3, 5.8.7).
const (
	SecurityKey  PasskeyHint = "SECURITY_KEY"
	ClientDevice PasskeyHint = "CLIENT_DEVICE"
	Hybrid       PasskeyHint = "HYBRID"
)

// hints returns the hint as options have it.
func (h *PasskeyHint) hints() []protocol.PublicKeyCredentialHints {
	if h == nil {
		return nil
	}
	return []protocol.PublicKeyCredentialHints{protocol.PublicKeyCredentialHints(strings.ToLower(strings.ReplaceAll(string(*h), "_", "-")))}
}

// holder is a person as the library sees it.
type holder struct {
	handle []byte
	name   string
	keys   []webauthn.Credential
}

// WebAuthnID is the handle by which authenticators know the person.
func (h holder) WebAuthnID() []byte { return h.handle }

// WebAuthnName is what authenticators show of the person.
func (h holder) WebAuthnName() string { return h.name }

// WebAuthnDisplayName is what authenticators show of the person.
func (h holder) WebAuthnDisplayName() string { return h.name }

// WebAuthnCredentials are the person's passkeys.
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

// handleOf returns a person's handle: a keyed hash of its id, since an
// authenticator shows the handle to whoever holds it.
func handleOf(s *ent.Store, personID string) []byte {
	sum := sha256.Sum256([]byte(s.Index(handleIndex, personID)))
	return sum[:]
}

// signed returns what a passkey signs for a challenge with a token. Only a hash
// of the token is kept, from which it can't be derived.
func signed(s *ent.Store, token string) []byte {
	sum := sha256.Sum256([]byte(s.Index("passkey challenge", token)))
	return sum[:]
}

// session returns the state of a ceremony, which follows from its token and
// person.
func session(s *ent.Store, w *webauthn.WebAuthn, token string, handle []byte) webauthn.SessionData {
	return webauthn.SessionData{Challenge: base64.RawURLEncoding.EncodeToString(signed(s, token)), RelyingPartyID: w.Config.RPID, UserID: handle,
		UserVerification: protocol.VerificationRequired, CredParams: webauthn.CredentialParametersDefault()}
}

// indexOf returns the keyed index of a credential id.
func indexOf(s *ent.Store, id []byte) string {
	return s.Index(credentialIndex, base64.RawURLEncoding.EncodeToString(id))
}

// key is what is kept of a passkey, sealed. Its signature counter has a column.
type key struct {
	ID             []byte                            `json:"id"`
	PublicKey      []byte                            `json:"publicKey"`
	Transports     []protocol.AuthenticatorTransport `json:"transports,omitempty"`
	BackupEligible bool                              `json:"backupEligible,omitempty"`
}

// seal returns a new credential as it is kept.
func seal(s *ent.Store, c *webauthn.Credential) ([]byte, error) {
	text, err := json.Marshal(key{ID: c.ID, PublicKey: c.PublicKey, Transports: c.Transport, BackupEligible: c.Flags.BackupEligible})
	if err != nil {
		return nil, err
	}
	return s.Seal(secretColumn, string(text))
}

// unsealed returns the credentials of a person's passkeys among its factors.
func unsealed(s *ent.Store, rows []*db.SecondFactor) ([]webauthn.Credential, error) {
	var all []webauthn.Credential
	for _, row := range rows {
		if row.CredentialIndex == nil {
			continue
		}
		text, err := s.Unseal(secretColumn, row.Secret)
		if err != nil {
			return nil, err
		}
		var k key
		if err := json.Unmarshal([]byte(text), &k); err != nil {
			return nil, err
		}
		all = append(all, webauthn.Credential{ID: k.ID, PublicKey: k.PublicKey, Transport: k.Transports,
			Flags: webauthn.CredentialFlags{BackupEligible: k.BackupEligible}, Authenticator: webauthn.Authenticator{SignCount: uint32(row.SignCount)}})
	}
	return all, nil
}

// errAnswer is the error of an answer that isn't right.
var errAnswer = errors.New("factor: wrong answer of a passkey")

// written returns a passkey's answer as JSON.
func written(answer any) ([]byte, error) {
	text, err := json.Marshal(answer)
	if err != nil || len(text) > longestCredential {
		return nil, errAnswer
	}
	return text, nil
}

// create checks the answer of a new passkey.
func create(s *ent.Store, w *webauthn.WebAuthn, token, personID string, answer any) (*webauthn.Credential, error) {
	text, err := written(answer)
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(text)
	if err != nil {
		return nil, errors.Join(errAnswer, err)
	}
	h := holder{handle: handleOf(s, personID)}
	made, err := w.CreateCredential(h, session(s, w, token, h.handle), parsed)
	if err != nil {
		return nil, errors.Join(errAnswer, err)
	}
	return made, nil
}

// parse reads the answer of a passkey that signs.
func parse(answer any) (*protocol.ParsedCredentialAssertionData, error) {
	text, err := written(answer)
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(text)
	if err != nil {
		return nil, errors.Join(errAnswer, err)
	}
	return parsed, nil
}

// check checks the signature of a passkey, and returns its signature counter.
func check(s *ent.Store, w *webauthn.WebAuthn, token string, row *db.SecondFactor, answer *protocol.ParsedCredentialAssertionData) (int64, error) {
	keys, err := unsealed(s, []*db.SecondFactor{row})
	if err != nil {
		return 0, err
	}
	h := holder{handle: handleOf(s, row.PersonID), keys: keys}
	if _, err := w.ValidateLogin(h, session(s, w, token, h.handle), answer); err != nil {
		return 0, errors.Join(errAnswer, err)
	}
	return int64(answer.Response.AuthenticatorData.Counter), nil
}

// available returns who makes passkeys. The refusal is PASSKEYS_UNAVAILABLE.
func available(s *ent.Store) (*webauthn.WebAuthn, error) {
	if w := party.Of(s); w != nil {
		return w, nil
	}
	return nil, PasskeysUnavailable
}

// timeout is how long a browser waits for the person, in milliseconds.
func timeout() int { return int(clause.Standard(clause.ChallengeLifetime).Duration().Milliseconds()) }
