package payment

import (
	"bytes"
	"crypto/rsa"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"portico/ent/db/topup"
	"portico/text"
)

// BankTransfer is a bank's statement: a file with lines of incoming money,
// which an operator imports or the bank sends. The file is JSON with the
// statement in base64, its RSA signature (SHA-256, base64) and the key's name.
// The statement is JSON or CSV, in UTF-8 or GB18030.
type BankTransfer struct {
	// Keys holds the banks' public keys by name.
	Keys map[string]*rsa.PublicKey
}

// Name returns BANK_TRANSFER.
func (BankTransfer) Name() topup.Channel { return topup.ChannelBANK_TRANSFER }

// Acknowledge returns JSON, as agreed with the banks.
func (BankTransfer) Acknowledge(ok bool) (mediaType, body string) { return acknowledgeJSON(ok) }

type statementFile struct {
	Key       string `json:"key"`
	Signature []byte `json:"signature"`
	Statement []byte `json:"statement"`
}

// Read checks and reads a statement; see [Channel]. Each line is accepted or
// refused by itself, and a line that can't be booked carries the reason. A line
// is identified by the bank's own number; its remark quotes the payment
// reference.
func (b BankTransfer) Read(d Delivery) ([]Notification, error) {
	var file statementFile
	if err := json.Unmarshal(bytes.TrimPrefix(d.Body, []byte("\ufeff")), &file); err != nil || !rsaSigned(b.Keys[file.Key], file.Statement, file.Signature) {
		return nil, SignatureInvalid.Because(err)
	}
	lines, err := linesOf(file.Statement)
	if err != nil {
		return nil, err
	}
	sum, all, seen := digest(file.Statement), make([]Notification, 0, len(lines)), map[string]int{}
	for _, l := range lines {
		n := l.notification(Notification{Channel: b.Name(), Digest: sum, Raw: l.raw, Line: l.number})
		if n.TradeNumber == "" { // the line identifies itself: two equal lines of a statement are two payments
			seen[l.raw]++
			n.TradeNumber = unnumbered(fmt.Sprint(l.raw, seen[l.raw]))
		}
		all = append(all, n)
	}
	return all, nil
}

// Prefixes of the numbers that we give to payments without a number of their
// channel, and to outgoing money, whose number no payment can have. They begin
// with a space, which no channel's number does.
const (
	unnumberedPrefix = " #"
	outgoingPrefix   = " -"
)

func unnumbered(what string) string { return unnumberedPrefix + digest([]byte(what)) }

// line is one line of a statement.
type line struct {
	number int
	raw    string
	fields rawPayment
	err    error // why its fields can't be separated
}

// notification converts a line. A line that can't be booked carries the reason:
// Outgoing, Unattributed, Unreadable.
func (l line) notification(n Notification) Notification {
	t := l.fields
	switch full, err := t.notification(n); {
	case l.err != nil:
		n.Question, n.Refused, n.Remark = NotReadable, l.err, clipped(l.raw)
	case strings.HasPrefix(ungrouped(t.amount), "-"):
		n = t.legible(n)
		n.Question, n.Refused = WentOut, Outgoing
		if n.TradeNumber != "" {
			n.TradeNumber = outgoingPrefix + n.TradeNumber
		}
	case strings.TrimSpace(t.reference) == "" && quoted(t.remark) == "":
		if n = full; err != nil {
			n = t.legible(n)
		}
		n.Question, n.Refused = NoReference, Unattributed
	case err != nil:
		n = t.legible(n)
		n.Question, n.Refused = NotReadable, err
	default:
		n = full
	}
	return n
}

// linesOf reads the lines of a statement. Refusals: Unreadable, if it is
// neither JSON nor CSV with the required columns.
func linesOf(statement []byte) ([]line, error) {
	s, err := text.DecodeFile(statement)
	if err != nil {
		return nil, unreadable("既不是 UTF-8 也不是 GB18030 文本", "the text is neither UTF-8 nor GB18030")
	}
	if s = strings.TrimSpace(s); strings.HasPrefix(s, "{") {
		return linesOfJSON(s)
	}
	return linesOfCSV(s)
}

func linesOfJSON(s string) ([]line, error) {
	var statement struct {
		Lines []json.RawMessage `json:"lines"`
	}
	if err := json.Unmarshal([]byte(s), &statement); err != nil {
		return nil, notJSON
	}
	lines := make([]line, len(statement.Lines))
	for i, raw := range statement.Lines {
		fields, err := fieldsOf(raw)
		lines[i] = line{number: i + 1, raw: string(raw), fields: fields, err: err}
	}
	return lines, nil
}

// columnNames lists the headings that banks use for a statement's columns.
var columnNames = map[string][]string{
	"tradeNumber": {"tradenumber", "交易流水号", "流水号", "交易号", "银行流水号"},
	"reference":   {"reference", "付款参考号", "参考号"},
	"remark":      {"remark", "附言", "摘要", "备注", "用途"},
	"amount":      {"amount", "金额", "交易金额", "收入金额", "贷方发生额", "贷方金额"},
	"currency":    {"currency", "币种", "币别"},
	"payerName":   {"payername", "付款人", "付款人名称", "付款方名称", "付款方户名", "对方户名", "对方账户名称"},
	"paidAt":      {"paidat", "交易时间", "交易日期", "入账时间", "入账日期"},
}

// linesOfCSV reads a table with a heading. Each line is one record, so that an
// unbalanced quotation mark affects no other line.
func linesOfCSV(s string) ([]line, error) {
	rows := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s), "\n")
	heading, err := record(rows[0])
	if err != nil {
		return nil, unreadable("表头无法识别", "the heading can't be read")
	}
	at := map[string]int{}
	for name, known := range columnNames {
		at[name] = slices.IndexFunc(heading, func(h string) bool { return slices.Contains(known, strings.ToLower(text.Plain(h))) })
	}
	for _, needed := range []string{"tradeNumber", "amount", "currency", "payerName", "paidAt"} {
		if at[needed] < 0 {
			return nil, unreadable("表头缺少“"+columnNames[needed][1]+"”列", "the heading has no column "+needed)
		}
	}
	if at["reference"] < 0 && at["remark"] < 0 {
		return nil, unreadable("表头缺少“附言”列", "the heading has no column remark")
	}
	var lines []line
	for i, row := range rows[1:] {
		if strings.Trim(row, " \t,") == "" {
			continue
		}
		l := line{number: i + 2, raw: row}
		if cells, err := record(row); err != nil || len(cells) != len(heading) {
			l.err = unreadable("该行的列数与表头不符", "the line does not have the columns of the heading")
		} else {
			cell := func(name string) string {
				if at[name] < 0 {
					return ""
				}
				return cells[at[name]]
			}
			l.fields = rawPayment{cell("tradeNumber"), cell("reference"), cell("remark"), cell("amount"), cell("currency"), cell("payerName"), cell("paidAt")}
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// record reads one line of CSV. It treats tabs, which Chinese banks put before
// numbers, as spaces.
func record(row string) ([]string, error) {
	return csv.NewReader(strings.NewReader(row)).Read()
}
