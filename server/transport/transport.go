// Package transport serves GraphQL over HTTP: GET and POST as the GraphQL-over-HTTP
// specification requires (all audits of npm graphql-http pass), persisted and trusted
// documents, uploads, and streams.
//
// One [Handler] serves the endpoint. A request for a stream gets a websocket (socket.go)
// or server-sent events (events.go); see [Live] and README.md. Authentication, limits and
// logging are middleware around it.
//
// An error of a request is answered as {message, extensions: {code, …}} in the reader's
// language, by the executor's error presenter. It never repeats any part of the body.
package transport

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"portico/authz"
	"portico/clause"
	"portico/graph/limits"
	"portico/portal/kernel/cookie"
)

// Config configures a [Handler]. Its zero value works: bodies of 1 MiB, automatic
// persisted queries, no trusted documents, no uploads, no streams.
type Config struct {
	// BodyLimit returns the maximum size of a request's body in bytes; nil, or a
	// result of zero, is 1 MiB. It is called after the middleware has put the principal
	// into the context, so that a service credential may have a larger limit.
	BodyLimit func(*http.Request) int64
	// Documents are the trusted documents.
	Documents *Documents
	// Trust is the mode of trusted documents.
	Trust Trust
	// PersistedQueries is the maximum number of stored automatic persisted queries.
	// Zero is 1,000; a negative number stores none.
	PersistedQueries int
	// Uploads allows the multipart convention; nil refuses it.
	Uploads *Uploads
	// Origins holds the sites from which an upload, and a mutation that sets cookies,
	// may come; nil is only this site.
	Origins *http.CrossOriginProtection
	// SessionEnded reports whether the session of a principal has ended; nil removes
	// the cookies of no session that a mutation ends.
	SessionEnded func(context.Context, *authz.Principal) (bool, error)
	// Live serves subscriptions; nil refuses them. A request that upgrades its
	// connection gets a websocket. A request that accepts server-sent events and names
	// no JSON gets a stream of events.
	Live *Live
	// Timeout is the time limit of each operation of a websocket, from authentication
	// to its end or, for a subscription, to its beginning; zero is no limit. The
	// middleware limits requests, see [Bound].
	Timeout time.Duration
}

const (
	standardBody = 1 << 20
	standardAPQ  = 1000
	// persistedText is the length of the longest query that is stored, in bytes.
	persistedText = 32 << 10
)

// Handler serves the GraphQL endpoint.
type Handler struct {
	exec      *limits.Executor
	cfg       Config
	persisted *lru.Cache[string, string]
	queries   *queue
}

// New returns the handler of an executor. It panics if trusted documents are required
// but not given.
func New(exec *limits.Executor, cfg Config) *Handler {
	if cfg.Trust == Require && cfg.Documents == nil {
		panic("transport: trusted documents are required, but none are given")
	}
	if cfg.Origins == nil {
		cfg.Origins = http.NewCrossOriginProtection()
	}
	if cfg.Uploads != nil {
		cfg.Uploads = cfg.Uploads.withDefaults()
	}
	h := &Handler{exec: exec, cfg: cfg, queries: newQueue()}
	if cfg.PersistedQueries >= 0 && cfg.Trust != Require {
		size := cfg.PersistedQueries
		if size == 0 {
			size = standardAPQ
		}
		h.persisted, _ = lru.New[string, string](size) // it doesn't fail for a positive size
	}
	return h
}

// ServeHTTP answers one request, or serves it as a stream.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := clause.WithLang(r.Context(), language(r.Header.Get("Accept-Language")))
	r = r.WithContext(graphql.StartOperationTrace(ctx))
	accept := accepting(r.Header.Values("Accept"))
	switch {
	case h.cfg.Live == nil:
	case upgrades(r):
		h.socket(w, r)
		return
	case accept.events():
		h.events(w, r)
		return
	}
	media, ok := accept.choose()
	x := &exchange{h: h, w: w, r: r, media: media}
	defer x.recover()
	switch {
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", allowed)
		w.WriteHeader(http.StatusNoContent)
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		x.refuse(&fault{status: http.StatusMethodNotAllowed, allow: allowed, refusal: MethodNotAllowed})
	case !ok:
		x.media = typeJSON
		x.refuse(&fault{status: http.StatusNotAcceptable, refusal: NotAcceptable})
	default:
		x.serve()
	}
}

const allowed = "GET, POST, OPTIONS"

