package payment

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"portico/ent/db/topup"
	"portico/money"
)

// WeChatPay is the notification of WeChat Pay's API v3: JSON, signed with the
// platform's key (SHA256 with RSA over time, nonce and body), with a resource
// that is encrypted by AES-256-GCM with the merchant's key.
//
// WeChat signs no payer's name but the payer's openid, by which a payer can be
// designated; other payments wait for an operator. The age of a signature isn't
// checked, because a repeated payment counts once.
type WeChatPay struct {
	// MerchantID is the provider's merchant. Notifications for another merchant
	// are refused.
	MerchantID string
	// Keys holds the platform's public keys by serial number.
	Keys map[string]*rsa.PublicKey
	// Secret is the merchant's APIv3 key of 32 bytes.
	Secret []byte
}

// Name returns WECHAT_PAY.
func (WeChatPay) Name() topup.Channel { return topup.ChannelWECHAT_PAY }

// Acknowledge returns the body that WeChat reads beside the status.
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

// wechatTrade is the resource of a transaction or of a refund.
type wechatTrade struct {
	MerchantID    string    `json:"mchid"`
	OutTradeNo    string    `json:"out_trade_no"`
	TransactionID string    `json:"transaction_id"`
	State         string    `json:"trade_state"`
	SuccessTime   time.Time `json:"success_time"`
	Amount        struct {
		Total    int64          `json:"total"`
		Refund   int64          `json:"refund"`
		Currency money.Currency `json:"currency"`
	} `json:"amount"`
	Payer struct {
		OpenID string `json:"openid"`
	} `json:"payer"`
	RefundID     string `json:"refund_id"`
	RefundStatus string `json:"refund_status"`
}

// Read checks, decrypts and reads a notification; see [Channel].
func (w WeChatPay) Read(d Delivery) ([]Notification, error) {
	key := w.Keys[d.Header("Wechatpay-Serial")]
	signature, err := base64.StdEncoding.DecodeString(d.Header("Wechatpay-Signature"))
	content := d.Header("Wechatpay-Timestamp") + "\n" + d.Header("Wechatpay-Nonce") + "\n" + string(d.Body) + "\n"
	if err != nil || !rsaSigned(key, []byte(content), signature) {
		return nil, SignatureInvalid.Because(err)
	}
	n := Notification{Channel: w.Name(), Digest: digest([]byte(content)), Raw: string(d.Body)}
	var event wechatEvent
	if err := json.Unmarshal(d.Body, &event); err != nil {
		return []Notification{n}, unreadable("不是约定的 JSON", "it is not the agreed JSON")
	}
	n.Words = event.EventType
	about, _, _ := strings.Cut(event.EventType, ".")
	plain, err := w.open(event)
	switch {
	case err != nil && about != "TRANSACTION" && about != "REFUND": // it may be encrypted for another use
		n.Question = UnknownState
		return []Notification{n}, nil
	case err != nil:
		if errors.Is(err, SignatureInvalid) {
			return nil, err
		}
		return []Notification{n}, err
	}
	n.Raw += "\n" + string(plain)
	var trade wechatTrade
	err = json.Unmarshal(plain, &trade)
	if err == nil && trade.MerchantID != w.MerchantID {
		return nil, SignatureInvalid
	}
	if err != nil || !utf8.Valid(plain) {
		return []Notification{n}, unreadable("不是约定的 JSON", "it is not the agreed JSON")
	}
	switch about {
	case "TRANSACTION":
		n, err = wechatPaid(n, trade)
	case "REFUND":
		n, err = wechatRefunded(n, trade)
	default:
		n.Question = UnknownState
	}
	return []Notification{n}, err
}

// wechatPaid reads a notification of a transaction.
func wechatPaid(n Notification, trade wechatTrade) (Notification, error) {
	n.Words += " " + trade.State
	switch trade.State {
	case "SUCCESS":
		n.Paid = true
	case "REFUND": // it was paid; events of refunds state what was sent back
		n.Paid, n.Question = true, RefundUntold
	case "CLOSED", "REVOKED", "PAYERROR":
		n.Ended = true
	case "NOTPAY", "USERPAYING", "ACCEPT":
	default:
		n.Question = UnknownState
	}
	n.TradeNumber, n.Reference, n.PayerID, n.PaidAt = trade.TransactionID, trade.OutTradeNo, trade.Payer.OpenID, trade.SuccessTime
	var err error
	if n.Amount, err = wechatAmount(trade.Amount.Total, trade.Amount.Currency); err != nil {
		return n, err
	}
	return n.checked()
}

// wechatRefunded reads a notification of one refund of a transaction, by the
// refund's own number.
func wechatRefunded(n Notification, trade wechatTrade) (Notification, error) {
	_, state, _ := strings.Cut(n.Words, ".")
	n.TradeNumber, n.Reference, n.RefundNumber = trade.TransactionID, trade.OutTradeNo, strings.TrimSpace(trade.RefundID)
	amount, err := wechatAmount(trade.Amount.Refund, trade.Amount.Currency)
	switch {
	case err != nil:
		return n, err
	case !plain(n.RefundNumber):
		return n, unreadable("退款单号缺失或无效", "the refund number is missing or not valid")
	case amount.Sign() <= 0 || trade.Amount.Total > 0 && trade.Amount.Refund > trade.Amount.Total:
		return n, unreadable("退款金额无效", "the refunded amount is not valid")
	case trade.RefundStatus != "" && trade.RefundStatus != state:
		n.Question = UnknownState
	case state == "SUCCESS":
		n.Refunded = amount
	case state == "ABNORMAL":
		n.Question = RefundFailed
	case state == "CLOSED": // nothing was sent back
	default:
		n.Question = UnknownState
	}
	return n.checked()
}

func wechatAmount(minor int64, c money.Currency) (money.Amount, error) {
	c = cmp.Or(c, money.CNY)
	if !c.Known() || minor > money.MaxMinor {
		return money.Amount{}, unreadable("金额无效", "the amount is not valid")
	}
	return money.New(minor, c), nil
}

// open decrypts the resource of a notification.
func (w WeChatPay) open(event wechatEvent) ([]byte, error) {
	r := event.Resource
	sealed, err := base64.StdEncoding.DecodeString(r.Ciphertext)
	if err != nil || r.Algorithm != "AEAD_AES_256_GCM" {
		return nil, unreadable("密文不符合约定的格式", "the resource is not encrypted as agreed")
	}
	block, err := aes.NewCipher(w.Secret)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	if len(r.Nonce) != gcm.NonceSize() {
		return nil, unreadable("密文不符合约定的格式", "the resource is not encrypted as agreed")
	}
	plain, err := gcm.Open(nil, []byte(r.Nonce), sealed, []byte(r.AssociatedData))
	if err != nil {
		return nil, SignatureInvalid.Because(err)
	}
	return plain, nil
}
