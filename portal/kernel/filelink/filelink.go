// Package filelink makes and checks links to what is served outside the API:
// each opens one object, as one principal, for ten minutes.
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

// Life is how long a link is valid, in wall time.
const Life = 10 * time.Minute

// domain is the domain of the keyed index that signs links.
const domain = "file.link"

// base is the URL that every link of a store begins with.
var base = ent.Keep(func(*ent.Store) string { return "" })

// Base sets the URL by which a browser reaches the server, without a slash at
// the end: every link of the store begins with it. The default is empty.
func Base(url string) ent.Setting { return base.Set(url) }

// To returns a link to the object with an id, below a path that ends with a
// slash. The link is absolute. Anyone who has it can open the object as the
// context's principal, for ten minutes and while the principal's session lasts.
// It holds an expiry, the session (or the key) and a signature. It is
// for the unit that serves the object, once that unit knows that the principal
// may have it.
func To(ctx context.Context, s *ent.Store, path, id string) string {
	as, until := credential(authz.From(ctx)), strconv.FormatInt(s.Wall().Add(Life).Unix(), 10)
	q := url.Values{"as": {as}, "exp": {until}, "sig": {signature(s, path, id, as, until)}}
	return base.Of(s) + path + id + "?" + q.Encode()
}

// credential returns the id of the session or key that a principal is
// authenticated by; empty for a visitor or a system, whose links open nothing.
func credential(p *authz.Principal) string {
	switch {
	case p == nil:
		return ""
	case p.Kind == authz.Key || p.Kind == authz.APIKey:
		return p.ID
	}
	return p.SessionID
}

func signature(s *ent.Store, path, id, as, until string) string {
	return s.Index(domain, path+"|"+id+"|"+as+"|"+until)
}

// open returns the principal that a link was made for, as it is now: nil with
// 404 for a link that wasn't made here, nil with 410 after the expiry or the
// end of the session.
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
	if typ := ent.TypeOf(as); typ == "ServiceKey" || typ == "ApiKey" {
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
		if !p.Admits(caller.Address) {
			return nil, http.StatusGone, nil
		}
		p.Address, p.Agent, p.Correlation, p.Language = caller.Address, caller.Agent, caller.Correlation, caller.Language
	}
	return p, http.StatusOK, nil
}

// Handler serves the links of [To] below a path, "GET /path/{id}". It calls
// serve only for a valid link, as the principal that the link was made for;
// serve decides whether that principal may still have the object. Serve returns
// the status to send; 200 means that it has written the answer itself. A link
// that wasn't made here gets 404, one that has expired or whose session has
// ended 410.
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

// Unknown is the size of a file that is written while it is sent.
const Unknown = -1

// Attachment sets the headers of a file that a browser saves and never
// displays: its media type, its size in bytes and its name.
func Attachment(h http.Header, mediaType string, size int64, name string) {
	h.Set("Content-Type", mediaType)
	if size != Unknown {
		h.Set("Content-Length", strconv.FormatInt(size, 10))
	}
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
}
