package transport

import (
	"context"
	"net/http"

	"github.com/oklog/ulid/v2"
)

type correlationKey struct{}

// Correlation returns the id in a request's logs and errors; it is empty outside of
// [Correlated].
func Correlation(ctx context.Context) string {
	id, _ := ctx.Value(correlationKey{}).(string)
	return id
}

// Correlated gives each request an id: the client's X-Request-ID if it consists of at
// most 64 letters, digits, - and _, else a new one. The answer repeats it.
func Correlated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-ID")
		if !plainWord(id) {
			id = ulid.Make().String()
		}
		w.Header()["X-Request-Id"] = []string{id}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), correlationKey{}, id)))
	})
}

func plainWord(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
