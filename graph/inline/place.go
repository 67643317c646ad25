package inline

import (
	"context"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
)

// fieldKey is the key under which gqlgen keeps the FieldContext in a context. It is
// of an unexported type, so it is learned from a context that notes what it
// is asked for.
var fieldKey = func() any {
	a := &asked{Context: context.Background()}
	graphql.GetFieldContext(a)
	if a.key == nil {
		panic("inline: gqlgen asks the context for no key")
	}
	return a.key
}()

type asked struct {
	context.Context
	key any
}

func (a *asked) Value(key any) any {
	a.key = key
	return nil
}

// Place is the context of a field: its FieldContext is made when it is first asked
// for, which for most fields is never. E is the execution context of the generated
// code.
type Place[E any] struct {
	context.Context
	ec    *E
	field *graphql.CollectedField
	maker Maker[E]
	made  atomic.Pointer[graphql.FieldContext]
}

// Maker is the generated function that makes the FieldContext of a field.
type Maker[E any] func(context.Context, *E, graphql.CollectedField) (*graphql.FieldContext, error)

// Places are allocated in advance: a few at first, then many at once.
const (
	fewPlaces  = 4
	manyPlaces = 64
)

// At returns the context of a field.
func At[E any](ctx context.Context, ec *E, b *Buffer, field *graphql.CollectedField, maker Maker[E]) *Place[E] {
	left, _ := b.places.(*[]Place[E])
	switch {
	case left == nil:
		list := make([]Place[E], fewPlaces)
		left = &list
		b.places = left
	case len(*left) == 0:
		*left = make([]Place[E], manyPlaces)
	}
	p := &(*left)[0]
	*left = (*left)[1:]
	p.Context, p.ec, p.field, p.maker = ctx, ec, field, maker
	return p
}

// Value returns the field's own FieldContext, and the parent's other values.
func (p *Place[E]) Value(key any) any {
	if key != fieldKey {
		return p.Context.Value(key)
	}
	if fc := p.made.Load(); fc != nil {
		return fc
	}
	fc, _ := p.maker(p.Context, p.ec, *p.field) // it fails only for fields with arguments, and those have no Place
	return kept(&p.made, p.Context, fc)
}

// kept links a FieldContext to its parent's and keeps it, or returns the one that
// another goroutine has kept meanwhile.
func kept(made *atomic.Pointer[graphql.FieldContext], parent context.Context, fc *graphql.FieldContext) *graphql.FieldContext {
	fc = graphql.GetFieldContext(graphql.WithFieldContext(parent, fc))
	if !made.CompareAndSwap(nil, fc) {
		return made.Load()
	}
	return fc
}

// element is the context of an element of a list.
type element struct {
	context.Context
	index int
	made  atomic.Pointer[graphql.FieldContext]
}

func (e *element) Value(key any) any {
	if key != fieldKey {
		return e.Context.Value(key)
	}
	if fc := e.made.Load(); fc != nil {
		return fc
	}
	return kept(&e.made, e.Context, &graphql.FieldContext{Index: &e.index})
}

// Recover, deferred by a field, turns a panic into an error of the field, and its
// value, which began at a position of the buffer, into null.
func Recover[E any](p *Place[E], oc *graphql.OperationContext, b *Buffer, from int, nonNull bool, valid *bool) {
	if r := recover(); r != nil {
		oc.Error(p, oc.Recover(p, r))
		b.Cut(from)
		b.Null()
		*valid = !nonNull
	}
}

// RecoverAt is [Recover] for a field that needs its place only if it panics.
func RecoverAt[E any](ctx context.Context, ec *E, field *graphql.CollectedField, maker Maker[E], oc *graphql.OperationContext, b *Buffer, from int, nonNull bool, valid *bool) {
	if r := recover(); r != nil {
		at := At(ctx, ec, b, field, maker)
		oc.Error(at, oc.Recover(at, r))
		b.Cut(from)
		b.Null()
		*valid = !nonNull
	}
}

// Fail adds a field's error at its path and writes null for the field. It reports
// whether the object that the field belongs to is still valid.
func Fail[E any](p *Place[E], oc *graphql.OperationContext, b *Buffer, err error, nonNull bool) (valid bool) {
	oc.Error(p, graphql.AddFieldLocationToError(p, err))
	b.Null()
	return !nonNull
}

// Missing writes null for a value that is nil, which is an error where the schema
// declares another type. It reports whether the value may be null.
func (b *Buffer) Missing(ctx context.Context, declared string, nonNull bool) bool {
	if nonNull {
		graphql.AddInvalidNullError(ctx, declared)
	}
	b.Null()
	return !nonNull
}

// Writer writes an object and reports whether it stands; where it doesn't, it has
// written null.
type Writer[E, T any] func(ctx context.Context, ec *E, b *Buffer, fields []graphql.CollectedField, obj *T) bool

// List writes a list of objects, and reports whether it stands: a list whose
// elements can't be null is null if one of them is. Declared is the type of an
// element.
func List[E, T any](ctx context.Context, ec *E, b *Buffer, fields []graphql.CollectedField, list []*T, declared string, nonNull bool, write Writer[E, T]) bool {
	return b.list(ctx, len(list), nonNull, func(ctx context.Context, i int) bool {
		if list[i] == nil {
			b.Missing(ctx, declared, nonNull)
			return false
		}
		return write(ctx, ec, b, fields, list[i])
	})
}

// Values is [List] for a list of values instead of pointers.
func Values[E, T any](ctx context.Context, ec *E, b *Buffer, fields []graphql.CollectedField, list []T, nonNull bool, write Writer[E, T]) bool {
	return b.list(ctx, len(list), nonNull, func(ctx context.Context, i int) bool { return write(ctx, ec, b, fields, &list[i]) })
}

func (b *Buffer) list(ctx context.Context, n int, nonNull bool, write func(ctx context.Context, i int) bool) bool {
	from, stands := len(b.Text), true
	b.Text = append(b.Text, '[')
	places := make([]element, n)
	for i := range places {
		if i > 0 {
			b.Text = append(b.Text, ',')
		}
		places[i].Context, places[i].index = ctx, i
		if !write(&places[i], i) && nonNull {
			stands = false
		}
	}
	if !stands {
		b.Text = append(b.Text[:from], "null"...)
		return false
	}
	b.Text = append(b.Text, ']')
	return true
}
