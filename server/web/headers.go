package web

import "net/http"

// oneYear is how long a browser that saw HTTPS once asks for nothing else, in
// seconds.
const oneYear = "31536000"

// safeHeaders sets what every answer carries; https reports whether
// clients reach this server by HTTPS.
func safeHeaders(https bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cache-Control", "no-store")
		if https {
			h.Set("Strict-Transport-Security", "max-age="+oneYear)
		}
		next.ServeHTTP(w, r)
	})
}
