package payment

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
)

// settings is the configuration file of the payment channels. A channel that
// isn't in it is not set up. Keys are public keys or certificates in PEM;
// payUrl is the payment page, see [Channels.With].
type settings struct {
	Alipay *struct {
		AppID     string `json:"appId"`
		PublicKey string `json:"publicKey"`
		PayURL    string `json:"payUrl"`
	} `json:"alipay"`
	WeChatPay *struct {
		MerchantID   string            `json:"merchantId"`
		PlatformKeys map[string]string `json:"platformKeys"`
		Secret       string            `json:"secret"`
		PayURL       string            `json:"payUrl"`
	} `json:"wechatPay"`
	OnlineBank *struct {
		PublicKeys map[string]string `json:"publicKeys"`
		PayURL     string            `json:"payUrl"`
	} `json:"onlineBank"`
	BankTransfer *struct {
		PublicKeys map[string]string `json:"publicKeys"`
	} `json:"bankTransfer"`
}

const secretLength = 32

// ParseChannels reads the configuration file of the payment channels. It
// returns an error for an unknown name, and for a key that is missing or isn't
// RSA of at least 2048 bits; the error names it. WeChat's secret is the APIv3
// key.
func ParseChannels(text []byte) (Channels, error) {
	var c Channels
	var f settings
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return c, fmt.Errorf("channels: not the JSON of payment channels: %w", err)
	}
	if a := f.Alipay; a != nil {
		key, err := publicKey("alipay.publicKey", a.PublicKey)
		if err != nil || a.AppID == "" {
			return c, errors.Join(err, missing("alipay.appId", a.AppID))
		}
		c = c.With(Alipay{AppID: a.AppID, Key: key}, a.PayURL)
	}
	if w := f.WeChatPay; w != nil {
		keys, err := publicKeys("wechatPay.platformKeys", w.PlatformKeys)
		if err != nil || w.MerchantID == "" {
			return c, errors.Join(err, missing("wechatPay.merchantId", w.MerchantID))
		}
		if len(w.Secret) != secretLength {
			return c, fmt.Errorf("channels: wechatPay.secret: want %d characters", secretLength)
		}
		c = c.With(WeChatPay{MerchantID: w.MerchantID, Keys: keys, Secret: []byte(w.Secret)}, w.PayURL)
	}
	if b := f.OnlineBank; b != nil {
		keys, err := publicKeys("onlineBank.publicKeys", b.PublicKeys)
		if err != nil {
			return c, err
		}
		c = c.With(OnlineBank{Keys: keys}, b.PayURL)
	}
	if b := f.BankTransfer; b != nil {
		keys, err := publicKeys("bankTransfer.publicKeys", b.PublicKeys)
		if err != nil {
			return c, err
		}
		c = c.With(BankTransfer{Keys: keys}, "")
	}
	return c, nil
}

func missing(name, value string) error {
	if value == "" {
		return fmt.Errorf("channels: %s is missing", name)
	}
	return nil
}

func publicKeys(name string, texts map[string]string) (map[string]*rsa.PublicKey, error) {
	if len(texts) == 0 {
		return nil, fmt.Errorf("channels: %s is missing", name)
	}
	keys := make(map[string]*rsa.PublicKey, len(texts))
	for id, text := range texts {
		key, err := publicKey(name+"."+id, text)
		if err != nil {
			return nil, err
		}
		keys[id] = key
	}
	return keys, nil
}

const leastKeyBytes = 2048 / 8

func publicKey(name, text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("channels: %s: want PEM", name)
	}
	var parsed any
	var err error
	if block.Type == "CERTIFICATE" {
		var cert *x509.Certificate
		if cert, err = x509.ParseCertificate(block.Bytes); err == nil {
			parsed = cert.PublicKey
		}
	} else {
		parsed, err = x509.ParsePKIXPublicKey(block.Bytes)
	}
	if err != nil {
		return nil, fmt.Errorf("channels: %s: %w", name, err)
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok || key.Size() < leastKeyBytes {
		return nil, fmt.Errorf("channels: %s: want an RSA key of at least 2048 bits", name)
	}
	return key, nil
}
