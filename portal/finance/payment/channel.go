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

// Notification is what a channel signed about one payment.
type Notification struct {
	Channel topup.Channel
	// TradeNumber is the channel's own number: a payment counts once by it. What
	// has none is given one of ours.
	TradeNumber string
	// Reference is the top-up's payment reference.
	Reference string
	// Words are the channel's own for what it says: "TRADE_CLOSED".
	Words string
	// Paid reports whether it says that Amount was paid.
	Paid bool
	// Amount is what was paid, more than zero; or what can be read of it.
	Amount money.Amount
	// PayerName is who paid, as signed; empty where the channel doesn't tell.
	PayerName string
	// PayerID is the channel's own id of who paid; empty where it tells none.
	PayerID string
	// PaidAt is when, by the channel's clock.
	PaidAt time.Time
	// Ended reports whether the channel has ended the trade: nothing is paid any more.
	Ended bool
	// Refunded is what of it went back: in all, or, with a RefundNumber, by that
	// one refund.
	Refunded money.Amount
	// RefundNumber is the channel's own number of a refund.
	RefundNumber string
	// Question is what an operator must decide about it; empty if nothing.
	Question Question
	// Remark is what the payer wrote, or a line that can't be read.
	Remark string
	// Digest is the SHA-256 of what was signed, in hexadecimal; Raw is that itself,
	// as it came.
	Digest string
	Raw    string `json:"-"`

	// Line is its line in a statement, from 1; 0 for what comes alone.
	Line int
	// Refused says why it can't be booked, nil if it can.
	Refused error `json:"-"`
}

// Question is why an operator must decide about a payment, beyond suspense.
type Question string

// The questions.
const (
	// NoReference: the money quotes no reference; UnknownReference: one of no
	// top-up; OtherTopUp: one of a top-up for another channel or currency.
	NoReference      Question = "NO_REFERENCE"
	UnknownReference Question = "UNKNOWN_REFERENCE"
	OtherTopUp       Question = "OTHER_TOP_UP"
	// NotReadable: not what was agreed on; UnknownState: an event or a state that
	// isn't known.
	NotReadable  Question = "UNREADABLE"
	UnknownState Question = "UNKNOWN_STATE"
	// WentOut: a line of money that went out.
	WentOut Question = "OUTGOING"
	// Conflicting: the same trade number was told otherwise before.
	Conflicting Question = "CONFLICT"
	// RefundEarly: a refund of what isn't paid yet, as far as told; RefundFailed: a
	// refund that didn't reach the payer; RefundUntold: a refund without its amount.
	RefundEarly  Question = "REFUND_BEFORE_PAYMENT"
	RefundFailed Question = "REFUND_FAILED"
	RefundUntold Question = "REFUND_UNTOLD"
	// NotCovered: what went back was spent already, and is owed.
	NotCovered Question = "REFUND_NOT_COVERED"
)

// Delivery is a notification as it arrived, not yet known to be anybody's.
type Delivery struct {
	// Header reads a header of the request, empty if there is none.
	Header func(name string) string
	Body   []byte
}

// Channel is a way to pay, with the keys that its notifications are checked by.
type Channel interface {
	// Name is the channel's.
	Name() topup.Channel
	// Read checks the signature of a delivery over its bytes, and then reads all
	// that it tells: whatever is signed is one notification or more. A statement is
	// judged line by line ([Notification.Refused]). Refusals: SignatureInvalid;
	// Unreadable, beside what could be read.
	Read(d Delivery) ([]Notification, error)
	// Acknowledge is the body that tells the channel whether it was understood,
	// and its media type.
	Acknowledge(ok bool) (mediaType, body string)
}

// Channels are the ways to pay that the provider has set up.
type Channels struct {
	channels map[topup.Channel]Channel
	payURLs  map[topup.Channel]string
}

// With adds a channel, and the address of the page where one pays by it. In
// the address {topUpId}, {reference}, {amount} and {currency} stand for those
// of the top-up; it is empty where there is no page.
func (c Channels) With(ch Channel, payURL string) Channels {
	n := Channels{map[topup.Channel]Channel{ch.Name(): ch}, map[topup.Channel]string{ch.Name(): payURL}}
	for name, old := range c.channels {
		if name != ch.Name() {
			n.channels[name], n.payURLs[name] = old, c.payURLs[name]
		}
	}
	return n
}

// Of finds a channel that is set up.
func (c Channels) Of(name topup.Channel) (Channel, bool) {
	ch, ok := c.channels[name]
	return ch, ok
}

// At finds a channel by its part of a path: "wechat-pay".
func (c Channels) At(path string) (Channel, bool) {
	return c.Of(topup.Channel(strings.ToUpper(strings.ReplaceAll(path, "-", "_"))))
}

func (c Channels) payURL(name topup.Channel, topUpID, reference string, amount money.Amount) string {
	return strings.NewReplacer("{topUpId}", url.QueryEscape(topUpID), "{reference}", url.QueryEscape(reference),
		"{amount}", amount.String(), "{currency}", amount.Currency().String()).Replace(c.payURLs[name])
}

// digest is the SHA-256 of what was signed.
func digest(signed []byte) string {
	h := sha256.Sum256(signed)
	return hex.EncodeToString(h[:])
}

// signed is the JSON of one payment by which the sandbox tells it, as online
// banks and statements do; see [toldPayment] for how it is read.
type signed struct {
	TradeNumber string         `json:"tradeNumber"`
	Reference   string         `json:"reference"`
	Remark      string         `json:"remark,omitempty"`
	Amount      money.Decimal  `json:"amount"`
	Currency    money.Currency `json:"currency"`
	PayerName   string         `json:"payerName"`
	PaidAt      time.Time      `json:"paidAt"`
}
