package payment

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"portico/clause"
	"portico/money"
	"portico/portal/kernel/naming"
	"portico/text"
)

const maxTradeNumber = 128

// rawPayment holds the fields of one payment as its channel wrote them, before
// they are parsed.
type rawPayment struct {
	tradeNumber, reference, remark, amount, currency, payerName, paidAt string
}

// fieldsOf reads the texts and numbers of a JSON object as they are written.
func fieldsOf(b []byte) (rawPayment, error) {
	var t rawPayment
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil || all == nil {
		return t, notJSON
	}
	for name, field := range map[string]*string{"tradeNumber": &t.tradeNumber, "reference": &t.reference, "remark": &t.remark,
		"amount": &t.amount, "currency": &t.currency, "payerName": &t.payerName, "paidAt": &t.paidAt} {
		var s string
		var n json.Number
		switch raw := bytes.TrimSpace(all[name]); {
		case len(raw) == 0 || string(raw) == "null":
		case json.Unmarshal(raw, &s) == nil:
			*field = s
		case json.Unmarshal(raw, &n) == nil:
			*field = n.String()
		default:
			return t, unreadable("字段 "+name+" 不是文本", "the field "+name+" is not a text")
		}
	}
	return t, nil
}

var notJSON = unreadable("不是约定的 JSON", "it is not the agreed JSON")

// notification parses a payment and validates every field. Refusals:
// Unreadable.
func (t rawPayment) notification(n Notification) (Notification, error) {
	currency, err := currencyOf(t.currency)
	if err != nil {
		return n, err
	}
	amount, err := amountOf(t.amount, currency)
	if err != nil {
		return n, err
	}
	at, err := timeOf(t.paidAt)
	if err != nil {
		return n, err
	}
	n.Paid, n.TradeNumber, n.Reference, n.Amount = true, t.tradeNumber, cmp.Or(strings.TrimSpace(t.reference), quoted(t.remark)), amount
	n.PayerName, n.PaidAt, n.Remark = t.payerName, at, clipped(t.remark)
	return n.checked()
}

// legible returns the readable fields of a payment that can't be booked.
func (t rawPayment) legible(n Notification) Notification {
	n.TradeNumber = strings.TrimSpace(t.tradeNumber)
	if !plain(n.TradeNumber) {
		n.TradeNumber = ""
	}
	if c, err := currencyOf(t.currency); err == nil {
		if n.Amount, err = amountOf(t.amount, c); err != nil {
			n.Amount = money.Amount{}
		}
	}
	if at, err := timeOf(t.paidAt); err == nil {
		n.PaidAt = at
	}
	if name := text.Clean(t.payerName); utf8.ValidString(name) && utf8.RuneCountInString(name) <= naming.Most {
		n.PayerName = name
	}
	if n.Remark = clipped(t.remark); n.Remark == "" && n.Line > 0 {
		n.Remark = clipped(n.Raw)
	}
	return n
}

// unread returns the part of an unreadable notification that is kept. It
// doesn't count as paid.
func (n Notification) unread(why error) Notification {
	n.Refused, n.Question, n.Paid, n.Ended, n.Refunded, n.RefundNumber = why, NotReadable, false, false, money.Amount{}, ""
	if n.TradeNumber = strings.TrimSpace(n.TradeNumber); !plain(n.TradeNumber) {
		n.TradeNumber = ""
	}
	if !plain(n.Reference) {
		n.Reference = ""
	}
	if !plausible(n.PaidAt) {
		n.PaidAt = time.Time{}
	}
	if !plain(n.PayerID) {
		n.PayerID = ""
	}
	n.PayerName = clipped(n.PayerName)
	if utf8.RuneCountInString(n.PayerName) > naming.Most {
		n.PayerName = ""
	}
	return n
}

// clipped returns a text as an operator sees it: on one line and of limited
// length.
func clipped(s string) string {
	r := []rune(text.Clean(strings.ToValidUTF8(s, "?")))
	return string(r[:min(len(r), maxRemark)])
}

const maxRemark = 500

