package server

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"portico/portal/payment"
)

// channelFile is the file of --channels: the ways to pay that the provider has
// set up. Keys are PEM; pay URLs may hold {topUpId}, {reference}, {amount} and
// {currency}.
type channelFile struct {
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

// loadChannels reads the payment channels of a file; without one there are
// none.
func loadChannels(path string) (payment.Channels, error) {
	var channels payment.Channels
	if path == "" {
		return channels, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return channels, fmt.Errorf("setting --channels: %w", err)
	}
	var f channelFile
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return channels, fmt.Errorf("setting --channels: %w", err)
	}
	if channels, err = f.channels(); err != nil {
		return channels, fmt.Errorf("setting --channels: %w", err)
	}
	return channels, nil
}

func (f channelFile) channels() (c payment.Channels, err error) {
	if a := f.Alipay; a != nil {
		key, err := publicKey(a.PublicKey)
		if err != nil || a.AppID == "" {
			return c, errors.Join(errors.New("alipay: want appId and publicKey"), err)
		}
		c = c.With(payment.Alipay{AppID: a.AppID, Key: key}, a.PayURL)
	}
	if w := f.WeChatPay; w != nil {
		keys, err := publicKeys(w.PlatformKeys)
		if err != nil || w.MerchantID == "" || len(w.Secret) != 32 {
			return c, errors.Join(errors.New("wechatPay: want merchantId, platformKeys and a secret of 32 bytes"), err)
		}
		c = c.With(payment.WeChatPay{MerchantID: w.MerchantID, Keys: keys, Secret: []byte(w.Secret)}, w.PayURL)
	}
	if b := f.OnlineBank; b != nil {
		keys, err := publicKeys(b.PublicKeys)
		if err != nil {
			return c, fmt.Errorf("onlineBank: %w", err)
		}
		c = c.With(payment.OnlineBank{Keys: keys}, b.PayURL)
	}
	if b := f.BankTransfer; b != nil {
		keys, err := publicKeys(b.PublicKeys)
		if err != nil {
			return c, fmt.Errorf("bankTransfer: %w", err)
		}
		c = c.With(payment.BankTransfer{Keys: keys}, "")
	}
	return c, nil
}

func publicKeys(texts map[string]string) (map[string]*rsa.PublicKey, error) {
	if len(texts) == 0 {
		return nil, errors.New("want at least one public key")
	}
	keys := make(map[string]*rsa.PublicKey, len(texts))
	for name, text := range texts {
		key, err := publicKey(text)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", name, err)
		}
		keys[name] = key
	}
	return keys, nil
}

// leastBits is the smallest RSA key that is taken.
const leastBits = 2048

func publicKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("not PEM")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, errors.New("not a public key")
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < leastBits {
		return nil, fmt.Errorf("want RSA of at least %d bits", leastBits)
	}
	return key, nil
}
