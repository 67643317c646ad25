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

// Alipay is Alipay's asynchronous notification: a form with an RSA2 signature
// (SHA256 with RSA) over its sorted parameters.
type Alipay struct {
	// AppID is the provider's application. Notifications for another
	// application are refused.
	AppID string
	// Key is Alipay's public key.
	Key *rsa.PublicKey
}

// Name returns ALIPAY.
func (Alipay) Name() topup.Channel { return topup.ChannelALIPAY }

// Acknowledge returns the word that Alipay waits for. Until it gets it, Alipay
// sends the notification again.
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
	// From here on the content is known to be Alipay's. It is read by the
	// charset that is signed.
	signed := Notification{Channel: a.Name(), Digest: digest([]byte(content)), Raw: content}
	if form, err = decoded(form); err != nil {
		return []Notification{signed}, err
	}
	n, err := alipayTrade(signed, form)
	return []Notification{n}, err
}

// alipayTrade reads a notification about a trade. Its refund_fee is the total
// that was sent back. A trade is closed if it wasn't paid in time, or if all of
// it was sent back. Refusals: Unreadable.
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
	if n.TradeNumber == "" && !n.Paid { // not about a trade
		n.Question = UnknownState
		return n.checked()
	}
	if c := form.Get("trans_currency"); c != "" && c != money.CNY.String() {
		return n, unreadable("币种不是 CNY", "the currency is not CNY")
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
	} else if n.Ended && n.Paid { // a paid trade is closed when all of it was sent back
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

// seconds returns a time without the fractions that Alipay adds for refunds.
func seconds(s string) string {
	whole, _, _ := strings.Cut(s, ".")
	return whole
}

// decoded converts a form to UTF-8 by the charset that it names. Alipay uses
// the merchant's charset, often GBK.
func decoded(form url.Values) (url.Values, error) {
	all := make(url.Values, len(form))
	for name, values := range form {
		value, err := text.Decode([]byte(values[0]), form.Get("charset"))
		if err != nil {
			return nil, unreadable("参数不符合其声明的字符集", "a parameter is not in the charset that it states")
		}
		all.Set(name, value)
	}
	return all, nil
}

// alipayContent returns the text that Alipay signs: all parameters but sign and
// sign_type, decoded and sorted by name. A duplicate parameter is refused,
// because the signature and the reader could take different values.
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
