package payment

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"time"
	"unicode/utf8"

	"portico/ent/db/topup"
	"portico/money"
)

// WeChatPay is the notification of WeChat Pay's API v3: JSON signed with the
// platform's key (SHA256 with RSA over time, nonce and body), whose resource
// is encrypted by AES-256-GCM with the merchant's key.
//
// WeChat signs no payer's name. What it signs is the payer's openid, so that is
// the name to designate a payer by; otherwise the money waits for an operator.
// The age of a signature isn't asked for: told again, a payment counts once.
type WeChatPay struct {
	// MerchantID is the provider's; what is for another is refused.
	MerchantID string
	// Keys are the platform's public keys by serial number.
	Keys map[string]*rsa.PublicKey
	// Secret is the merchant's APIv3 key of 32 bytes.
	Secret []byte
}

// Name is WECHAT_PAY.
func (WeChatPay) Name() topup.Channel { return topup.ChannelWECHAT_PAY }

// Acknowledge is what WeChat reads beside the status.
func (WeChatPay) Acknowledge(ok bool) (mediaType, body string) {
	if ok {
		return "application/json", `{"code":"SUCCESS","message":"OK"}`
	}
	return "application/json", `{"code":"FAIL","message":"refused"}`
}

type wechatEvent struct {
	EventType string `json:"event_type"`
	Resource  struct {
		Algorithm      string `json:"algorithm"`
		Ciphertext     string `json:"ciphertext"`
		AssociatedData string `json:"associated_data"`
		Nonce          string `json:"nonce"`
	} `json:"resource"`
}

type wechatTrade struct {
	MerchantID    string    `json:"mchid"`
	OutTradeNo    string    `json:"out_trade_no"`
	TransactionID string    `json:"transaction_id"`
	State         string    `json:"trade_state"`
	SuccessTime   time.Time `json:"success_time"`
	Amount        struct {
		Total    int64          `json:"total"`
		Currency money.Currency `json:"currency"`
	} `json:"amount"`
	Payer struct {
		OpenID string `json:"openid"`
	} `json:"payer"`
}

// Read checks, decrypts and reads a notification; see [Channel].
func (w WeChatPay) Read(d Delivery) ([]Notification, error) {
	key := w.Keys[d.Header("Wechatpay-Serial")]
	signature, err := base64.StdEncoding.DecodeString(d.Header("Wechatpay-Signature"))
	content := d.Header("Wechatpay-Timestamp") + "\n" + d.Header("Wechatpay-Nonce") + "\n" + string(d.Body) + "\n"
	if err != nil || !rsaSigned(key, []byte(content), signature) {
		return nil, SignatureInvalid.Because(err)
	}
	var event wechatEvent
	if err := json.Unmarshal(d.Body, &event); err != nil {
		return nil, unreadable("不是约定的 JSON", "not the JSON agreed on")
	}
	if event.EventType != "TRANSACTION.SUCCESS" {
		return nil, nil
	}
	trade, err := w.open(event)
	if err != nil {
		return nil, err
	}
	if trade.MerchantID != w.MerchantID {
		return nil, SignatureInvalid
	}
	if trade.State != "SUCCESS" {
		return nil, nil
	}
	if trade.Amount.Currency == "" {
		trade.Amount.Currency = money.CNY
	}
	if trade.Amount.Total > money.MaxMinor {
		return nil, unreadable("金额无效", "the amount is not valid")
	}
	n, err := Notification{Channel: w.Name(), TradeNumber: trade.TransactionID, Reference: trade.OutTradeNo,
		Amount: money.New(trade.Amount.Total, trade.Amount.Currency), PayerID: trade.Payer.OpenID,
		PaidAt: trade.SuccessTime, Digest: digest([]byte(content))}.checked()
	return []Notification{n}, err
}

func (w WeChatPay) open(event wechatEvent) (wechatTrade, error) {
	var trade wechatTrade
	r := event.Resource
	sealed, err := base64.StdEncoding.DecodeString(r.Ciphertext)
	if err != nil || r.Algorithm != "AEAD_AES_256_GCM" {
		return trade, unreadable("密文格式无效", "the resource is not encrypted as agreed")
	}
	block, err := aes.NewCipher(w.Secret)
	if err != nil {
		return trade, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return trade, err
	}
	if len(r.Nonce) != gcm.NonceSize() {
		return trade, unreadable("密文格式无效", "the resource is not encrypted as agreed")
	}
	plain, err := gcm.Open(nil, []byte(r.Nonce), sealed, []byte(r.AssociatedData))
	if err != nil {
		return trade, SignatureInvalid.Because(err)
	}
	if err := json.Unmarshal(plain, &trade); err != nil || !utf8.Valid(plain) {
		return trade, unreadable("不是约定的 JSON", "not the JSON agreed on")
	}
	return trade, nil
}
