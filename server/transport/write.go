package transport

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"portico/clause"
	"portico/ent"
	"portico/graph/limits"
)

// requestError returns the status of a well-formed request that can't be executed: 200
// for clients of application/json, which look only at the body, and 400 for others.
func (x *exchange) requestError() int {
	if x.media == typeJSON {
		return http.StatusOK
	}
	return http.StatusBadRequest
}

// statusOf returns the status of an answer of the executor.
//
// Clients of application/json get 200 for every answer of the executor, as GraphQL over
// HTTP requires: they couldn't distinguish another status from a proxy's. For others, an
// operation without any result is 503 after a timeout, and 500 if it is a mutation with
// an internal error. Such an answer has no data, because an answer with data must be
// 200.
func (x *exchange) statusOf(resp *graphql.Response) int {
	if x.media == typeJSON {
		return http.StatusOK
	}
	if resp.Data != nil {
		if status := x.failed(resp); status != 0 {
			resp.Data = nil
			return status
		}
		return http.StatusOK
	}
	for _, err := range resp.Errors {
		switch code, _ := err.Extensions["code"].(string); code {
		case clause.Unauthenticated.Code:
			return http.StatusUnauthorized
		case clause.Forbidden.Code:
			return http.StatusForbidden
		case clause.Throttled.Code:
			return http.StatusTooManyRequests
		case clause.Broken.Code:
			return http.StatusInternalServerError
		case clause.Timeout.Code:
			return http.StatusServiceUnavailable
		}
	}
	return http.StatusBadRequest
}

// failed returns the status of an answer whose root fields are all null, one of them
// because of a timeout or, in a mutation, of an internal error; else 0.
func (x *exchange) failed(resp *graphql.Response) int {
	status := 0
	for _, err := range resp.Errors {
		switch code, _ := err.Extensions["code"].(string); {
		case code == clause.Timeout.Code:
			status = max(status, http.StatusServiceUnavailable)
		case code == clause.Broken.Code && x.mutates:
			status = max(status, http.StatusInternalServerError)
		}
	}
	if status == 0 {
		return 0
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(resp.Data, &fields) != nil {
		return 0
	}
	for _, value := range fields {
		switch string(value) {
		case "null", `"Query"`, `"Mutation"`: // the latter are __typename
		default:
			return 0
		}
	}
	return status
}

// The values of headers that all answers share. They have no spare capacity, so that
// whoever appends to one gets a copy.
var (
	noStore, noSniff = []string{"no-store"}, []string{"nosniff"}
	varies           = []string{"Accept, Accept-Language"}
	contentTypes     = map[string][]string{
		typeJSON:    {typeJSON + "; charset=utf-8"},
		typeGraphQL: {typeGraphQL + "; charset=utf-8"},
	}
)

// write sends an answer. The data is passed on as the executor wrote it. If nothing was
// executed, the answer has no member data.
func (x *exchange) write(status int, resp *graphql.Response) {
	withBuffer(func(b *bytes.Buffer) {
		encode(b, resp)
		h := x.w.Header()
		h["Content-Type"] = contentTypes[x.media]
		h["Content-Length"] = []string{strconv.Itoa(b.Len())}
		h["Cache-Control"], h["X-Content-Type-Options"] = noStore, noSniff
		vary(h)
		if status == http.StatusUnauthorized {
			h.Set("WWW-Authenticate", "Bearer")
		}
		if wait := retryAfter(resp.Errors); wait != "" {
			h.Set("Retry-After", wait)
		}
		x.sent = true
		x.w.WriteHeader(status)
		_, _ = x.w.Write(b.Bytes()) // it fails if the client is gone
	})
}

func vary(h http.Header) {
	if h["Vary"] == nil {
		h["Vary"] = varies
	} else {
		h.Add("Vary", varies[0])
	}
}

func retryAfter(errs gqlerror.List) string {
	for _, err := range errs {
		switch err.Extensions["code"] {
		case clause.Throttled.Code, clause.Timeout.Code:
			if wait, ok := err.Extensions["retryAfter"]; ok {
				return fmt.Sprint(wait)
			}
		}
	}
	return ""
}

func encode(b *bytes.Buffer, resp *graphql.Response) {
	b.WriteByte('{')
	if len(resp.Errors) > 0 {
		b.WriteString(`"errors":`)
		member(b, resp.Errors)
	}
	if resp.Data != nil {
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(`"data":`)
		b.Write(resp.Data)
	}
	if len(resp.Extensions) > 0 {
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(`"extensions":`)
		member(b, resp.Extensions)
	}
	b.WriteByte('}')
}

func member(b *bytes.Buffer, v any) {
	if all, ok := v.(map[string]any); ok && len(all) == 1 {
		if c, ok := all["cost"].(limits.Declared); ok { // what nearly every answer has, and nothing else
			b.Write(c.AppendMember(b.AvailableBuffer()))
			return
		}
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Errorf("transport: an answer can't be written as JSON: %w", err))
	}
	b.Write(text)
}

