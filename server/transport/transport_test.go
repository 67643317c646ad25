package transport_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	sqldriver "database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"portico/clause"
	"portico/graph/limits"
	"portico/graph/limits/testdata/mini"
	"portico/server/transport"
)

const (
	plain  = "application/json"
	modern = "application/graphql-response+json"
)

func handler(cfg transport.Config) *transport.Handler {
	exec := limits.Wrap(mini.New(), limits.Config{})
	exec.SetErrorPresenter(transport.Present)
	exec.SetRecoverFunc(transport.Recover)
	return transport.New(exec, cfg)
}

type answer struct {
	*httptest.ResponseRecorder
	t *testing.T
}

// code returns the code of the first error; "" if there is none.
func (a answer) code() string {
	a.t.Helper()
	var body struct {
		Errors []struct{ Extensions map[string]any }
	}
	if err := json.Unmarshal(a.Body.Bytes(), &body); err != nil {
		a.t.Fatalf("not JSON: %v: %s", err, a.Body)
	}
	if len(body.Errors) == 0 {
		return ""
	}
	return body.Errors[0].Extensions["code"].(string)
}

func (a answer) want(status int, code string) {
	a.t.Helper()
	if a.Code != status || a.code() != code {
		a.t.Errorf("want %d %q, got %d %s", status, code, a.Code, a.Body)
	}
}

func (a answer) data() string {
	var body struct{ Data json.RawMessage }
	if err := json.Unmarshal(a.Body.Bytes(), &body); err != nil {
		a.t.Fatal(err)
	}
	return string(body.Data)
}

func send(t *testing.T, h http.Handler, r *http.Request) answer {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{w, t}
}

// post sends a JSON body; headers are name, value, name, value.
func post(t *testing.T, h http.Handler, body string, headers ...string) answer {
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", plain)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return send(t, h, r)
}

func get(t *testing.T, h http.Handler, values url.Values, headers ...string) answer {
	r := httptest.NewRequest(http.MethodGet, "/graphql?"+values.Encode(), nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return send(t, h, r)
}

func query(q string, more ...any) string {
	m := map[string]any{"query": q}
	for i := 0; i < len(more); i += 2 {
		m[more[i].(string)] = more[i+1]
	}
	b, _ := json.Marshal(m)
	return string(b)
}

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	m.Run()
}

func TestContentNegotiation(t *testing.T) {
	h := handler(transport.Config{})
	for accept, want := range map[string]string{
		"":                                     plain,
		"*/*":                                  plain,
		"application/*":                        plain,
		plain:                                  plain,
		modern:                                 modern,
		modern + ", " + plain:                  modern,
		plain + ", " + modern:                  plain,
		plain + ";q=0.5, " + modern + ";q=0.6": modern,
		plain + ";q=0.9, " + modern + ";q=0.1": plain,
		modern + ";q=0, */*":                   plain,
		plain + ";q=0, */*":                    modern,
		"text/html, */*;q=0.1":                 plain,
		plain + "; charset=utf-8":              plain,
		plain + "; charset=latin1, " + modern:  modern,
		modern + ", application/graphql+json, " + plain + ", text/event-stream, multipart/mixed": modern,
		"text/event-stream":        "",
		"text/html":                "",
		plain + ";q=0":             "",
		plain + "; charset=utf-16": "",
		"*/*;q=0":                  "",
		"nonsense;;;":              "",
	} {
		a := post(t, h, query("{ hello }"), "Accept", accept)
		if want == "" {
			a.want(http.StatusNotAcceptable, "NOT_ACCEPTABLE")
			continue
		}
		if got := a.Header().Get("Content-Type"); a.Code != 200 || got != want+"; charset=utf-8" {
			t.Errorf("%q: want %s, got %d %s", accept, want, a.Code, got)
		}
	}
}

