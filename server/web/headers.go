package web

import "net/http"

// oneYear is the number of seconds for which a browser must use only HTTPS after it has
// used it once.
const oneYear = "31536000"

// safeHeaders sets the headers that every answer has. The parameter https reports
// whether clients use this server by HTTPS.
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
