package command

import (
	"context"

	"portico/clause"
)

// Request asks for an approval of a command instead of doing it (1.5): the command
// runs to its end, with every check, and everything that it wrote is undone. Unit
// approval makes it.
type Request struct {
	// Command is the name of the command that may wait.
	Command string
	// Operation and Input are what asks: an idempotency key of the context is theirs.
	Operation string
	Input     any
	// Comment is what the person that asks adds for those who decide.
	Comment string
	// NotNeeded is the refusal if nothing stands in the way of the command.
	NotNeeded clause.Refusal
}

type requestContext struct{}

// WithRequest puts a request into the context.
func WithRequest(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, requestContext{}, r)
}

// requestOf returns the request for a command, nil if it is to be done.
func requestOf(ctx context.Context, c Command) *Request {
	if r, _ := ctx.Value(requestContext{}).(*Request); r != nil && r.Command == c.Name {
		return r
	}
	return nil
}

// unneeded refuses a request for what could have been done.
func (r *Request) unneeded() error {
	if r == nil {
		return nil
	}
	return r.NotNeeded
}
