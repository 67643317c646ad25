package web

import (
	"maps"
	"net/http"
)

// oneYear is the number of seconds for which a browser must use only HTTPS after it has
// used it once.
const oneYear = "31536000"

// safe are the headers that every answer has. Answers share these slices: append
// copies one, since it has no spare capacity. Never change one in place.
var safe = map[string][]string{
	"X-Content-Type-Options": {"nosniff"},
	"Referrer-Policy":        {"no-referrer"},
	"X-Frame-Options":        {"DENY"},
	"Cache-Control":          {"no-store"},
}

// safeHeaders sets the headers that every answer has. The parameter https reports
// whether clients use this server by HTTPS.
func safeHeaders(https bool, next http.Handler) http.Handler {
	strict := []string{"max-age=" + oneYear}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		maps.Copy(h, safe)
		if https {
			h["Strict-Transport-Security"] = strict
		}
		next.ServeHTTP(w, r)
	})
}