// currencyOf parses a currency code, or a Chinese bank's name for the yuan.
func currencyOf(s string) (money.Currency, error) {
	switch s = strings.ToUpper(text.Plain(s)); s {
	case "人民币", "人民币元", "RMB", "156":
		return money.CNY, nil
	case "":
		return "", unreadable("缺少币种", "the currency is missing")
	}
	c, err := money.ParseCurrency(s)
	if err != nil {
		return "", unreadable("币种无法识别", "the currency is unknown")
	}
	return c, nil
}

// grouped matches amounts with thousands separators that have only one meaning.
var grouped = regexp.MustCompile(`^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$`)

// ungrouped returns an amount without separators and plus sign.
func ungrouped(s string) string {
	s = text.Plain(s)
	if grouped.MatchString(s) && (strings.Contains(s, ".") || strings.Count(s, ",") > 1) {
		s = strings.ReplaceAll(s, ",", "")
	}
	return strings.TrimPrefix(s, "+")
}

// amountOf parses an amount in major units. It refuses "1,234", which could
// mean 1.234.
func amountOf(s string, c money.Currency) (money.Amount, error) {
	a, err := money.Parse(ungrouped(s), c)
	if err != nil {
		return a, unreadable("金额无效", "the amount is not valid")
	}
	return a, nil
}

// chinaTime is the zone of the times that Chinese channels and banks write.
var chinaTime = time.FixedZone("+08:00", 8*60*60)

// timeOf parses a time as channels and banks write it. A time without a zone is
// in China's.
func timeOf(s string) (time.Time, error) {
	s = text.Plain(s)
	for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02 15:04", time.DateOnly, "2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2",
		"20060102150405", "20060102 15:04:05", "20060102", "2006年1月2日"} {
		if t, err := time.ParseInLocation(layout, s, chinaTime); err == nil && plausible(t) {
			return t, nil
		}
	}
	return time.Time{}, noTime
}

var noTime = unreadable("付款时间缺失或无效", "the payment time is missing or not valid")

// plausible reports whether a time can be that of a payment. A column doesn't
// store every time.
func plausible(t time.Time) bool { return t.UTC().Year() > 1970 && t.UTC().Year() < 2200 }

// plain reports whether a text is visible ASCII, not empty and not too long.
func plain(s string) bool {
	return s != "" && len(s) <= maxTradeNumber && !strings.ContainsFunc(s, func(r rune) bool { return r > '~' || r <= ' ' })
}

// checked refuses a signed notification with values that a payment can't have.
func (n Notification) checked() (Notification, error) {
	n.TradeNumber, n.Reference = strings.TrimSpace(n.TradeNumber), strings.ToUpper(strings.TrimSpace(n.Reference))
	if n.PayerID = strings.TrimSpace(n.PayerID); !plain(n.PayerID) { // the money counts all the same: it waits
		n.PayerID = ""
	}
	if !n.Paid && !plausible(n.PaidAt) {
		n.PaidAt = time.Time{}
	}
	broken := strings.ContainsRune(n.PayerName, utf8.RuneError) || !utf8.ValidString(n.PayerName) || strings.ContainsFunc(n.PayerName, func(r rune) bool {
		return unicode.IsControl(r) && !unicode.IsSpace(r)
	})
	n.PayerName = text.Clean(n.PayerName)
	unnamed := n.TradeNumber == "" && n.Question == UnknownState // it is not about a payment
	switch {
	case !unnamed && !plain(n.TradeNumber):
		return n, unreadable("渠道交易号缺失或无效", "the trade number is missing or not valid")
	case n.Reference != "" && !plain(n.Reference):
		return n, unreadable("付款参考号无效", "the payment reference is not valid")
	case n.Paid && n.Amount.Sign() <= 0:
		return n, unreadable("金额须大于零", "the amount must be more than zero")
	case broken, utf8.RuneCountInString(n.PayerName) > naming.Most:
		return n, unreadable("付款人名称无效或过长", "the payer's name is not valid or too long")
	case n.Paid && !plausible(n.PaidAt):
		return n, noTime
	}
	return n, nil
}

func unreadable(zh, en string) error {
	return Unreadable.With("detail", clause.Text{ZH: zh, EN: en})
}

// LineError is the reason why one line of a statement was not booked.
type LineError struct {
	// Line is the line number in the statement, from 1.
	Line int
	// Err is the refusal.
	Err error
}

// Error returns the line number with the refusal's text.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the refusal.
func (e *LineError) Unwrap() error { return e.Err }
