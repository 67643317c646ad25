package payment_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"portico/clause"
	"portico/ent/db/auditevent"
	entpayment "portico/ent/db/payment"
	"portico/ent/db/topup"
	"portico/portal/finance/payment"
)

func gbk(s string) string {
	b, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return b
}

// alipayForm returns the form of a notification, changed by pairs of a name and
// a value.
func alipayForm(reference string, pairs ...string) url.Values {
	form := url.Values{"app_id": {"2021000000000001"}, "trade_no": {"2026030222001"}, "out_trade_no": {reference}, "total_amount": {"12.00"},
		"buyer_user_name": {"阿卜杜拉•买买提"}, "trade_status": {"TRADE_SUCCESS"}, "gmt_payment": {"2026-03-02 10:00:01"}, "charset": {"utf-8"}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

func TestANotificationIsReadByTheCharsetThatItsChannelSigned(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		for i, charset := range []string{"utf-8", "GBK", "gb2312", "GB18030"} {
			s.Run("3.5: "+charset, func(t *testing.T) {
				s := scene{t, s.w}
				top := s.start(a, topup.ChannelALIPAY, "12.00")
				form := alipayForm(top.PaymentReference, "charset", charset, "trade_no", fmt.Sprint("A", i), "buyer_user_name", "王·芳", "subject", "充值")
				if charset != "utf-8" {
					form.Set("buyer_user_name", gbk("王·芳"))
					form.Set("subject", gbk("充值"))
				}
				if status, body := s.post(topup.ChannelALIPAY, alipaySigned(keyOf("ALIPAY"), form)); status != http.StatusOK || body != "success" {
					t.Fatalf("%d %s", status, body)
				}
				row, err := s.w.Portal.Store.Read().Payment.Query().Where(entpayment.TopUpID(top.ID)).Only(s.w.System())
				if err != nil || row.PayerName != "王·芳" {
					t.Errorf("%q %v", row.PayerName, err)
				}
			})
		}
		s.has(a.AccountID, "0.00", "48.00")
		s.clean()
	})
}

// odd returns notifications that their channel signed and that can't be
// understood.
func odd(reference string) map[string]struct {
	channel topup.Channel
	sent    payment.Delivery
} {
	type sent = struct {
		channel topup.Channel
		sent    payment.Delivery
	}
	all := map[string]sent{}
	for label, pairs := range map[string][]string{
		"bytes of another charset": {"charset", "utf-8", "buyer_user_name", gbk("王芳")},
		"no charset that is read":  {"charset", "EBCDIC"},
		"no amount":                {"total_amount", ""},
		"an amount in words":       {"total_amount", "十二"},
		"less than a fen":          {"total_amount", "12.001"},
		"nothing":                  {"total_amount", "0.00"},
		"another currency":         {"trans_currency", "USD"},
		"a Chinese trade number":   {"trade_no", "交易1"},
		"no trade number":          {"trade_no", " "},
		"a long trade number":      {"trade_no", strings.Repeat("1", 129)},
		"no time":                  {"gmt_payment", ""},
		"an odd time":              {"gmt_payment", "yesterday"},
		"a long name":              {"buyer_user_name", strings.Repeat("王", 201)},
		"NUL in the name":          {"buyer_user_name", "a\x00b"},
		"a Chinese reference":      {"out_trade_no", "参考"},
	} {
		all["ALIPAY, "+label] = sent{topup.ChannelALIPAY, alipaySigned(keyOf("ALIPAY"), alipayForm(reference, pairs...))}
	}
	good := map[string]any{"mchid": "1900000001", "out_trade_no": reference, "transaction_id": "W1", "trade_state": "SUCCESS",
		"success_time": "2026-03-02T10:00:01+08:00", "amount": map[string]any{"total": 1200, "currency": "CNY"}, "payer": map[string]any{"openid": "o"}}
	for label, change := range map[string][2]any{
		"no time": {"success_time", nil}, "an odd time": {"success_time", "yesterday"}, "an unknown currency": {"amount", map[string]any{"total": 1200, "currency": "XXX"}},
		"an amount of text": {"amount", map[string]any{"total": "1200"}}, "a Chinese trade number": {"transaction_id", "交易"},
	} {
		spoilt := map[string]any{}
		for k, v := range good {
			spoilt[k] = v
		}
		spoilt[change[0].(string)] = change[1]
		b, _ := json.Marshal(spoilt)
		all["WECHAT_PAY, "+label] = sent{topup.ChannelWECHAT_PAY, wechatSealed(keyOf("WECHAT_PAY"), apiV3Key, b)}
	}
	b, _ := json.Marshal(good)
	all["WECHAT_PAY, no UTF-8"] = sent{topup.ChannelWECHAT_PAY, wechatSealed(keyOf("WECHAT_PAY"), apiV3Key, []byte(strings.Replace(string(b), `"o"`, `"`+gbk("王芳")+`"`, 1)))}
	bank := func(body string) payment.Delivery {
		return payment.Delivery{Body: []byte(body), Header: headers("Bank-Key", "icbc", "Bank-Signature", sign(keyOf("ONLINE_BANK"), body))}
	}
	b, _ = json.Marshal(fieldsOf(message{"B1", reference, "12.00", "王芳"}))
	all["ONLINE_BANK, in GBK"] = sent{topup.ChannelONLINE_BANK, bank(gbk(string(b)))}
	all["ONLINE_BANK, no JSON"] = sent{topup.ChannelONLINE_BANK, bank("OK")}
	all["ONLINE_BANK, null"] = sent{topup.ChannelONLINE_BANK, bank("null")}
	all["ONLINE_BANK, a list as the name"] = sent{topup.ChannelONLINE_BANK, bank(strings.Replace(string(b), `"王芳"`, `["王芳"]`, 1))}
	return all
}