// Present is the executor's error presenter. It shows a [clause.Refusal] in the reader's
// language with its code, clause, field and remedy, and passes on errors of the parser
// and the validator. It logs any other error and shows only INTERNAL, or TIMEOUT after a
// timeout, with a correlation id: the request's [Correlation], or a new one if that is
// empty.
func Present(ctx context.Context, err error) *gqlerror.Error {
	shown := &gqlerror.Error{Err: err}
	if at, ok := errors.AsType[*gqlerror.Error](err); ok {
		shown.Path, shown.Locations = at.Path, at.Locations
	}
	var r clause.Refusal
	if !errors.As(err, &r) {
		if at, ok := errors.AsType[*gqlerror.Error](err); ok && at.Err == nil && declaredCode(at) {
			return at
		}
		id := Correlation(ctx)
		if id == "" {
			id = rand.Text()
		}
		r = broke(ctx, id, err)
	}
	lang := clause.LangOf(ctx)
	shown.Message, shown.Extensions = r.Message(lang), extensions(r, lang)
	return shown
}

// retryTimeout is the number of seconds after which a request may be tried again after a
// timeout.
const retryTimeout = 5

// broke logs an internal error or a timeout, and returns the refusal that is shown.
func broke(ctx context.Context, id string, err error) clause.Refusal {
	if ent.IsTimeout(err) {
		slog.WarnContext(ctx, "ran out of time", "correlation_id", id, "error", err, "cause", context.Cause(ctx))
		return OutOfTime(id)
	}
	slog.ErrorContext(ctx, "internal error", "correlation_id", id, "error", err)
	return clause.Broken.With("correlationId", id)
}

// OutOfTime returns TIMEOUT with a correlation id.
func OutOfTime(correlation string) clause.Refusal {
	return clause.Timeout.With("correlationId", correlation).With("retryAfter", retryTimeout)
}

// declaredCode reports whether an error has a declared code. Other codes are never sent.
func declaredCode(err *gqlerror.Error) bool {
	code, _ := err.Extensions["code"].(string)
	_, ok := clause.Declared(code)
	return ok
}

func extensions(r clause.Refusal, lang clause.Lang) map[string]any {
	e := map[string]any{"code": r.Code}
	if r.Clause != "" {
		e["clause"] = r.Clause
	}
	if len(r.Field) > 0 {
		e["field"] = r.Field
	}
	params := r.Data(lang)
	for name, v := range params {
		switch name { // kept for clients from before there was params
		case "value", "limit", "figure", "retryAfter", "correlationId":
			e[name] = v
		}
	}
	if len(params) > 0 {
		e["params"] = params
	}
	if remedy := r.Told(lang); remedy != nil {
		e["remedy"] = remedy
	}
	return e
}

// Recover is the executor's recover function. It turns a panic into an error with its
// stack, which the presenter logs but doesn't show.
func Recover(_ context.Context, v any) error {
	return fmt.Errorf("panic: %v\n%s", v, debug.Stack())
}
