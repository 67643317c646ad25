package payment

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
	"time"

	"portico/ent/db/topup"
	"portico/money"
)

// Notification is a signed statement of a channel about one payment.
type Notification struct {
	Channel topup.Channel
	// TradeNumber is the channel's own number. A payment counts once by it. A
	// payment without one gets a number from us.
	TradeNumber string
	// Reference is the payment reference of the top-up.
	Reference string
	// Words is the channel's own name for the state or event, such as
	// "TRADE_CLOSED".
	Words string
	// Paid reports whether the channel states that Amount was paid.
	Paid bool
	// Amount is the amount that was paid, more than zero; of an unreadable
	// notification, what can be read of it.
	Amount money.Amount
	// PayerName is the signed name of the payer; empty if the channel gives
	// none.
	PayerName string
	// PayerID is the channel's own id of the payer; empty if the channel gives
	// none.
	PayerID string
	// PaidAt is the time of payment by the channel's clock.
	PaidAt time.Time
	// Ended reports whether the channel has closed the trade, so that it can't
	// be paid any more.
	Ended bool
	// Refunded is the amount that was sent back: in total, or by the one refund
	// of RefundNumber.
	Refunded money.Amount
	// RefundNumber is the channel's own number of a refund.
	RefundNumber string
	// Question is what an operator must decide about the payment; empty if
	// there is nothing.
	Question Question
	// Remark is the payer's own text, or a line that can't be read.
	Remark string
	// Digest is the SHA-256 of the signed content in hexadecimal, Raw the
	// content itself as it arrived.
	Digest string
	Raw    string `json:"-"`

	// Line is the line number in a statement, from 1; 0 if the notification
	// isn't part of a statement.
	Line int
	// Refused is the reason why it can't be booked; nil if it can.
	Refused error `json:"-"`
}

// Question is a reason why an operator must decide about a payment, other than
// suspense.
type Question string

// The questions.
const (
	// NoReference: the payment quotes no reference. UnknownReference: no top-up
	// has the reference. OtherTopUp: the reference belongs to a top-up for
	// another channel or currency.
	NoReference      Question = "NO_REFERENCE"
	UnknownReference Question = "UNKNOWN_REFERENCE"
	OtherTopUp       Question = "OTHER_TOP_UP"
	// NotReadable: the content isn't in the agreed form. UnknownState: the
	// event or state is unknown.
	NotReadable  Question = "UNREADABLE"
	UnknownState Question = "UNKNOWN_STATE"
	// WentOut: a statement line of outgoing money.
	WentOut Question = "OUTGOING"
	// Conflicting: the same trade number came before with other content.
	Conflicting Question = "CONFLICT"
	// RefundEarly: a refund of a payment whose notification hasn't arrived.
	// RefundFailed: a refund that didn't reach the payer. RefundUntold: a
	// refund without its amount.
	RefundEarly  Question = "REFUND_BEFORE_PAYMENT"
	RefundFailed Question = "REFUND_FAILED"
	RefundUntold Question = "REFUND_UNTOLD"
	// NotCovered: the customer has spent money that was sent back, and owes it.
	NotCovered Question = "REFUND_NOT_COVERED"
)

// Delivery is a notification as it arrived, before its signature is checked.
type Delivery struct {
	// Header returns a header of the request; empty if there is none.
	Header func(name string) string
	Body   []byte
}

// Channel is a way to pay, with the keys that verify its notifications.
type Channel interface {
	// Name returns the channel's name.
	Name() topup.Channel
	// Read checks the signature of a delivery over its bytes, and then reads
	// its content: one notification, or one for each line of a statement. Each
	// line is accepted or refused by itself ([Notification.Refused]). Refusals:
	// SignatureInvalid; Unreadable, beside the notifications that could be
	// read.
	Read(d Delivery) ([]Notification, error)
	// Acknowledge returns the body, with its media type, that informs the
	// channel whether its message was understood.
	Acknowledge(ok bool) (mediaType, body string)
}

// Channels holds the channels that the provider has set up.
type Channels struct {
	channels map[topup.Channel]Channel
	payURLs  map[topup.Channel]string
}

// With adds a channel and the address of its payment page, which is empty if
// there is no page. In the address {topUpId}, {reference}, {amount} and
// {currency} stand for the values of the top-up.
func (c Channels) With(ch Channel, payURL string) Channels {
	n := Channels{map[topup.Channel]Channel{ch.Name(): ch}, map[topup.Channel]string{ch.Name(): payURL}}
	for name, old := range c.channels {
		if name != ch.Name() {
			n.channels[name], n.payURLs[name] = old, c.payURLs[name]
		}
	}
	return n
}

// Of returns a channel that is set up.
func (c Channels) Of(name topup.Channel) (Channel, bool) {
	ch, ok := c.channels[name]
	return ch, ok
}

// At returns the channel for a part of a path, such as "wechat-pay".
func (c Channels) At(path string) (Channel, bool) {
	return c.Of(topup.Channel(strings.ToUpper(strings.ReplaceAll(path, "-", "_"))))
}

func (c Channels) payURL(name topup.Channel, topUpID, reference string, amount money.Amount) string {
	return strings.NewReplacer("{topUpId}", url.QueryEscape(topUpID), "{reference}", url.QueryEscape(reference),
		"{amount}", amount.String(), "{currency}", amount.Currency().String()).Replace(c.payURLs[name])
}

// digest returns the SHA-256 of the signed content.
func digest(signed []byte) string {
	h := sha256.Sum256(signed)
	return hex.EncodeToString(h[:])
}

// signed is the JSON of one payment as the sandbox sends it. Online banks and
// statements use the same form; [rawPayment] reads it.
type signed struct {
	TradeNumber string         `json:"tradeNumber"`
	Reference   string         `json:"reference"`
	Remark      string         `json:"remark,omitempty"`
	Amount      money.Decimal  `json:"amount"`
	Currency    money.Currency `json:"currency"`
	PayerName   string         `json:"payerName"`
	PaidAt      time.Time      `json:"paidAt"`
}