// fault is a refusal of the request itself, with its HTTP status.
type fault struct {
	status  int
	refusal clause.Refusal
	allow   string
}

func malformed(detail clause.Text) *fault {
	return &fault{status: http.StatusBadRequest, refusal: clause.Malformed.With("detail", detail)}
}

// exchange is one request and its answer.
type exchange struct {
	h     *Handler
	w     http.ResponseWriter
	r     *http.Request
	media string
	sent  bool
	// cleanup holds the functions that remove the files of an upload and free its
	// bytes.
	cleanup []func()
	// mutates is set for a mutation.
	mutates bool
	// jar holds the cookies of a mutation that may set some; otherwise it is nil.
	jar *cookie.Jar
	// before is the principal of a mutation that came with cookies, as it was when the
	// mutation began.
	before *authz.Principal
	// persist is the hash under which the query is stored if it is valid.
	persist string
}

// clean removes the files of an upload and frees its bytes.
func (x *exchange) clean() {
	for _, f := range x.cleanup {
		f()
	}
}

func (x *exchange) serve() {
	defer x.clean()
	params, f := x.read()
	if f == nil {
		f = x.lookUp(params)
	}
	if f != nil {
		x.refuse(f)
		return
	}
	ctx := x.r.Context()
	op, errs := x.h.exec.CreateOperationContext(ctx, &params.RawParams)
	if errs != nil {
		resp := x.h.exec.DispatchError(graphql.WithOperationContext(ctx, op), errs)
		x.write(x.statusOf(resp), resp)
		return
	}
	if x.persist != "" {
		x.h.persisted.Add(x.persist, params.Query)
	}
	if f := x.unfit(op); f != nil {
		x.refuse(f)
		return
	}
	if err := checkToken(ctx, op); err != nil {
		resp := &graphql.Response{Errors: x.h.presented(ctx, err)}
		x.write(x.statusOf(resp), resp)
		return
	}
	if x.mutates = op.Operation.Operation == ast.Mutation; x.mutates {
		ctx = x.openJar(ctx, op)
	}
	next, ctx := x.h.exec.DispatchOperation(ctx, op)
	resp := x.answer(ctx, next)
	if resp == nil { // the client is gone
		return
	}
	x.setCookies(op)
	x.write(x.statusOf(resp), resp)
}

// answer runs the operation. A query waits for its turn; a mutation's turn is the
// database's.
func (x *exchange) answer(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if !x.mutates {
		defer x.h.queries.enter(ctx)()
	}
	return next(ctx)
}

// unfit refuses an operation that this method, or a single answer, doesn't support.
func (x *exchange) unfit(op *graphql.OperationContext) *fault {
	report, _ := limits.ReportOf(op)
	switch {
	case op.Operation.Operation == ast.Subscription:
		return &fault{status: x.requestError(), refusal: SubscriptionNeedsStream}
	case op.Operation.Operation != ast.Query && x.r.Method == http.MethodGet:
		return &fault{status: http.StatusMethodNotAllowed, allow: http.MethodPost, refusal: MutationNeedsPost}
	case report.Figures.Defers:
		return &fault{status: x.requestError(), refusal: DeferNeedsStream}
	}
	return nil
}

// refuse answers with one refusal, by the executor's presenter.
func (x *exchange) refuse(f *fault) {
	if f.allow != "" {
		x.w.Header().Set("Allow", f.allow)
	}
	ctx := graphql.WithOperationContext(x.r.Context(), &graphql.OperationContext{})
	x.write(f.status, x.h.exec.DispatchError(ctx, gqlerror.List{limits.AsError(f.refusal)}))
}

// recover answers a panic outside the resolvers with an internal error.
func (x *exchange) recover() {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler || x.sent {
		panic(http.ErrAbortHandler)
	}
	err := Recover(x.r.Context(), v)
	ctx := graphql.WithOperationContext(x.r.Context(), &graphql.OperationContext{})
	resp := x.h.exec.DispatchError(ctx, gqlerror.List{{Err: err, Message: "internal error"}})
	x.write(http.StatusInternalServerError, resp)
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// withBuffer calls use with a pooled buffer, whose content is valid only during the call.
func withBuffer(use func(*bytes.Buffer)) {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	use(b)
	if b.Cap() <= 256<<10 {
		buffers.Put(b)
	}
}

func text(zh, en string, args ...any) clause.Text {
	if len(args) > 0 {
		zh, en = fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...)
	}
	return clause.Text{ZH: zh, EN: en}
}
