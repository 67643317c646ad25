// Package webhook receives the notifications of the payment channels.
package webhook

import (
	"errors"
	"io"
	"log/slog"
	"net/http"

	"portico/clause"
	"portico/ent"
	"portico/portal"
	"portico/portal/finance/payment"
	"portico/server/transport"
)

// largestNotification is the maximum size of a notification in bytes. A bank statement
// of one day has some thousand lines.
const largestNotification = 1 << 20

// statuses maps refusals to the statuses of answers. Any other error is 500, so that
// the channel sends the notification again. A notification that is stored for an operator
// is acknowledged, because sending it again would change nothing.
var statuses = []struct {
	refusal clause.Refusal
	status  int
}{
	{payment.SignatureInvalid, http.StatusUnauthorized},
	{payment.Unreadable, http.StatusBadRequest}, // stored too, but the channel may send a readable one next time
	{payment.Unattributed, http.StatusOK},
	{payment.Outgoing, http.StatusOK},
	{payment.Unknown, http.StatusOK},
	{payment.Foreign, http.StatusOK},
	{payment.Conflict, http.StatusOK},
}

// New returns the handler of POST /payments/{channel}, such as /payments/wechat-pay,
// which receives the notifications of a portal's payment channels. Only the channel's
// signature over the body authenticates the sender. A notification is acknowledged, in
// the channel's own format, after it is booked or if it was booked before (3.5).
func New(p *portal.Portal) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ch, ok := p.Channels.At(r.PathValue("channel"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestNotification))
		if err != nil {
			status := http.StatusBadRequest
			if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
				status = http.StatusRequestEntityTooLarge
			}
			acknowledge(w, ch, status)
			return
		}
		status := http.StatusOK
		for _, err := range payment.Receive(r.Context(), p.Store, ch, payment.Delivery{Header: r.Header.Get, Body: body}) {
			if err != nil {
				status = max(status, statusOf(err))
				slog.WarnContext(r.Context(), "payment notification refused", "channel", ch.Name(),
					"correlation_id", transport.Correlation(r.Context()), "error", err)
			}
		}
		acknowledge(w, ch, status)
	})
}

// statusOf returns the status of the answer to an error.
func statusOf(err error) int {
	for _, s := range statuses {
		if errors.Is(err, s.refusal) {
			return s.status
		}
	}
	if ent.IsTimeout(err) {
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func acknowledge(w http.ResponseWriter, ch payment.Channel, status int) {
	mediaType, body := ch.Acknowledge(status == http.StatusOK)
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
