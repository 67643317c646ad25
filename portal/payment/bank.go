package payment

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

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

// OnlineBank is a bank's notification of one payment: JSON, with its RSA
// signature (SHA-256, base64) over the body in the header Bank-Signature and
// the key's name in Bank-Key.
type OnlineBank struct {
	// Keys are the banks' public keys by name.
	Keys map[string]*rsa.PublicKey
}

// Name is ONLINE_BANK.
func (OnlineBank) Name() topup.Channel { return topup.ChannelONLINE_BANK }

// Acknowledge is JSON, as agreed with the banks.
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

func readOne(name topup.Channel, body []byte) ([]Notification, error) {
	var s signed
	if err := json.Unmarshal(body, &s); err != nil {
		return nil, unreadable("不是约定的 JSON", "not the JSON agreed on")
	}
	n, err := s.notification(name, digest(body))
	return []Notification{n}, err
}

// BankTransfer is a bank's statement: a file that an operator imports, or that
// the bank sends, of lines of money that came in. The file is JSON of the
// statement in base64, its RSA signature (SHA-256, base64) and the key's name.
type BankTransfer struct {
	// Keys are the banks' public keys by name.
	Keys map[string]*rsa.PublicKey
}

// Name is BANK_TRANSFER.
func (BankTransfer) Name() topup.Channel { return topup.ChannelBANK_TRANSFER }

// Acknowledge is JSON, as agreed with the banks.
func (BankTransfer) Acknowledge(ok bool) (mediaType, body string) { return acknowledgeJSON(ok) }

type statementFile struct {
	Key       string `json:"key"`
	Signature []byte `json:"signature"`
	Statement []byte `json:"statement"`
}

// Read checks and reads a statement; see [Channel]. A line is told by the
// bank's own number; its remark quotes the payment reference. Lines that quote
// none, and those of money that went out, are left out: they pay no top-up.
func (b BankTransfer) Read(d Delivery) ([]Notification, error) {
	var file statementFile
	if err := json.Unmarshal(d.Body, &file); err != nil || !rsaSigned(b.Keys[file.Key], file.Statement, file.Signature) {
		return nil, SignatureInvalid.Because(err)
	}
	var statement struct {
		Lines []signed `json:"lines"`
	}
	if err := json.Unmarshal(file.Statement, &statement); err != nil {
		return nil, unreadable("不是约定的 JSON", "not the JSON agreed on")
	}
	sum, all := digest(file.Statement), make([]Notification, 0, len(statement.Lines))
	for _, line := range statement.Lines {
		if line.Amount.Sign() <= 0 || line.Reference == "" && quoted(line.Remark) == "" {
			continue
		}
		n, err := line.notification(b.Name(), sum)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}