func TestMethods(t *testing.T) {
	h := handler(transport.Config{})
	for _, m := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodHead} {
		a := send(t, h, httptest.NewRequest(m, "/graphql?query={hello}", nil))
		if a.Code != 405 || a.Header().Get("Allow") != "GET, POST, OPTIONS" {
			t.Errorf("%s: %d, Allow %q", m, a.Code, a.Header().Get("Allow"))
		}
	}
	if a := send(t, h, httptest.NewRequest(http.MethodOptions, "/graphql", nil)); a.Code != 204 || a.Header().Get("Allow") == "" {
		t.Errorf("OPTIONS: %d", a.Code)
	}
	const rename = `mutation { rename(input: {name: "x"}) { name } }`
	a := get(t, h, url.Values{"query": {rename}})
	a.want(405, "MUTATION_NEEDS_POST")
	if a.Header().Get("Allow") != "POST" {
		t.Errorf("Allow %q", a.Header().Get("Allow"))
	}
	if a := post(t, h, query(rename)); a.data() != `{"rename":{"name":"x"}}` {
		t.Errorf("%s", a.Body)
	}
	if a := get(t, h, url.Values{"query": {"query Q($n: String) { hello(name: $n) }"}, "variables": {`{"n":"Ada"}`}, "operationName": {"Q"}}); a.data() != `{"hello":"hello Ada"}` {
		t.Errorf("%s", a.Body)
	}
}

func TestWhatOneAnswerCannotCarry(t *testing.T) {
	h := handler(transport.Config{})
	for q, code := range map[string]string{
		"subscription { ticks }":                                "SUBSCRIPTION_NEEDS_STREAM",
		"{ ... @defer { hello } }":                              "DEFER_NEEDS_STREAM",
		"{ ...A @defer } fragment A on Query { hello }":         "DEFER_NEEDS_STREAM",
		"{ ...A } fragment A on Query { ... @defer { hello } }": "DEFER_NEEDS_STREAM",
	} {
		post(t, h, query(q), "Accept", modern).want(400, code)
		post(t, h, query(q)).want(200, code)
		get(t, h, url.Values{"query": {q}}, "Accept", modern).want(400, code)
	}
}

func TestMalformedRequests(t *testing.T) {
	h := handler(transport.Config{})
	const secret = "hunter2"
	for _, body := range []string{
		"", "null", "[]", `"` + secret + `"`, "{", `{"query": "` + secret, `{"query": {"` + secret + `": 1}}`,
		`{"query": 1}`, `{"query": "{ hello }", "variables": "` + secret + `"}`, `{"query": "{ hello }", "variables": ["` + secret + `"]}`,
		`{"query": "{ hello }", "extensions": 0}`, `{"query": "{ hello }", "operationName": {}}`, `{"qeury": "` + secret + `"}`,
		`{"query": ""}`, `{"query": "{ hello }"} {"x": "` + secret + `"}`, `[{"query": "{ hello }"}]`, "{\"query\": \"\x01" + secret + "\"}",
		`{"query": "{ hello }", "extensions": {"persistedQuery": "` + secret + `"}}`,
	} {
		for _, accept := range []string{plain, modern} {
			a := post(t, h, body, "Accept", accept)
			a.want(400, "BAD_REQUEST")
			if strings.Contains(a.Body.String(), secret) {
				t.Errorf("body repeated: %s", a.Body)
			}
			if strings.Contains(a.Body.String(), `"data"`) {
				t.Errorf("data in a request error: %s", a.Body)
			}
		}
	}
	get(t, h, url.Values{}).want(400, "BAD_REQUEST")
	get(t, h, url.Values{"query": {"{ hello }"}, "variables": {"[" + secret}}).want(400, "BAD_REQUEST")
	for _, kind := range []string{"", "text/plain", "application/graphql", "application/json; charset=utf-16", "multipart/form-data; boundary=x"} {
		post(t, h, query("{ hello }"), "Content-Type", kind).want(415, "UNSUPPORTED_MEDIA_TYPE")
	}
	post(t, h, query("{ hello }"), "Content-Encoding", "gzip").want(415, "UNSUPPORTED_MEDIA_TYPE")
}

