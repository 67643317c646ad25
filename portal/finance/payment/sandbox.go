package payment

import (
	"crypto/hmac"
	"encoding/json"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/topup"
	"portico/money"
)

// Sandbox is the sandbox's own channel. It differs from a real one only in that
// we hold its key, in the data folder. Its notification is JSON, with a keyed
// hash of the body in the header Sandbox-Signature.
type Sandbox struct{ Store *ent.Store }

const sandboxHeader = "Sandbox-Signature"

// Name returns SANDBOX.
func (Sandbox) Name() topup.Channel { return topup.ChannelSANDBOX }

// Acknowledge returns JSON.
func (Sandbox) Acknowledge(ok bool) (mediaType, body string) { return acknowledgeJSON(ok) }

func (s Sandbox) sign(body []byte) string { return s.Store.Index("payment.sandbox", string(body)) }

// Read checks and reads a notification; see [Channel].
func (s Sandbox) Read(d Delivery) ([]Notification, error) {
	if !hmac.Equal([]byte(d.Header(sandboxHeader)), []byte(s.sign(d.Body))) {
		return nil, SignatureInvalid
	}
	return readOne(s.Name(), d.Body)
}

// Pay returns what the channel sends when somebody pays a top-up in the
// sandbox: a signed notification with a new trade number.
func (s Sandbox) Pay(t *db.TopUp, payerName string, amount money.Amount, at time.Time) (Delivery, error) {
	body, err := json.Marshal(signed{TradeNumber: ent.NewID("sbx"), Reference: t.PaymentReference,
		Amount: amount.Amount(), Currency: amount.Currency(), PayerName: payerName, PaidAt: at})
	if err != nil {
		return Delivery{}, err
	}
	signature := s.sign(body)
	return Delivery{Body: body, Header: func(name string) string {
		if name == sandboxHeader {
			return signature
		}
		return ""
	}}, nil
}
