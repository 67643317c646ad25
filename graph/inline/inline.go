// Package inline is what generated code calls, after cmd/inline has gone over it,
// for values that are in memory already. gqlgen starts a goroutine an element
// of a list (worker_limit only makes them wait), another a field that has a
// resolver, and prepares each object for @defer; for a page of orders that
// costs several times what reading it does. Here lists and their objects are
// written in sequence, with the same recovery of panics, the same error paths
// and the same nulls.
//
// Two things differ from gqlgen: the fields of an object are resolved one after
// the other (but those of the types that cmd/inline names, whose resolvers ask
// the database each for itself), and field interceptors (AroundFields) don't
// see fields that carry no directive.
package inline

import (
	"context"
	"io"

	"github.com/99designs/gqlgen/graphql"
)

// Slice marshals the elements of a list in their order. A panic makes its
// element null, and is told at its path.
func Slice(ctx context.Context, length int, element func(ctx context.Context, i int) graphql.Marshaler) graphql.Array {
	ret, at := make(graphql.Array, length), make([]place, length)
	for i := range ret {
		p := &at[i]
		p.index, p.fc.Index = i, &p.index
		ret[i] = one(graphql.WithFieldContext(ctx, &p.fc), i, element)
	}
	return ret
}

// place is an element's place in its list.
type place struct {
	fc    graphql.FieldContext
	index int
}

func one(ctx context.Context, i int, element func(ctx context.Context, i int) graphql.Marshaler) (m graphql.Marshaler) {
	defer func() {
		if r := recover(); r != nil {
			graphql.AddError(ctx, graphql.Recover(ctx, r))
			m = graphql.Null
		}
	}()
	return element(ctx, i)
}

// Deferred is the group of an object's deferred fields; it is made only where
// there are any.
func Deferred(ctx context.Context, fields []graphql.CollectedField) graphql.DeferredGroup {
	for i := range fields {
		if fields[i].IsDeferred() {
			return graphql.NewDeferredGroup(ctx)
		}
	}
	return graphql.DeferredGroup{}
}

// Recovered, deferred by a field, turns a panic into an error and null, as
// gqlgen's own does. At puts the field into the context.
func Recovered(ctx context.Context, oc *graphql.OperationContext, at func(context.Context) context.Context, ret *graphql.Marshaler) {
	if r := recover(); r != nil {
		if at != nil {
			ctx = at(ctx)
		}
		oc.Error(ctx, oc.Recover(ctx, r))
		*ret = graphql.Null
	}
}

// Failed tells a field's error at its path and gives null for it.
func Failed(ctx context.Context, oc *graphql.OperationContext, err error) graphql.Marshaler {
	oc.Error(ctx, graphql.AddFieldLocationToError(ctx, err))
	return graphql.Null
}

// Object writes an object whose fields have been collected.
type Object struct {
	// Fields are the object's, with a value each.
	Fields []graphql.CollectedField
	Values []graphql.Marshaler
}

var (
	openBrace  = []byte{'{'}
	closeBrace = []byte{'}'}
	comma      = []byte{','}
	quote      = []byte{'"'}
	quoteColon = []byte{'"', ':'}
)

// MarshalGQL writes the object as JSON. An alias is a GraphQL name: nothing in
// it needs escaping.
func (o *Object) MarshalGQL(w io.Writer) {
	_, _ = w.Write(openBrace)
	for i := range o.Fields {
		alias := o.Fields[i].Alias
		if o.has(alias, i) {
			continue
		}
		if i > 0 {
			_, _ = w.Write(comma)
		}
		_, _ = w.Write(quote)
		_, _ = io.WriteString(w, alias)
		_, _ = w.Write(quoteColon)
		o.Values[i].MarshalGQL(w)
	}
	_, _ = w.Write(closeBrace)
}

// has reports whether an alias is among the first n fields: one that is selected
// of an interface and of the type itself is collected twice.
func (o *Object) has(alias string, n int) bool {
	for i := range o.Fields[:n] {
		if o.Fields[i].Alias == alias {
			return true
		}
	}
	return false
}
