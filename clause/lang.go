package clause

import "context"

type langKey struct{}

// WithLang says in which language the reader of an answer is to be told. The
// wire sets it once a request, from Accept-Language.
func WithLang(ctx context.Context, l Lang) context.Context {
	return context.WithValue(ctx, langKey{}, l)
}

// LangOf is the language set by [WithLang]; EN where none is.
func LangOf(ctx context.Context) Lang {
	if l, ok := ctx.Value(langKey{}).(Lang); ok {
		return l
	}
	return EN
}
