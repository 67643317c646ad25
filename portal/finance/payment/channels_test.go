package payment_test

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"portico/ent/db/topup"
	"portico/money"
	"portico/portal"
	"portico/portal/finance/payment"
	"portico/server"
)

// keyOf returns the key pair of a channel's counterpart, made once in each
// process.
var keyOf = func() func(name string) *rsa.PrivateKey {
	var mu sync.Mutex
	keys := map[string]*rsa.PrivateKey{}
	return func(name string) *rsa.PrivateKey {
		mu.Lock()
		defer mu.Unlock()
		if keys[name] == nil {
			k, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				panic(err)
			}
			keys[name] = k
		}
		return keys[name]
	}
}()

const apiV3Key = "0123456789abcdef0123456789abcdef"

// counterparts sign deliveries as the channels do, with real keys and in the
// real formats.
var counterparts = map[topup.Channel]func(key *rsa.PrivateKey, m message) payment.Delivery{
	topup.ChannelALIPAY:        alipay,
	topup.ChannelWECHAT_PAY:    wechat,
	topup.ChannelONLINE_BANK:   onlineBank,
	topup.ChannelBANK_TRANSFER: statement,
}

// message is the content of a counterpart's notification.
type message struct{ trade, reference, amount, payer string }

// configured configures every channel, as the file of a provider does.
func configured(c *portal.Config, _ *server.Config) {
	channels, err := payment.ParseChannels(channelFile())
	if err != nil {
		panic(err)
	}
	c.Channels = channels
}

func channelFile() []byte {
	text := func(name string) string {
		b, err := x509.MarshalPKIXPublicKey(keyOf(name).Public())
		if err != nil {
			panic(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: b}))
	}
	b, err := json.Marshal(map[string]any{
		"alipay":       map[string]any{"appId": "2021000000000001", "publicKey": text("ALIPAY"), "payUrl": "https://pay.test/alipay?out_trade_no={reference}&total_amount={amount}"},
		"wechatPay":    map[string]any{"merchantId": "1900000001", "platformKeys": map[string]string{"S1": text("WECHAT_PAY")}, "secret": apiV3Key, "payUrl": "https://pay.test/wechat/{topUpId}"},
		"onlineBank":   map[string]any{"publicKeys": map[string]string{"icbc": text("ONLINE_BANK")}, "payUrl": "https://pay.test/bank/{reference}"},
		"bankTransfer": map[string]any{"publicKeys": map[string]string{"icbc": text("BANK_TRANSFER")}},
	})
	if err != nil {
		panic(err)
	}
	return b
}

func sign(key *rsa.PrivateKey, content string) string {
	sum := sha256.Sum256([]byte(content))
	s, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(s)
}

func headers(pairs ...string) func(string) string {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h.Get
}

func alipay(key *rsa.PrivateKey, m message) payment.Delivery {
	form := url.Values{"app_id": {"2021000000000001"}, "trade_no": {m.trade}, "out_trade_no": {m.reference}, "total_amount": {m.amount},
		"buyer_user_name": {m.payer}, "trade_status": {"TRADE_SUCCESS"}, "gmt_payment": {"2026-03-02 10:00:01"},
		"notify_id": {"n1"}, "charset": {"utf-8"}, "version": {"1.0"}, "subject": {"充值 & top-up"}}
	return alipaySigned(key, form)
}

func alipaySigned(key *rsa.PrivateKey, form url.Values) payment.Delivery {
	var parts []string
	for name := range form {
		parts = append(parts, name+"="+form.Get(name))
	}
	slices.Sort(parts)
	form.Set("sign", sign(key, strings.Join(parts, "&")))
	form.Set("sign_type", "RSA2")
	return payment.Delivery{Header: headers(), Body: []byte(form.Encode())}
}

func wechat(key *rsa.PrivateKey, m message) payment.Delivery {
	amount, err := money.Parse(m.amount, money.CNY)
	if err != nil {
		panic(err)
	}
	plain, _ := json.Marshal(map[string]any{"mchid": "1900000001", "out_trade_no": m.reference, "transaction_id": m.trade,
		"trade_state": "SUCCESS", "success_time": "2026-03-02T10:00:01+08:00",
		"amount": map[string]any{"total": amount.Minor(), "currency": "CNY"}, "payer": map[string]any{"openid": m.payer}})
	return wechatSealed(key, apiV3Key, plain)
}

