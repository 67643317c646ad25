// Package inline writes values that are already in memory without goroutines. The
// generated code calls it after cmd/inline has changed that code.
//
// gqlgen starts a goroutine for each element of a list (worker_limit only makes them
// wait) and for each field with a resolver, and prepares each object for @defer. For a
// page of orders that costs several times as much as reading it. This package writes
// lists and their objects in sequence, with the same recovery of panics, the same error
// paths and the same nulls.
//
// Two things differ from gqlgen. The fields of an object are resolved in sequence,
// except for the types that cmd/inline names, whose resolvers query the database
// independently. And field interceptors (AroundFields) aren't called for fields without
// a directive.
package inline

import (
	"context"
	"io"

	"github.com/99designs/gqlgen/graphql"
)

// Slice marshals the elements of a list in order. A panic makes its element null and
// is reported at the element's path.
func Slice(ctx context.Context, length int, element func(ctx context.Context, i int) graphql.Marshaler) graphql.Array {
	ret, at := make(graphql.Array, length), make([]place, length)
	for i := range ret {
		p := &at[i]
		p.index, p.fc.Index = i, &p.index
		ret[i] = one(graphql.WithFieldContext(ctx, &p.fc), i, element)
	}
	return ret
}

// place is the position of an element in its list.
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

// Deferred returns the group of an object's deferred fields. It allocates one only if
// there are such fields.
func Deferred(ctx context.Context, fields []graphql.CollectedField) graphql.DeferredGroup {
	for i := range fields {
		if fields[i].IsDeferred() {
			return graphql.NewDeferredGroup(ctx)
		}
	}
	return graphql.DeferredGroup{}
}

// Recovered turns a panic of a field into an error and null, as gqlgen does. A field
// defers it. At puts the field into the context.
func Recovered(ctx context.Context, oc *graphql.OperationContext, at func(context.Context) context.Context, ret *graphql.Marshaler) {
	if r := recover(); r != nil {
		if at != nil {
			ctx = at(ctx)
		}
		oc.Error(ctx, oc.Recover(ctx, r))
		*ret = graphql.Null
	}
}

// Failed reports the error of a field at its path and returns null for it.
func Failed(ctx context.Context, oc *graphql.OperationContext, err error) graphql.Marshaler {
	oc.Error(ctx, graphql.AddFieldLocationToError(ctx, err))
	return graphql.Null
}

// Object writes an object whose fields have been collected.
type Object struct {
	// Fields are the fields of the object.
	Fields []graphql.CollectedField
	// Values are the values of Fields, in the same order.
	Values []graphql.Marshaler
}

var (
	openBrace  = []byte{'{'}
	closeBrace = []byte{'}'}
	comma      = []byte{','}
	quote      = []byte{'"'}
	quoteColon = []byte{'"', ':'}
)

// MarshalGQL writes the object as JSON. An alias is a GraphQL name and needs no
// escaping.
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

// has reports whether an alias is among the first n fields. A field that is selected on
// an interface and on the type itself is collected twice.
func (o *Object) has(alias string, n int) bool {
	for i := range o.Fields[:n] {
		if o.Fields[i].Alias == alias {
			return true
		}
	}
	return false
}
