// Package link makes and checks links to what is served outside the API: each
// for one principal alone, and for ten minutes. It owns nothing.
package link

import (
	"context"
	"crypto/hmac"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"portico/authz"
	"portico/ent"
)

// life is how long a link serves, on wall time.
const life = 10 * time.Minute

// domain is of the keyed index that signs.
const domain = "file.link"

// To is a link to what has an id, below a path that ends with a slash, for the
// context's principal alone and for ten minutes: an expiry and a signature. For
// the unit that serves it, once it knows that the principal may have it.
func To(ctx context.Context, s *ent.Store, path, id string) string {
	until := strconv.FormatInt(s.Wall().Add(life).Unix(), 10)
	q := url.Values{"exp": {until}, "sig": {signature(ctx, s, path, id, until)}}
	return path + id + "?" + q.Encode()
}

func signature(ctx context.Context, s *ent.Store, path, id, until string) string {
	return s.Index(domain, path+"|"+id+"|"+until+"|"+authz.From(ctx).ID)
}

// check is the status of a link that was called: 200 while it serves its
// principal, 401 without one, 404 for another's or none, 410 after the expiry.
func check(ctx context.Context, s *ent.Store, path, id string, q url.Values) int {
	if !authz.From(ctx).SignedIn() {
		return http.StatusUnauthorized
	}
	until, err := strconv.ParseInt(q.Get("exp"), 10, 64)
	if err != nil || !hmac.Equal([]byte(signature(ctx, s, path, id, q.Get("exp"))), []byte(q.Get("sig"))) {
		return http.StatusNotFound
	}
	if !s.Wall().Before(time.Unix(until, 0)) {
		return http.StatusGone
	}
	return http.StatusOK
}

// Handler answers the links of [To] below a path, "GET /path/{id}", by serve,
// which is called for a good link alone and asks whether the principal may
// still have what the id names. Serve returns the status that it wants told; 200
// means that it has written the answer itself. Without a principal it is 401,
// with a link of another 404, after the expiry 410.
func Handler(s *ent.Store, path string, serve func(w http.ResponseWriter, r *http.Request, id string) (int, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, id := r.Context(), r.PathValue("id")
		status := check(ctx, s, path, id, r.URL.Query())
		var err error
		if status == http.StatusOK {
			status, err = serve(w, r, id)
		}
		if err != nil {
			slog.ErrorContext(ctx, "file not served", "object", id, "correlation_id", authz.From(ctx).Correlation, "error", err)
		}
		if status != http.StatusOK {
			http.Error(w, http.StatusText(status), status)
		}
	})
}

// Attachment writes the headers of a file that a browser saves and never shows:
// its media type, its size in bytes and its name.
func Attachment(h http.Header, mediaType string, size int64, name string) {
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
}