func wechatSealed(key *rsa.PrivateKey, secret string, plain []byte) payment.Delivery {
	return wechatEvent(key, secret, "TRANSACTION.SUCCESS", plain)
}

func wechatEvent(key *rsa.PrivateKey, secret, event string, plain []byte) payment.Delivery {
	block, err := aes.NewCipher([]byte(secret))
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	const nonce = "fdasflkja484"
	body, _ := json.Marshal(map[string]any{"id": "EV-1", "event_type": event, "resource_type": "encrypt-resource",
		"resource": map[string]any{"algorithm": "AEAD_AES_256_GCM", "associated_data": "transaction", "nonce": nonce,
			"ciphertext": base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), plain, []byte("transaction")))}})
	return payment.Delivery{Body: body, Header: headers("Wechatpay-Serial", "S1", "Wechatpay-Timestamp", "1772416801", "Wechatpay-Nonce", "n",
		"Wechatpay-Signature", sign(key, "1772416801\nn\n"+string(body)+"\n"))}
}

func fieldsOf(m message) map[string]any {
	return map[string]any{"tradeNumber": m.trade, "reference": m.reference, "amount": m.amount, "currency": "CNY",
		"payerName": m.payer, "paidAt": "2026-03-02T10:00:01+08:00"}
}

func onlineBank(key *rsa.PrivateKey, m message) payment.Delivery {
	body, _ := json.Marshal(fieldsOf(m))
	return payment.Delivery{Body: body, Header: headers("Bank-Key", "icbc", "Bank-Signature", sign(key, string(body)))}
}

func statement(key *rsa.PrivateKey, m message) payment.Delivery {
	line := fieldsOf(m)
	delete(line, "reference")
	line["remark"] = "充值 ref: " + strings.ToLower(m.reference) + "。"
	text, _ := json.Marshal(map[string]any{"lines": []any{line,
		map[string]any{"tradeNumber": "rent", "amount": "10.00", "currency": "CNY", "payerName": "x", "remark": "rent"},
		map[string]any{"tradeNumber": "out", "amount": "-10.00", "currency": "CNY", "payerName": "x", "remark": m.reference}}})
	body, _ := json.Marshal(map[string]any{"key": "icbc", "statement": text, "signature": sign(key, string(text))})
	return payment.Delivery{Header: headers(), Body: body}
}

func channel(t testing.TB, name topup.Channel) payment.Channel {
	t.Helper()
	channels, err := payment.ParseChannels(channelFile())
	if err != nil {
		t.Fatal(err)
	}
	ch, ok := channels.At(strings.ToLower(strings.ReplaceAll(string(name), "_", "-")))
	if !ok {
		t.Fatalf("%s is not set up", name)
	}
	return ch
}

func TestEachChannelsSignatureIsChecked(t *testing.T) {
	m := message{"T1", "PTABCDEFGHJKLM", "1234.50", "上海示例有限公司"}
	for name, send := range counterparts {
		t.Run(string(name), func(t *testing.T) {
			ch, m := channel(t, name), m
			if name == topup.ChannelWECHAT_PAY { // it sends an ID and no name
				m.payer = "openid-1"
			}
			got, err := ch.Read(send(keyOf(string(name)), m))
			got = slices.DeleteFunc(got, func(n payment.Notification) bool { return n.Refused != nil }) // lines without a payment
			if err != nil || len(got) != 1 {
				t.Fatalf("%+v, %v", got, err)
			}
			if n := got[0]; n.Channel != name || n.TradeNumber != m.trade || n.Reference != m.reference ||
				n.Amount != money.New(123_450, money.CNY) || n.PayerName+n.PayerID != m.payer || len(n.Digest) != 64 || n.PaidAt.IsZero() {
				t.Errorf("%+v", n)
			}
			refused := func(what string, d payment.Delivery) {
				t.Helper()
				if n, err := ch.Read(d); !errors.Is(err, payment.SignatureInvalid) {
					t.Errorf("3.5: %s: %v, %v", what, n, err)
				}
			}
			refused("another's key", send(keyOf("somebody else"), m))
			d := send(keyOf(string(name)), m)
			d.Body = tamper(d.Body)
			refused("a changed body", d)
			refused("nothing at all", payment.Delivery{Header: headers()})
			d = send(keyOf(string(name)), m)
			d.Header = headers()
			if name == topup.ChannelALIPAY {
				d.Body = []byte(strings.Replace(string(d.Body), "sign=", "other=", 1))
			}
			if name == topup.ChannelBANK_TRANSFER {
				d.Body = []byte(strings.Replace(string(d.Body), `"signature"`, `"other"`, 1))
			}
			refused("a missing signature", d)
		})
	}
}

