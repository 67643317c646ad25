package payment

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"unicode/utf8"

	"portico/ent/db/topup"
)

// rsaSigned checks an RSA signature (PKCS #1 v1.5, SHA-256).
func rsaSigned(key *rsa.PublicKey, content, signature []byte) bool {
	if key == nil {
		return false
	}
	sum := sha256.Sum256(content)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
}

// OnlineBank is a bank's notification of one payment: JSON, with an RSA
// signature of the body (SHA-256, base64) in the header Bank-Signature and the
// key's name in Bank-Key.
type OnlineBank struct {
	// Keys holds the banks' public keys by name.
	Keys map[string]*rsa.PublicKey
}

// Name returns ONLINE_BANK.
func (OnlineBank) Name() topup.Channel { return topup.ChannelONLINE_BANK }

// Acknowledge returns JSON, as agreed with the banks.
func (OnlineBank) Acknowledge(ok bool) (mediaType, body string) { return acknowledgeJSON(ok) }

// Read checks and reads a notification; see [Channel].
func (b OnlineBank) Read(d Delivery) ([]Notification, error) {
	signature, err := base64.StdEncoding.DecodeString(d.Header("Bank-Signature"))
	if err != nil || !rsaSigned(b.Keys[d.Header("Bank-Key")], d.Body, signature) {
		return nil, SignatureInvalid.Because(err)
	}
	return readOne(b.Name(), d.Body)
}

func acknowledgeJSON(ok bool) (mediaType, body string) {
	if ok {
		return "application/json", `{"result":"OK"}`
	}
	return "application/json", `{"result":"REFUSED"}`
}

// readOne reads the JSON of one payment.
func readOne(name topup.Channel, body []byte) ([]Notification, error) {
	signed := Notification{Channel: name, Digest: digest(body), Raw: string(body)}
	if !utf8.Valid(body) { // a JSON decoder would replace invalid characters
		return []Notification{signed}, unreadable("不是 UTF-8 文本", "it is not UTF-8 text")
	}
	raw, err := fieldsOf(body)
	if err != nil {
		return []Notification{signed}, err
	}
	n, err := raw.notification(signed)
	if err != nil {
		n = raw.legible(signed)
	}
	return []Notification{n}, err
}