func TestASignedNotificationThatIsNotUnderstoodIsSentAgain(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		top := s.start(a, topup.ChannelALIPAY, "12.00")
		for label, o := range odd(top.PaymentReference) {
			s.Run("3.5: "+label, func(t *testing.T) {
				status, body := scene{t, s.w}.post(o.channel, o.sent)
				if status != http.StatusBadRequest || body == "success" || strings.Contains(body, "SUCCESS") {
					t.Errorf("%d %s", status, body)
				}
				last, err := s.w.Portal.Store.Read().AuditEvent.Query().Order(auditevent.ByID()).All(s.w.System())
				if err != nil {
					t.Fatal(err)
				}
				e := last[len(last)-1]
				if e.Action != "notifyPayment" || e.Code != payment.Unreadable.Code {
					t.Errorf("the audit has %s %s %s", e.Action, e.Code, e.Details)
				}
				p := scene{t, s.w}.last()
				if p.Status != "UNATTRIBUTED" && p.Status != "OPEN" || p.Question != "UNREADABLE" || len(p.Events) == 0 || p.Events[len(p.Events)-1].Signed == "" {
					t.Errorf("3.5: it is kept as %+v", p)
				}
			})
		}
		s.has(a.AccountID, "0.00", "0.00")
		if status, _ := s.post(topup.ChannelALIPAY, alipaySigned(keyOf("ALIPAY"), alipayForm(top.PaymentReference, "buyer_user_name", company(a)))); status != http.StatusOK {
			s.Errorf("sent again, correctly: %d", status)
		}
		s.has(a.AccountID, "12.00", "0.00")
		s.clean()
	})
}

func signedStatement(text string) payment.Delivery {
	body, _ := json.Marshal(map[string]any{"key": "icbc", "statement": []byte(text), "signature": sign(keyOf("BANK_TRANSFER"), text)})
	return payment.Delivery{Header: headers(), Body: body}
}

// lines returns lines of a statement in the order of its columns (trade number,
// amount, currency, payer, time, remark), each with the expected code; "" is
// booked.
func lines(prefix, reference, payer string) (all []struct {
	cells []string
	code  string
}) {
	add := func(code string, cells ...string) {
		all = append(all, struct {
			cells []string
			code  string
		}{cells, code})
	}
	at := "2026-03-02 10:00:01"
	add("", prefix+"1", "1.00", "CNY", payer, at, "充值 "+reference)
	add("", prefix+"2", "1,234.00", "人民币", payer, "2026/3/2", reference)
	add("", prefix+"3", "1,234,567.00", "CNY", payer, "20260302", reference)
	add("", prefix+"4", "１．００", "CNY", payer, "2026年3月2日", strings.ToLower(reference))
	add("", prefix+"1", "1.00", "CNY", payer, at, "充值 "+reference) // the same line again
	add("PAYMENT_CONFLICT", prefix+"1", "2.00", "CNY", payer, at, reference)
	add("PAYMENT_UNREADABLE", prefix+"5", "1,234", "CNY", payer, at, reference)
	add("PAYMENT_UNREADABLE", prefix+"6", "12,34.00", "CNY", payer, at, reference)
	add("PAYMENT_UNREADABLE", prefix+"7", "", "CNY", payer, at, reference)
	add("PAYMENT_UNREADABLE", prefix+"8", "1.00", "", payer, at, reference)
	add("PAYMENT_UNREADABLE", prefix+"9", "1.00", "ZZZ", payer, at, reference)
	add("PAYMENT_FOREIGN", prefix+"10", "1.00", "USD", payer, at, reference)
	add("PAYMENT_UNREADABLE", prefix+"11", "1.00", "CNY", payer, "", reference)
	add("PAYMENT_UNREADABLE", prefix+"12", "1.00", "CNY", payer, "soon", reference)
	add("PAYMENT_UNREADABLE", "流水1", "1.00", "CNY", payer, at, reference)
	add("PAYMENT_UNREADABLE", "", "1.00", "CNY", payer, at, reference)
	add("PAYMENT_OUTGOING", prefix+"13", "-1,000.00", "EUR", payer, "", "工资")
	add("PAYMENT_UNATTRIBUTED", prefix+"14", "9.00", "XXX", payer, "soon", "货款")
	add("PAYMENT_UNKNOWN", prefix+"15", "1.00", "CNY", payer, at, "PTABCDEFGHJKLM")
	add("", prefix+"16", "1.00", "CNY", payer, at, reference)
	return all
}