func TestStatusOfRequestErrors(t *testing.T) {
	h := handler(transport.Config{})
	for q, code := range map[string]string{
		"{":        "GRAPHQL_PARSE_FAILED",
		"{ nope }": "GRAPHQL_VALIDATION_FAILED",
		"query($id: ID!) { node(id: $id) { id } }":    "GRAPHQL_VALIDATION_FAILED",
		"{ " + strings.Repeat("a: hello ", 300) + "}": "QUERY_TOO_LARGE",
	} {
		for accept, status := range map[string]int{plain: 200, modern: 400} {
			a := post(t, h, query(q), "Accept", accept)
			a.want(status, code)
			if strings.Contains(a.Body.String(), `"data"`) {
				t.Errorf("data in a request error: %s", a.Body)
			}
		}
	}
	a := post(t, h, query("{ strict }"), "Accept", modern)
	a.want(200, "INTERNAL")
	if a.data() != "null" {
		t.Errorf("want data: null, got %s", a.Body)
	}
}

// errBroken is an internal error that a retry doesn't resolve.
var errBroken = errors.New("broken")

// For clients that can tell the server's status from a proxy's, a timeout is
// 503 and a mutation that changed nothing because of an internal error is 500,
// both without data. If something was changed, the status is 200.
func TestStatusOfWhatFailed(t *testing.T) {
	for name, c := range map[string]struct {
		query  string
		err    error
		status int
		code   string
		data   bool
	}{
		"a query that broke":             {"{ hello }", errBroken, 200, "INTERNAL", true},
		"a query without time":           {"{ hello }", context.DeadlineExceeded, 503, "TIMEOUT", false},
		"a query with more":              {"{ __typename fail account(id: 1) { __typename } __schema { queryType { name } } }", context.DeadlineExceeded, 200, "TIMEOUT", true},
		"a mutation that broke":          {`mutation { rename(input: {name: "x"}) { __typename } }`, errBroken, 500, "INTERNAL", false},
		"a mutation without time":        {`mutation { __typename rename(input: {name: "x"}) { __typename } }`, sqldriver.ErrBadConn, 503, "TIMEOUT", false},
		"a mutation that isn't allowed":  {`mutation { rename(input: {name: "x"}) { __typename } }`, clause.Forbidden, 200, "FORBIDDEN", true},
		"a mutation that was throttled":  {`mutation { rename(input: {name: "x"}) { __typename } }`, clause.Throttled, 200, "THROTTLED", true},
		"one that its caller gave up on": {`mutation { rename(input: {name: "x"}) { __typename } }`, context.Canceled, 503, "TIMEOUT", false},
	} {
		exec := limits.Wrap(mini.New(), limits.Config{})
		exec.SetErrorPresenter(transport.Present)
		exec.AroundFields(func(ctx context.Context, next graphql.Resolver) (any, error) {
			switch graphql.GetFieldContext(ctx).Field.Name {
			case "hello", "fail", "rename":
				return nil, c.err
			}
			return next(ctx)
		})
		h := transport.New(exec, transport.Config{})
		for accept, status := range map[string]int{modern: c.status, plain: 200} {
			a := post(t, h, query(c.query), "Accept", accept)
			a.want(status, c.code)
			if has := strings.Contains(a.Body.String(), `"data"`); has != (c.data || status == 200) {
				t.Errorf("%s: data %v: %s", name, has, a.Body)
			}
			if wait := a.Header().Get("Retry-After"); (wait != "") != (c.code == "TIMEOUT") {
				t.Errorf("%s: Retry-After %q", name, wait)
			}
		}
	}
}

