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

// toldPayment is one payment as a channel wrote it, field by field, before it is
// understood.
type toldPayment struct {
	tradeNumber, reference, remark, amount, currency, payerName, paidAt string
}

// fieldsOf reads a JSON object of texts and numbers as they are written.
func fieldsOf(b []byte) (toldPayment, error) {
	var t toldPayment
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
			return t, unreadable("字段 "+name+" 不是文本", "the field "+name+" is no text")
		}
	}
	return t, nil
}

var notJSON = unreadable("不是约定的 JSON", "not the JSON agreed on")

// notification understands what was told; every field is looked at. Refusals:
// Unreadable.
func (t toldPayment) notification(n Notification) (Notification, error) {
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

// legible is what can be read of a payment that can't be booked.
func (t toldPayment) legible(n Notification) Notification {
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

// unread is what can be kept of a notification that can't be read: it says of
// nothing that it was paid.
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

// clipped is a text as an operator is shown it: in one line, not too long.
func clipped(s string) string {
	r := []rune(text.Clean(strings.ToValidUTF8(s, "?")))
	return string(r[:min(len(r), maxRemark)])
}

const maxRemark = 500

// currencyOf reads a currency's code, or what Chinese banks call the yuan.
func currencyOf(s string) (money.Currency, error) {
	switch s = strings.ToUpper(text.Plain(s)); s {
	case "人民币", "人民币元", "RMB", "156":
		return money.CNY, nil
	case "":
		return "", unreadable("缺少币种", "the currency is missing")
	}
	c, err := money.ParseCurrency(s)
	if err != nil {
		return "", unreadable("币种无法识别", "the currency is not known")
	}
	return c, nil
}

// grouped are amounts with thousands separators that can't be read in two ways.
var grouped = regexp.MustCompile(`^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$`)

// ungrouped is an amount without separators and plus sign.
func ungrouped(s string) string {
	s = text.Plain(s)
	if grouped.MatchString(s) && (strings.Contains(s, ".") || strings.Count(s, ",") > 1) {
		s = strings.ReplaceAll(s, ",", "")
	}
	return strings.TrimPrefix(s, "+")
}

// amountOf reads an amount in major units. "1,234" is refused: it is 1.234 to
// some.
func amountOf(s string, c money.Currency) (money.Amount, error) {
	a, err := money.Parse(ungrouped(s), c)
	if err != nil {
		return a, unreadable("金额无效", "the amount is not valid")
	}
	return a, nil
}

// chinaTime is what Chinese channels and banks write their times in.
var chinaTime = time.FixedZone("+08:00", 8*60*60)

// timeOf reads a time as channels and banks write it; without a zone it is of
// China.
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

var noTime = unreadable("付款时间缺失或无效", "the time of the payment is missing or not valid")

// plausible reports whether something may have been paid at a time; a column
// doesn't take just any.
func plausible(t time.Time) bool { return t.UTC().Year() > 1970 && t.UTC().Year() < 2200 }

// plain reports whether a text is visible ASCII, not empty and not too long.
func plain(s string) bool {
	return s != "" && len(s) <= maxTradeNumber && !strings.ContainsFunc(s, func(r rune) bool { return r > '~' || r <= ' ' })
}

// checked refuses a signed notification whose parts can't be a payment's.
func (n Notification) checked() (Notification, error) {
	n.TradeNumber, n.Reference = strings.TrimSpace(n.TradeNumber), strings.ToUpper(strings.TrimSpace(n.Reference))
	if n.PayerID = strings.TrimSpace(n.PayerID); !plain(n.PayerID) { // money counts all the same: it waits
		n.PayerID = ""
	}
	if !n.Paid && !plausible(n.PaidAt) {
		n.PaidAt = time.Time{}
	}
	broken := strings.ContainsRune(n.PayerName, utf8.RuneError) || !utf8.ValidString(n.PayerName) || strings.ContainsFunc(n.PayerName, func(r rune) bool {
		return unicode.IsControl(r) && !unicode.IsSpace(r)
	})
	n.PayerName = text.Clean(n.PayerName)
	unnamed := n.TradeNumber == "" && n.Question == UnknownState // it is about no payment
	switch {
	case !unnamed && !plain(n.TradeNumber):
		return n, unreadable("渠道交易号缺失或无效", "the trade number is missing or not valid")
	case n.Reference != "" && !plain(n.Reference):
		return n, unreadable("付款参考号无效", "the payment reference is not valid")
	case n.Paid && n.Amount.Sign() <= 0:
		return n, unreadable("金额须大于零", "the amount is not more than zero")
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

// LineError is why a line of a statement was not booked, while the others were.
type LineError struct {
	// Line is its number in the statement, from 1.
	Line int
	// Err is the refusal.
	Err error
}

// Error names the line.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap is the refusal.
func (e *LineError) Unwrap() error { return e.Err }
