package transport

import (
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"portico/graph/limits"
)

// begin checks and starts an operation of a stream. It returns the function that returns
// its next answer, and false with the last one; or errors as they are shown.
func (h *Handler) begin(ctx context.Context, r *http.Request, asked *sent) (func() (*graphql.Response, bool), gqlerror.List) {
	p := asked.params()
	p.Headers = r.Header
	p.ReadTime = graphql.TraceTiming{Start: graphql.Now(), End: graphql.Now()}
	x := &exchange{h: h, r: r, media: typeGraphQL}
	return h.start(ctx, x, p)
}

// start is [Handler.begin] for a request that has been read.
func (h *Handler) start(ctx context.Context, x *exchange, p *params) (func() (*graphql.Response, bool), gqlerror.List) {
	if f := x.lookUp(p); f != nil {
		return nil, h.presented(ctx, f.refusal)
	}
	p.Extensions = nil // no longer needed; a stream would keep them until its end
	op, errs := h.exec.CreateOperationContext(ctx, &p.RawParams)
	if errs != nil {
		return nil, h.exec.DispatchError(graphql.WithOperationContext(ctx, op), errs).Errors
	}
	if x.persist != "" {
		h.persisted.Add(x.persist, p.Query)
	}
	if report, _ := limits.ReportOf(op); report.Figures.Defers {
		return nil, h.presented(ctx, DeferNeedsStream)
	}
	if op.Operation.Operation == ast.Mutation && x.r.Method == http.MethodGet && !upgrades(x.r) {
		return nil, h.presented(ctx, MutationNeedsPost)
	}
	if err := checkToken(ctx, op); err != nil {
		return nil, h.presented(ctx, err)
	}
	once := op.Operation.Operation != ast.Subscription
	next, ctx := h.exec.DispatchOperation(ctx, op)
	if !once {
		liftBound(ctx)
	}
	return func() (resp *graphql.Response, more bool) {
		defer func() {
			if v := recover(); v != nil {
				resp, more = &graphql.Response{Errors: h.presented(ctx, Recover(ctx, v))}, false
			}
		}()
		return next(ctx), !once
	}, nil
}
