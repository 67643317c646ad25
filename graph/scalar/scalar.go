// Package scalar reads and writes the scalars of the API that no unit defines:
// GraphQL's own, Time, Date, JSON and Upload; and Decimal, Quantity and Moment, whose
// types don't know the API's refusals. It refuses a value of another kind with
// BAD_REQUEST.
package scalar

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"portico/clause"
	"portico/money"
	"portico/portal/customer/account"
	"portico/portal/finance/usage"
)

func malformed(zh, en string) error {
	return clause.Malformed.With("detail", clause.Text{ZH: zh, EN: en})
}

// MarshalDecimal writes an exact decimal as a string.
func MarshalDecimal(d money.Decimal) graphql.Marshaler { return d }

// AppendDecimal appends what [MarshalDecimal] writes.
func AppendDecimal(b []byte, d money.Decimal) []byte { return append(d.Append(append(b, '"')), '"') }

// UnmarshalDecimal reads a decimal in plain notation from a string. It refuses a JSON
// number, which may have been rounded on its way.
func UnmarshalDecimal(v any) (money.Decimal, error) {
	var d money.Decimal
	s, ok := v.(string)
	if !ok || d.UnmarshalText([]byte(s)) != nil {
		return d, malformed("小数须为普通记法的字符串，不含指数", "a Decimal must be a string in plain notation, without an exponent")
	}
	return d, nil
}

// MarshalQuantity writes a quantity as a decimal.
func MarshalQuantity(q usage.Quantity) graphql.Marshaler { return MarshalDecimal(q.Value) }

// UnmarshalQuantity reads a decimal. It keeps a malformed value instead of refusing it,
// so that one wrong event of a report doesn't refuse the others.
func UnmarshalQuantity(v any) (usage.Quantity, error) {
	s, err := sent(v, UnmarshalDecimal)
	return usage.Quantity{Sent: s}, err
}

// MarshalMoment writes an instant.
func MarshalMoment(m usage.Moment) graphql.Marshaler { return MarshalTime(m.Value) }

// UnmarshalMoment reads an instant. It keeps a malformed value, as [UnmarshalQuantity]
// does.
func UnmarshalMoment(v any) (usage.Moment, error) {
	s, err := sent(v, UnmarshalTime)
	return usage.Moment{Sent: s}, err
}

func sent[T any](v any, read func(any) (T, error)) (usage.Sent[T], error) {
	value, err := read(v)
	if err != nil {
		return usage.Sent[T]{Wrong: v}, nil
	}
	return usage.Sent[T]{Value: value}, nil
}

// MarshalTime writes an instant in UTC, RFC 3339, to the microsecond.
func MarshalTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(AppendTime(nil, t)) })
}

// AppendTime appends what [MarshalTime] writes.
func AppendTime(b []byte, t time.Time) []byte {
	return append(t.UTC().Truncate(time.Microsecond).AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

// UnmarshalTime reads RFC 3339 with any offset.
func UnmarshalTime(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, malformed("时间须为 RFC 3339 格式的字符串", "a Time must be an RFC 3339 string")
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() < 1900 || t.Year() > 9000 {
		return time.Time{}, malformed("时间须为 RFC 3339 格式的字符串，例如 2026-01-31T16:00:00Z", "a Time must be an RFC 3339 string, such as 2026-01-31T16:00:00Z")
	}
	return t.UTC().Truncate(time.Microsecond), nil
}

// MarshalDate writes the day of a time in the time's own zone.
func MarshalDate(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(AppendDate(nil, t)) })
}

// AppendDate appends what [MarshalDate] writes.
func AppendDate(b []byte, t time.Time) []byte {
	return append(t.AppendFormat(append(b, '"'), time.DateOnly), '"')
}

// UnmarshalDate reads YYYY-MM-DD.
func UnmarshalDate(v any) (time.Time, error) {
	s, _ := v.(string)
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, malformed("日期须为 YYYY-MM-DD 格式的字符串", "a Date must be a string YYYY-MM-DD")
	}
	return t, nil
}

// MarshalJSON writes any JSON value.
func MarshalJSON(v any) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		b, err := json.Marshal(v)
		if err != nil {
			b = []byte("null")
		}
		_, _ = w.Write(b)
	})
}

// UnmarshalJSON takes any JSON value.
func UnmarshalJSON(v any) (any, error) { return v, nil }

// MarshalUpload writes null: the API never returns a file.
func MarshalUpload(account.Upload) graphql.Marshaler { return graphql.Null }

// UnmarshalUpload takes a file that the multipart transport has put into the variables.
func UnmarshalUpload(v any) (account.Upload, error) {
	u, err := graphql.UnmarshalUpload(v)
	if err != nil {
		return account.Upload{}, malformed("文件须按 multipart 请求约定发送", "an Upload must be sent as the multipart request convention describes")
	}
	h := sha256.New()
	if _, err := io.Copy(h, u.File); err != nil {
		return account.Upload{}, err
	}
	if _, err := u.File.Seek(0, io.SeekStart); err != nil {
		return account.Upload{}, err
	}
	return account.Upload{Name: u.Filename, Size: u.Size, Body: u.File, Digest: hex.EncodeToString(h.Sum(nil))}, nil
}
