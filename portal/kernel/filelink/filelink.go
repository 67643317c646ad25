// Package filelink makes and checks links to what is served outside the API: each
// opens one thing, as one principal, for ten minutes. It owns nothing.
package filelink

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
	"portico/ent/statement"
)

// Life is how long a link serves, on wall time.
const Life = 10 * time.Minute

// domain is of the keyed index that signs.
const domain = "file.link"

// base is what every link of a store begins with.
var base = ent.Keep(func(*ent.Store) string { return "" })

// Base sets by which URL a browser reaches the server, without a slash at its
// end: what every link of the store begins with. Nothing, unless it is set.
func Base(url string) ent.Setting { return base.Set(url) }

// To is a link to what has an id, below a path that ends with a slash: absolute,
// and good for whoever has it, as the context's principal, for ten minutes and
// while the principal's session lasts. It holds an expiry, the session (or the
// service key) and a signature. For the unit that serves it, once it knows that
// the principal may have it.
func To(ctx context.Context, s *ent.Store, path, id string) string {
	as, until := credential(authz.From(ctx)), strconv.FormatInt(s.Wall().Add(Life).Unix(), 10)
	q := url.Values{"as": {as}, "exp": {until}, "sig": {signature(s, path, id, as, until)}}
	return base.Of(s) + path + id + "?" + q.Encode()
}

// credential is what a principal has proved itself by; nothing for a visitor or
// a system, whose links open nothing.
func credential(p *authz.Principal) string {
	switch {
	case p == nil:
		return ""
	case p.Kind == authz.Key:
		return p.ID
	}
	return p.SessionID
}

func signature(s *ent.Store, path, id, as, until string) string {
	return s.Index(domain, path+"|"+id+"|"+as+"|"+until)
}

// open finds whom a link that was called was made for, as it is now: nil with
// 404 for a link that wasn't made here, with 410 after the expiry and once the
// session has ended.
func open(ctx context.Context, s *ent.Store, path, id string, q url.Values) (*authz.Principal, int, error) {
	as, exp := q.Get("as"), q.Get("exp")
	until, err := strconv.ParseInt(exp, 10, 64)
	if as == "" || err != nil || !hmac.Equal([]byte(signature(s, path, id, as, exp)), []byte(q.Get("sig"))) {
		return nil, http.StatusNotFound, nil
	}
	if !s.Wall().Before(time.Unix(until, 0)) {
		return nil, http.StatusGone, nil
	}
	sessions, keys := []string{as}, []string(nil)
	if ent.TypeOf(as) == "ServiceKey" {
		sessions, keys = keys, sessions
	}
	found, err := statement.Principals(ctx, s, sessions, keys)
	if err != nil {
		return nil, http.StatusInternalServerError, err
	}
	p := found[as]
	if p == nil {
		return nil, http.StatusGone, nil
	}
	if caller := authz.From(ctx); caller != nil {
		p.Address, p.Agent, p.Correlation, p.Language = caller.Address, caller.Agent, caller.Correlation, caller.Language
	}
	return p, http.StatusOK, nil
}

// Handler answers the links of [To] below a path, "GET /path/{id}", by serve,
// which is called for a good link alone, as the principal that it was made for,
// and asks whether that one may still have what the id names. Serve returns the
// status that it wants told; 200 means that it has written the answer itself. A
// link that wasn't made here is 404, one that has expired, or whose session has
// ended, 410.
func Handler(s *ent.Store, path string, serve func(w http.ResponseWriter, r *http.Request, id string) (int, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, id := r.Context(), r.PathValue("id")
		p, status, err := open(ctx, s, path, id, r.URL.Query())
		if status == http.StatusOK {
			ctx = authz.With(ctx, p)
			status, err = serve(w, r.WithContext(ctx), id)
		}
		if err != nil {
			slog.ErrorContext(ctx, "file not served", "object", id, "correlation_id", authz.From(ctx).Correlation, "error", err)
		}
		if ent.IsTimeout(err) {
			status = http.StatusServiceUnavailable
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