// Only codes in the list of codes are sent. An error with another code is sent
// as an internal error.
func TestNoCodeGoesOutThatIsNotDeclared(t *testing.T) {
	present := transport.Present
	for code, want := range map[string]string{"GRAPHQL_VALIDATION_FAILED": "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED": "GRAPHQL_PARSE_FAILED", "SOMETHING_NEW": "INTERNAL", "": "INTERNAL"} {
		err := present(t.Context(), &gqlerror.Error{Message: "secret", Extensions: map[string]any{"code": code}})
		if _, ok := clause.Declared(want); !ok || err.Extensions["code"] != want || want == "INTERNAL" && strings.Contains(err.Message, "secret") {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestFaultsInsideShowNothing(t *testing.T) {
	h := handler(transport.Config{})
	for _, q := range []string{"{ hello fail }", "{ hello crash }"} {
		a := post(t, h, query(q), "Accept", modern)
		a.want(200, "INTERNAL")
		if strings.Contains(a.Body.String(), "secret") || !strings.Contains(a.Body.String(), "correlationId") || !strings.Contains(a.Body.String(), `"hello":"hello world"`) {
			t.Errorf("%s: %s", q, a.Body)
		}
	}
	breaks := handler(transport.Config{BodyLimit: func(*http.Request) int64 { panic("secret") }})
	a := post(t, breaks, query("{ hello }"), "Accept", modern)
	a.want(500, "INTERNAL")
	if strings.Contains(a.Body.String(), "secret") {
		t.Errorf("%s", a.Body)
	}
}

func TestBodyLimit(t *testing.T) {
	h := handler(transport.Config{BodyLimit: func(r *http.Request) int64 {
		if r.Header.Get("Authorization") != "" {
			return 4 << 20
		}
		return 0
	}})
	padded := func(n int) string {
		b := query("{ hello }")
		return b[:len(b)-1] + strings.Repeat(" ", n-len(b)) + "}"
	}
	post(t, h, padded(1<<20)).want(200, "")
	post(t, h, padded(1<<20+1)).want(413, "BODY_TOO_LARGE")
	post(t, h, padded(4<<20), "Authorization", "Bearer x").want(200, "")
	post(t, h, padded(4<<20+1), "Authorization", "Bearer x").want(413, "BODY_TOO_LARGE")
	// This one has no declared length.
	r := httptest.NewRequest(http.MethodPost, "/graphql", io.MultiReader(strings.NewReader(padded(1<<20+1))))
	r.Header.Set("Content-Type", plain)
	send(t, h, r).want(413, "BODY_TOO_LARGE")
}

func TestReadersLanguage(t *testing.T) {
	h := handler(transport.Config{})
	for header, chinese := range map[string]bool{
		"": false, "en": false, "zh": true, "zh-CN": true, "zh-Hans-CN,en;q=0.5": true, "zh-CN;q=0.5,en": false, "*": false,
		"fr": false, "fr, zh-CN;q=0.5": true, "de;q=0.9, en-GB;q=0.8, zh;q=0.7": false, ";;;": false, strings.Repeat("zh,", 200): false,
	} {
		a := post(t, h, "{}", "Accept-Language", header)
		a.want(400, "BAD_REQUEST")
		if got := strings.Contains(a.Body.String(), "请求格式有误"); got != chinese {
			t.Errorf("%q: %s", header, a.Body)
		}
	}
}

func persisted(q, hash string) string {
	ext := map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hash}}
	m := map[string]any{"extensions": ext}
	if q != "" {
		m["query"] = q
	}
	b, _ := json.Marshal(m)
	return string(b)
}

func hashOf(q string) string {
	sum := sha256.Sum256([]byte(q))
	return hex.EncodeToString(sum[:])
}

func TestAutomaticPersistedQueries(t *testing.T) {
	h := handler(transport.Config{})
	const q = "{ hello }"
	a := post(t, h, persisted("", hashOf(q)))
	a.want(200, "PERSISTED_QUERY_NOT_FOUND")
	if !strings.Contains(a.Body.String(), `"message":"PersistedQueryNotFound"`) {
		t.Errorf("clients know this message: %s", a.Body)
	}
	post(t, h, persisted(q, hashOf("{ other }"))).want(400, "BAD_REQUEST")
	post(t, h, persisted("", hashOf("{ other }"))).want(200, "PERSISTED_QUERY_NOT_FOUND")
	post(t, h, persisted("{ nope }", hashOf("{ nope }"))).want(200, "GRAPHQL_VALIDATION_FAILED")
	post(t, h, persisted("", hashOf("{ nope }"))).want(200, "PERSISTED_QUERY_NOT_FOUND")
	post(t, h, persisted(q, hashOf(q))).want(200, "")
	if a := post(t, h, persisted("", hashOf(q))); a.data() != `{"hello":"hello world"}` {
		t.Errorf("%s", a.Body)
	}
	if a := get(t, h, url.Values{"extensions": {fmt.Sprintf(`{"persistedQuery":{"version":1,"sha256Hash":"%s"}}`, hashOf(q))}}); a.data() != `{"hello":"hello world"}` {
		t.Errorf("%s", a.Body)
	}
	off := handler(transport.Config{PersistedQueries: -1})
	post(t, off, persisted("", hashOf(q))).want(200, "PERSISTED_QUERY_NOT_SUPPORTED")
	post(t, off, persisted(q, hashOf(q))).want(200, "")
}

func TestStreamsGetOnlyWhatAsksForThem(t *testing.T) {
	h := handler(transport.Config{Live: transport.NewLive(transport.LiveConfig{})})
	for accept, streams := range map[string]bool{
		"text/event-stream":                           true,
		"text/event-stream, */*;q=0.1":                true,
		modern + ", " + plain + ", text/event-stream": false,
		"text/event-stream, " + plain + ";q=0.1":      false,
		"*/*":                                         false,
		"":                                            false,
	} {
		a := post(t, h, query("{ hello }"), "Accept", accept)
		if strings.HasPrefix(a.Header().Get("Content-Type"), "text/event-stream") != streams {
			t.Errorf("%q: %v %s", accept, a.Header(), a.Body)
		}
		if streams && !strings.Contains(a.Body.String(), "event: next\ndata: {\"data\":{\"hello\":\"hello world\"}") || streams && !strings.HasSuffix(a.Body.String(), "event: complete\ndata:\n\n") {
			t.Errorf("%q: %s", accept, a.Body)
		}
	}
	if a := get(t, h, nil, "Upgrade", "websocket", "Connection", "Upgrade"); a.Code != http.StatusBadRequest { // without the other headers
		t.Errorf("upgrade: %d", a.Code)
	}
}

func TestAnswerIsWhatTheExecutorWrote(t *testing.T) {
	a := post(t, handler(transport.Config{}), query("{ hello }"))
	want := `{"data":{"hello":"hello world"},"extensions":{"cost":{"declared":1,"limit":20000}}}`
	if a.Body.String() != want || a.Header().Get("Content-Length") != fmt.Sprint(len(want)) || a.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%v %s", a.Header(), a.Body)
	}
	if !bytes.Contains(post(t, handler(transport.Config{}), query("{ hello fail }")).Body.Bytes(), []byte(`"data":{"hello":`)) {
		t.Error("data and errors do not stand together")
	}
}

// One accepted document serves many requests concurrently.
func TestManyAtOnce(t *testing.T) {
	h := handler(transport.Config{})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 20 {
				name := fmt.Sprintf("%d-%d", i, n)
				a := post(t, h, query("query Q($n: String) { hello(name: $n) account(id: 1) { orders(first: 2) { nodes { id } } } }", "variables", map[string]any{"n": name}))
				if want := `{"hello":"hello ` + name + `","account":{"orders":{"nodes":[{"id":"o"},{"id":"o"}]}}}`; a.data() != want {
					t.Errorf("%s", a.Body)
				}
			}
		})
	}
	all.Wait()
}

func BenchmarkPost(b *testing.B) {
	h := handler(transport.Config{})
	body := query("query Q($n: String) { hello(name: $n) }", "variables", map[string]any{"n": "Ada"})
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
		r.Header.Set("Content-Type", plain)
		r.Header.Set("Accept", modern+", "+plain)
		r.Header.Set("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
}
