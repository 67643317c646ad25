package outbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// shortestSecret is the minimum length of a secret of Standard Webhooks, in
// bytes.
const shortestSecret = 24

// sms is the body that a short-message gateway receives.
type sms struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      smsData   `json:"data"`
}

type smsData struct {
	// To is E.164.
	To   string `json:"to"`
	Text string `json:"text"`
}

// SMS returns a carrier that sends short messages to a gateway: an HTTP POST of
// JSON, signed by Standard Webhooks with a secret (whsec_ and base64 of 24
// bytes or more). The header webhook-id is the same at each try. Any 2xx means
// delivered.
func SMS(gateway, secret string) (Deliverer, error) {
	if u, err := url.Parse(gateway); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("want an http:// or https:// URL")
	}
	signer, err := NewSigner(secret)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Timeout: tryTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return func(ctx context.Context, l Letter) error {
		body, err := json.Marshal(sms{Type: "sms.send", Timestamp: l.At, Data: smsData{l.To, l.Body}})
		if err != nil {
			return err
		}
		signature, err := signer.Sign(l.ID, l.At, body)
		if err != nil {
			return errors.New("sms: not signed")
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, gateway, bytes.NewReader(body))
		if err != nil {
			return errors.New("sms: no request")
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(webhooks.HeaderWebhookID, l.ID)
		r.Header.Set(webhooks.HeaderWebhookTimestamp, strconv.FormatInt(l.At.Unix(), 10))
		r.Header.Set(webhooks.HeaderWebhookSignature, signature)
		answer, err := client.Do(r)
		if err != nil {
			return withoutURL(err)
		}
		defer answer.Body.Close()
		_, _ = io.CopyN(io.Discard, answer.Body, 64<<10)
		if answer.StatusCode/100 != 2 {
			return fmt.Errorf("sms: status %d", answer.StatusCode)
		}
		return nil
	}, nil
}

// NewSigner returns the signer of a secret of Standard Webhooks.
func NewSigner(secret string) (*webhooks.Webhook, error) {
	const prefix = "whsec_"
	if len(secret) < len(prefix)+shortestSecret*4/3 || secret[:len(prefix)] != prefix {
		return nil, fmt.Errorf("want %s and base64 of at least %d bytes", prefix, shortestSecret)
	}
	signer, err := webhooks.NewWebhook(secret)
	if err != nil {
		return nil, fmt.Errorf("want %s and base64 of at least %d bytes", prefix, shortestSecret)
	}
	return signer, nil
}

// withoutURL returns why the gateway's request failed, without the URL, which
// may hold a secret, and without the text of the answer, which may repeat the
// message.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var network *net.OpError
	switch {
	case errors.As(err, &network):
		return fmt.Errorf("sms: %s: %w", network.Op, network.Err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fmt.Errorf("sms: %w", err)
	}
	return errors.New("sms: the request to the gateway failed: connection, TLS or answer")
}
