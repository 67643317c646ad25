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
)

// requestError is the status of a well-formed request that can't be executed:
// 200 for readers of plain JSON, who look at the body alone, 400 for others.
func (x *exchange) requestError() int {
	if x.media == typeJSON {
		return http.StatusOK
	}
	return http.StatusBadRequest
}

// statusOf is the status of an answer by the executor.
func (x *exchange) statusOf(resp *graphql.Response) int {
	if resp.Data != nil || x.media == typeJSON {
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
		}
	}
	return http.StatusBadRequest
}

// write sends an answer. The data is passed on as the executor wrote it; an
// answer that nothing was executed for has no data member at all.
func (x *exchange) write(status int, resp *graphql.Response) {
	withBuffer(func(b *bytes.Buffer) {
		encode(b, resp)
		h := x.w.Header()
		h.Set("Content-Type", x.media+"; charset=utf-8")
		h.Set("Content-Length", strconv.Itoa(b.Len()))
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Add("Vary", "Accept, Accept-Language")
		if status == http.StatusUnauthorized {
			h.Set("WWW-Authenticate", "Bearer")
		}
		if wait := retryAfter(resp.Errors); wait != "" {
			h.Set("Retry-After", wait)
		}
		x.sent = true
		x.w.WriteHeader(status)
		_, _ = x.w.Write(b.Bytes()) // the caller may have gone; there is nobody to tell
	})
}

func retryAfter(errs gqlerror.List) string {
	var r clause.Refusal
	for _, err := range errs {
		if errors.As(err, &r) && r.Code == clause.Throttled.Code {
			if wait, ok := r.Params["retryAfter"]; ok {
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
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Errorf("transport: an answer can't be written as JSON: %w", err))
	}
	b.Write(text)
}

// Presenter makes an error presenter for the executor. A [clause.Refusal] is
// told in the reader's language with its code, clause, field and remedy; what
// the parser and the validator say is passed on; anything else is logged and
// told as INTERNAL with a correlation id and nothing more. The id is what
// correlation returns for the request, or a new one if that is nil or empty.
func Presenter(correlation func(context.Context) string) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		shown := &gqlerror.Error{Err: err}
		if at, ok := errors.AsType[*gqlerror.Error](err); ok {
			shown.Path, shown.Locations = at.Path, at.Locations
		}
		var r clause.Refusal
		if !errors.As(err, &r) {
			if at, ok := errors.AsType[*gqlerror.Error](err); ok && at.Err == nil && declaredCode(at) {
				return at
			}
			id := ""
			if correlation != nil {
				id = correlation(ctx)
			}
			if id == "" {
				id = rand.Text()
			}
			slog.ErrorContext(ctx, "internal error", "correlation_id", id, "error", err)
			r = clause.Broken.With("correlationId", id)
		}
		lang := clause.LangOf(ctx)
		shown.Message, shown.Extensions = r.Message(lang), extensions(r, lang)
		return shown
	}
}

// declaredCode reports whether an error has a code of the list: no other goes out.
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
		switch name { // these stood here before there was params, and stay
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

// Recover is a recover function for the executor: it turns a panic into an
// error with its stack, which the presenter logs and doesn't show.
func Recover(_ context.Context, v any) error {
	return fmt.Errorf("panic: %v\n%s", v, debug.Stack())
}