// tamper changes the amount, or one byte where the amount is encrypted.
func tamper(body []byte) []byte {
	if s := strings.Replace(string(body), "1234.50", "9234.50", 1); s != string(body) {
		return []byte(s)
	}
	c := slices.Clone(body)
	c[len(c)/2] ^= 1
	return c
}

func TestWhatAChannelSignsForOthersIsRefused(t *testing.T) {
	key := keyOf("ALIPAY")
	other := url.Values{"app_id": {"another"}, "trade_no": {"T"}, "out_trade_no": {"PT"}, "total_amount": {"1.00"}, "trade_status": {"TRADE_SUCCESS"}}
	if _, err := channel(t, topup.ChannelALIPAY).Read(alipaySigned(key, other)); !errors.Is(err, payment.SignatureInvalid) {
		t.Errorf("another application: %v", err)
	}
	twice := alipay(key, message{"T", "PT", "1.00", "x"})
	twice.Body = append(twice.Body, "&total_amount=9.00"...)
	if _, err := channel(t, topup.ChannelALIPAY).Read(twice); !errors.Is(err, payment.SignatureInvalid) {
		t.Errorf("a parameter twice: %v", err)
	}
	wkey := keyOf("WECHAT_PAY")
	plain := []byte(`{"mchid":"another","trade_state":"SUCCESS"}`)
	if _, err := channel(t, topup.ChannelWECHAT_PAY).Read(wechatSealed(wkey, apiV3Key, plain)); !errors.Is(err, payment.SignatureInvalid) {
		t.Errorf("another merchant: %v", err)
	}
	if _, err := channel(t, topup.ChannelWECHAT_PAY).Read(wechatSealed(wkey, strings.Repeat("x", 32), plain)); !errors.Is(err, payment.SignatureInvalid) {
		t.Errorf("another merchant's secret: %v", err)
	}
}

func TestWhatIsNoPaymentIsReportedAsSuch(t *testing.T) {
	form := url.Values{"app_id": {"2021000000000001"}, "trade_no": {"T"}, "trade_status": {"WAIT_BUYER_PAY"}}
	if n, err := channel(t, topup.ChannelALIPAY).Read(alipaySigned(keyOf("ALIPAY"), form)); err != nil || len(n) != 1 || n[0].Paid || n[0].Words != "WAIT_BUYER_PAY" {
		t.Errorf("%v, %v", n, err)
	}
	for _, m := range []message{{"T", "PT", "0.00", "x"}, {"", "PT", "1.00", "x"}, {"T", "PT", "1.001", "x"}, {"T", "PT", "-1.00", "x"}} {
		if _, err := channel(t, topup.ChannelONLINE_BANK).Read(onlineBank(keyOf("ONLINE_BANK"), m)); !errors.Is(err, payment.Unreadable) {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

func TestAWrongChannelFileIsRefused(t *testing.T) {
	good := string(channelFile())
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(small.Public())
	if err != nil {
		t.Fatal(err)
	}
	weak, _ := json.Marshal(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	for want, text := range map[string]string{
		"alipay.appId":              strings.Replace(good, "2021000000000001", "", 1),
		"wechatPay.secret":          strings.Replace(good, apiV3Key, "short", 1),
		"wechatPay.merchantId":      strings.Replace(good, "1900000001", "", 1),
		"onlineBank.publicKeys":     `{"onlineBank":{"publicKeys":{}}}`,
		"onlineBank.publicKeys.a":   `{"onlineBank":{"publicKeys":{"a":"no key"}}}`,
		"bankTransfer.publicKeys.b": fmt.Sprintf(`{"bankTransfer":{"publicKeys":{"b":%s}}}`, weak),
		"JSON":                      `{`,
		"unknown field \"paypal\"":  `{"paypal":{}}`,
	} {
		if _, err := payment.ParseChannels([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