func TestAStatementIsJudgedLineByLine(t *testing.T) {
	const heading = "交易流水号,金额,币种,对方户名,交易时间,附言"
	table := func(end string) func([][]string) string {
		return func(rows [][]string) string {
			b := heading + end
			for _, r := range rows {
				b += `"` + strings.Join(r, `","`) + `"` + end
			}
			return b
		}
	}
	object := func(rows [][]string) string {
		var all []any
		for _, r := range rows {
			all = append(all, map[string]any{"tradeNumber": r[0], "amount": r[1], "currency": r[2], "payerName": r[3], "paidAt": r[4], "remark": r[5]})
		}
		b, _ := json.Marshal(map[string]any{"lines": all})
		return string(b)
	}
	each(t, func(s scene) {
		a, want := s.w.Verified("Ada"), 0
		for prefix, write := range map[string]func([][]string) string{
			"json": object,
			"bom":  func(r [][]string) string { return "\ufeff" + object(r) },
			"csv":  table("\n"),
			"crlf": func(r [][]string) string { return "\ufeff" + table("\r\n")(r) + "\r\n,,,,,\r\n\r\n" },
			"gbk":  func(r [][]string) string { return gbk(table("\r\n")(r)) },
		} {
			s.Run("3.5: "+prefix, func(t *testing.T) {
				s := scene{t, s.w}
				before := s.balance(a.AccountID).Cash
				wanted := lines(prefix, s.start(a, topup.ChannelBANK_TRANSFER, "12.00").PaymentReference, company(a))
				var rows [][]string
				for _, l := range wanted {
					rows = append(rows, l.cells)
					if l.code != "" {
						want++
					}
				}
				for _, time := range []string{"imported", "imported again"} {
					results := payment.Receive(s.w.System(), s.w.Portal.Store, channel(t, topup.ChannelBANK_TRANSFER), signedStatement(write(rows)))
					if len(results) != len(wanted) {
						t.Fatalf("%s: %d verdicts of %d lines: %v", time, len(results), len(wanted), results)
					}
					for i, err := range results {
						judged(t, time, wanted[i].cells, wanted[i].code, err)
					}
					if got := s.balance(a.AccountID).Cash.Sub(before).String(); got != "1235804.00" {
						t.Errorf("%s: %s were booked", time, got)
					}
					if n := s.w.Portal.Store.Read().Payment.Query().Where(entpayment.Questioned(true)).CountX(s.w.System()); n != want {
						t.Errorf("3.5: %s: %d of %d lines that are not booked wait for an operator", time, n, want)
					}
				}
			})
		}
		s.has(a.AccountID, "6179020.00", "0.00")
		s.clean()
	})
}

func judged(t *testing.T, time string, cells []string, code string, err error) {
	t.Helper()
	var r clause.Refusal
	var l *payment.LineError
	switch {
	case code == "" && err != nil, code != "" && (!errors.As(err, &r) || r.Code != code):
		t.Errorf("%s: %v: %v, want %q", time, cells, err, code)
	case code != "" && (!errors.As(err, &l) || l.Line < 1):
		t.Errorf("%s: %v: no line is named: %v", time, cells, err)
	}
}

func TestALineOfAnotherWidthSpoilsNoOther(t *testing.T) {
	each(t, func(s scene) {
		a := s.w.Verified("Ada")
		top := s.start(a, topup.ChannelBANK_TRANSFER, "12.00")
		good := func(n int) string {
			return fmt.Sprintf("W%d,1.00,CNY,%s,2026-03-02,%s\n", n, company(a), top.PaymentReference)
		}
		text := "tradeNumber,amount,currency,payerName,paidAt,remark\n" + good(1) + "W2,1.00\n" + good(3) + "W4,\"1.00,CNY,x,2026-03-02,y\n" + good(5)
		results := payment.Receive(s.w.System(), s.w.Portal.Store, channel(t, topup.ChannelBANK_TRANSFER), signedStatement(text))
		for i, code := range []string{"", payment.Unreadable.Code, "", payment.Unreadable.Code, ""} {
			judged(t, "once", []string{fmt.Sprint(i)}, code, results[i])
		}
		s.has(a.AccountID, "3.00", "0.00")
		for label, text := range map[string]string{"no heading": "", "a column is missing": "tradeNumber,amount,payerName,paidAt,remark\nW9,1.00,x,2026-03-02,y", "a picture": "\x89PNG\x00\xff\xff", "a list": "[]"} {
			results := payment.Receive(s.w.System(), s.w.Portal.Store, channel(t, topup.ChannelBANK_TRANSFER), signedStatement(text))
			if len(results) != 1 || !errors.Is(results[0], payment.Unreadable) {
				s.Errorf("3.5: %s: %v", label, results)
			}
		}
	})
}
