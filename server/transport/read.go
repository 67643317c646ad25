package transport

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"portico/clause"
)

// params holds a request as it was sent.
type params struct {
	graphql.RawParams
	documentID string
}

// sent is the JSON of a request. Unknown members are ignored.
type sent struct {
	Query         *string        `json:"query"`
	OperationName *string        `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	Extensions    map[string]any `json:"extensions"`
	DocumentID    *string        `json:"documentId"`
}

func (x *exchange) read() (*params, *fault) {
	start := graphql.Now()
	var p *params
	var f *fault
	switch {
	case x.r.Method == http.MethodGet:
		p, f = readURL(x.r.URL)
	default:
		media, options, err := typeJSON, map[string]string(nil), error(nil)
		if given := x.r.Header.Get("Content-Type"); given != typeJSON {
			media, options, err = mime.ParseMediaType(given)
		}
		encoding := x.r.Header.Get("Content-Encoding")
		switch {
		case err != nil || encoding != "" && encoding != "identity":
			f = &fault{status: http.StatusUnsupportedMediaType, refusal: MediaTypeUnknown}
		case media == typeJSON && utf8Only(options):
			p, f = x.readJSON()
		case media == "multipart/form-data" && x.h.cfg.Uploads != nil:
			p, f = x.readMultipart()
		default:
			f = &fault{status: http.StatusUnsupportedMediaType, refusal: MediaTypeUnknown}
		}
	}
	if f != nil {
		return nil, f
	}
	p.Headers = x.r.Header
	p.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	return p, nil
}

func (x *exchange) bodyLimit() int64 {
	if x.h.cfg.BodyLimit != nil {
		if n := x.h.cfg.BodyLimit(x.r); n > 0 {
			return n
		}
	}
	return standardBody
}

func tooLarge(limit int64) *fault {
	return &fault{status: http.StatusRequestEntityTooLarge, refusal: BodyTooLarge.With("limit", limit)}
}

func (x *exchange) readJSON() (p *params, f *fault) {
	limit := x.bodyLimit()
	if x.r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	withBuffer(func(b *bytes.Buffer) {
		if _, err := b.ReadFrom(http.MaxBytesReader(x.w, x.r.Body, limit)); err != nil {
			f = unread(err, limit)
			return
		}
		p, f = decode(b.Bytes(), limit)
	})
	return p, f
}

// unread returns the fault of a body that could not be read: it is too large, too slow,
// or incomplete.
func unread(err error, limit int64) *fault {
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return tooLarge(limit)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &fault{status: http.StatusServiceUnavailable, refusal: OutOfTime(rand.Text())}
	}
	return malformed(text("正文未能完整读取。", "the body could not be read completely."))
}

// decode parses the JSON of a request. An error gives the position, but never the text
// there.
func decode(body []byte, longest int64) (*params, *fault) {
	if f := checkJSON(body, longest); f != nil {
		return nil, f
	}
	var s sent
	if err := unmarshal(body, &s); err != nil {
		return nil, malformed(wrongJSON("", err))
	}
	return s.params(), nil
}

// params converts what was sent; missing members are empty.
func (s *sent) params() *params {
	p := &params{RawParams: graphql.RawParams{Variables: s.Variables, Extensions: s.Extensions}}
	for _, m := range []struct {
		from *string
		to   *string
	}{{s.Query, &p.Query}, {s.OperationName, &p.OperationName}, {s.DocumentID, &p.documentID}} {
		if m.from != nil {
			*m.to = *m.from
		}
	}
	return p
}

// unmarshal parses exactly one JSON value and keeps numbers exact.
func unmarshal(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value")
	}
	return nil
}

func wrongJSON(member string, err error) clause.Text {
	if member == "" {
		if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			member, _, _ = strings.Cut(kind.Field, ".")
			if member == "" {
				return text("正文须为一个 JSON 对象。", "the body must be one JSON object.")
			}
		}
	}
	switch {
	case member == "variables" || member == "extensions" || member == "map":
		return text("%s 须为 JSON 对象。", "%s must be a JSON object.", member)
	case member != "":
		return text("%s 须为字符串。", "%s must be a string.", member)
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return text("正文在第 %d 字节处不是 JSON。", "the body is not JSON at byte %d.", syntax.Offset)
	}
	return text("正文不是完整的 JSON。", "the body is not complete JSON.")
}

func readURL(u *url.URL) (*params, *fault) {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, malformed(text("地址中的参数编码有误。", "the parameters of the URL are not encoded correctly."))
	}
	if f := checkURL(values); f != nil {
		return nil, f
	}
	p := &params{documentID: values.Get("documentId")}
	p.Query, p.OperationName = values.Get("query"), values.Get("operationName")
	for name, into := range map[string]*map[string]any{"variables": &p.Variables, "extensions": &p.Extensions} {
		if s := values.Get(name); s != "" {
			if f := checkJSON([]byte(s), 0); f != nil {
				return nil, f
			}
			if err := unmarshal([]byte(s), into); err != nil {
				return nil, malformed(wrongJSON(name, err))
			}
		}
	}
	return p, nil
}
