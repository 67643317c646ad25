package portaltest

import (
	"encoding/json"
	"net/url"

	"github.com/descope/virtualwebauthn"
)

// Passkey is a passkey of an actor in a virtual authenticator.
type Passkey struct {
	// ID is that of the second factor; empty until it is added.
	ID string
	// RecoveryCodes are the codes that came with the factor.
	RecoveryCodes []string
	// Key is the key pair, with its signature counter.
	Key virtualwebauthn.Credential
	// Authenticator holds the key.
	Authenticator virtualwebauthn.Authenticator
	// Origin is that of the page that asks, and Domain the passkey's.
	Origin, Domain string
}

// wholeKey is the length of a public key whose coordinates have 32 bytes each. The
// virtual authenticator leaves out their leading zeros, which no real one does.
const wholeKey = 77

// NewPasskey returns a passkey that isn't added yet, with a counter of 1.
func (w *World) NewPasskey() *Passkey {
	u, key := must(url.Parse(w.URL)), virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	for len(key.Key.AttestationData()) != wholeKey {
		key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	k := &Passkey{Key: key, Authenticator: virtualwebauthn.NewAuthenticator(), Origin: w.URL, Domain: u.Hostname()}
	k.Key.Counter = 1
	return k
}

func (k *Passkey) party() virtualwebauthn.RelyingParty {
	return virtualwebauthn.RelyingParty{ID: k.Domain, Name: "Portico", Origin: k.Origin}
}

// Create returns the answer of an authenticator that creates the passkey.
func (k *Passkey) Create(options any) any {
	o := must(virtualwebauthn.ParseAttestationOptions(string(must(json.Marshal(options)))))
	k.Authenticator.Options.UserHandle = []byte(o.UserID)
	return decoded(virtualwebauthn.CreateAttestationResponse(k.party(), k.Authenticator, k.Key, *o))
}

// Sign returns the answer of the authenticator to a challenge. The counter grows.
func (k *Passkey) Sign(options any) any {
	k.Key.Counter++
	return k.SignAgain(options)
}

// SignAgain is [Passkey.Sign], but the counter doesn't grow, as that of a copy.
func (k *Passkey) SignAgain(options any) any {
	o := must(virtualwebauthn.ParseAssertionOptions(string(must(json.Marshal(options)))))
	return decoded(virtualwebauthn.CreateAssertionResponse(k.party(), k.Authenticator, k.Key, *o))
}

func decoded(text string) (v any) {
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		panic(err)
	}
	return v
}

// AddPasskey gives an actor who has no second factor a passkey. The actor's present
// session has passed the factor; its other sessions end.
func (w *World) AddPasskey(a *Actor) *Passkey {
	w.T.Helper()
	k := w.NewPasskey()
	p := w.Done(a, `mutation($i: BeginPasskeyInput!) { beginPasskey(input: $i) { challenge { id options } userErrors { code } } }`,
		map[string]any{"i": map[string]any{"name": "Laptop", "currentPassword": Password}})
	p = w.Done(a, `mutation($i: FinishPasskeyInput!) { finishPasskey(input: $i) { secondFactor { id } recoveryCodes userErrors { code } } }`,
		map[string]any{"i": map[string]any{"challengeId": String(p, "challenge", "id"), "credential": k.Create(At(p, "challenge", "options"))}})
	k.ID = String(p, "secondFactor", "id")
	codes, _ := At(p, "recoveryCodes").([]any)
	for _, c := range codes {
		k.RecoveryCodes = append(k.RecoveryCodes, c.(string))
	}
	return k
}
