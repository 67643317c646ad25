package inline

import "context"

// Reader reads an input object. It returns false if gqlgen's own code must read it: if
// anything is wrong with it, so that the error has its path.
type Reader[E, T any] func(ctx context.Context, ec *E, v any) (T, bool)

// Read reads an input object by its reader, unless gqlgen's own code is to read it.
func Read[E, T any](ctx context.Context, ec *E, v any, read Reader[E, T]) (it T, ok bool) {
	if ctx.Value(originalKey{}) != nil {
		return it, false
	}
	return read(ctx, ec, v)
}

// ReadList reads a list of input objects that can't be null. A nullable list that is
// null is nil.
func ReadList[E, T any](ctx context.Context, ec *E, v any, nonNull bool, read Reader[E, T]) ([]T, bool) {
	if v == nil {
		return nil, !nonNull
	}
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	all := make([]T, len(list))
	for i := range list {
		if all[i], ok = read(ctx, ec, list[i]); !ok {
			return nil, false
		}
	}
	return all, true
}

// ReadPointer reads a nullable input object.
func ReadPointer[E, T any](ctx context.Context, ec *E, v any, read Reader[E, T]) (*T, bool) {
	if v == nil {
		return nil, true
	}
	it, ok := read(ctx, ec, v)
	return &it, ok
}
