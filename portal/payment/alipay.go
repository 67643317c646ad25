package payment

import (
	"crypto/rsa"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"time"

	"portico/ent/db/topup"
	"portico/money"
)

// Alipay is Alipay's asynchronous notification: a form, signed RSA2 (SHA256
// with RSA over its sorted parameters).
type Alipay struct {
	// AppID is the provider's application; what is for another is refused.
	AppID string
	// Key is Alipay's public key.
	Key *rsa.PublicKey
}

// Name is ALIPAY.
func (Alipay) Name() topup.Channel { return topup.ChannelALIPAY }

// Acknowledge is the word that Alipay waits for; until then it tells again.
func (Alipay) Acknowledge(ok bool) (mediaType, body string) {
	if ok {
		return "text/plain; charset=utf-8", "success"
	}
	return "text/plain; charset=utf-8", "failure"
}

// Read checks and reads a notification; see [Channel].
func (a Alipay) Read(d Delivery) ([]Notification, error) {
	form, err := url.ParseQuery(string(d.Body))
	if err != nil {
		return nil, SignatureInvalid.Because(err)
	}
	content, ok := alipayContent(form)
	signature, err := base64.StdEncoding.DecodeString(form.Get("sign"))
	if !ok || err != nil || !rsaSigned(a.Key, []byte(content), signature) || form.Get("app_id") != a.AppID {
		return nil, SignatureInvalid.Because(err)
	}
	switch form.Get("trade_status") {
	case "TRADE_SUCCESS", "TRADE_FINISHED":
	default:
		return nil, nil
	}
	amount, err := money.Parse(form.Get("total_amount"), money.CNY)
	if err != nil {
		return nil, unreadable("金额无效", "the amount is not valid")
	}
	at, _ := time.ParseInLocation(time.DateTime, form.Get("gmt_payment"), chinaTime)
	n, err := Notification{Channel: a.Name(), TradeNumber: form.Get("trade_no"), Reference: form.Get("out_trade_no"),
		Amount: amount, PayerName: form.Get("buyer_user_name"), PayerID: form.Get("buyer_id"), PaidAt: at, Digest: digest([]byte(content))}.checked()
	return []Notification{n}, err
}

// chinaTime is what Alipay writes its times in.
var chinaTime = time.FixedZone("+08:00", 8*60*60)

// alipayContent is what Alipay signs: every parameter but sign and sign_type,
// decoded, in the order of the names. A parameter that is there twice would
// mean one thing to the signature and another to the reader.
func alipayContent(form url.Values) (content string, ok bool) {
	names := make([]string, 0, len(form))
	for name, values := range form {
		if len(values) != 1 {
			return "", false
		}
		if name != "sign" && name != "sign_type" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = name + "=" + form.Get(name)
	}
	return strings.Join(names, "&"), true
}
