package clause

import "context"

type langKey struct{}

// WithLang returns a context that carries the language of the reader. The
// server sets it for each request from Accept-Language.
func WithLang(ctx context.Context, l Lang) context.Context {
	return context.WithValue(ctx, langKey{}, l)
}

// LangOf returns the language set by [WithLang]; EN if there is none.
func LangOf(ctx context.Context) Lang {
	if l, ok := ctx.Value(langKey{}).(Lang); ok {
		return l
	}
	return EN
}
