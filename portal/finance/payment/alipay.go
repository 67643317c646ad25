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
	"portico/text"
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
	// From here on it is Alipay's word; what it says is told by the charset that it
	// signed.
	signed := Notification{Channel: a.Name(), Digest: digest([]byte(content)), Raw: content}
	if form, err = decoded(form); err != nil {
		return []Notification{signed}, err
	}
	n, err := alipayTrade(signed, form)
	return []Notification{n}, err
}

// alipayTrade reads what Alipay says of a trade. It tells what went back in all
// (refund_fee), and closes a trade that wasn't paid in time, or that went back as
// a whole. Refusals: Unreadable.
func alipayTrade(n Notification, form url.Values) (Notification, error) {
	n.TradeNumber, n.Reference, n.Words = form.Get("trade_no"), form.Get("out_trade_no"), form.Get("trade_status")
	n.PayerName, n.PayerID = form.Get("buyer_user_name"), form.Get("buyer_id")
	refund, paidAt := form.Get("refund_fee"), form.Get("gmt_payment")
	switch n.Words {
	case "TRADE_SUCCESS", "TRADE_FINISHED":
		n.Paid = true
	case "TRADE_CLOSED":
		n.Ended, n.Paid = true, paidAt != "" || refund != ""
	case "WAIT_BUYER_PAY":
	default:
		n.Question = UnknownState
	}
	if n.TradeNumber == "" && !n.Paid { // about something else than a trade
		n.Question = UnknownState
		return n.checked()
	}
	if c := form.Get("trans_currency"); c != "" && c != money.CNY.String() {
		return n, unreadable("币种不是 CNY", "the currency isn't CNY")
	}
	var err error
	if n.Amount, err = money.Parse(form.Get("total_amount"), money.CNY); err != nil {
		if n.Amount = money.Zero(money.CNY); n.Paid {
			return n, unreadable("金额无效", "the amount is not valid")
		}
	}
	if refund != "" {
		if n.Refunded, err = money.Parse(refund, money.CNY); err != nil || n.Refunded.Sign() < 0 || n.Paid && n.Amount.Less(n.Refunded) {
			return n, unreadable("退款金额无效", "the refunded amount is not valid")
		}
	} else if n.Ended && n.Paid { // a trade that was paid is closed once it went back as a whole
		n.Refunded = n.Amount
	}
	if n.Paid {
		if n.Ended && paidAt == "" {
			paidAt = form.Get("gmt_refund")
		}
		if n.PaidAt, err = time.ParseInLocation(time.DateTime, seconds(paidAt), chinaTime); err != nil {
			return n, noTime
		}
	}
	return n.checked()
}

// seconds is a time without the fractions that Alipay writes of refunds.
func seconds(s string) string {
	whole, _, _ := strings.Cut(s, ".")
	return whole
}

// decoded is a form in UTF-8, read by the charset that it names: Alipay writes in
// the merchant's, GBK for many.
func decoded(form url.Values) (url.Values, error) {
	all := make(url.Values, len(form))
	for name, values := range form {
		value, err := text.Decode([]byte(values[0]), form.Get("charset"))
		if err != nil {
			return nil, unreadable("参数不符合其声明的字符集", "a parameter is not of the charset that it tells")
		}
		all.Set(name, value)
	}
	return all, nil
}

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
