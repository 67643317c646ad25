package account

import (
	"context"
	"crypto/hmac"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/document"
)

const (
	// FilesPath is where [ServeDocument] is to be served, with the id as the last
	// element: "GET /files/{documentId}".
	FilesPath = "/files/"
	// linkLife is how long a link serves, on wall time.
	linkLife   = 10 * time.Minute
	linkDomain = "file.link"
)

// DocumentLink is a link to the bytes of a document, for the context's
// principal alone and for ten minutes: a path with an expiry and a signature.
func DocumentLink(ctx context.Context, s *ent.Store, d *db.Document) string {
	until := strconv.FormatInt(s.Wall().Add(linkLife).Unix(), 10)
	q := url.Values{"exp": {until}, "sig": {signature(ctx, s, d.ID, until)}}
	return FilesPath + d.ID + "?" + q.Encode()
}

func signature(ctx context.Context, s *ent.Store, documentID, until string) string {
	return s.Index(linkDomain, documentID+"|"+until+"|"+authz.From(ctx).ID)
}

// ServeDocument answers the links of [DocumentLink] with the document as an
// attachment, to the principal that the link was made for while it may read
// the verification. Without a principal it is 401, with a link of another or a
// document out of reach 404, after the expiry 410.
func ServeDocument(s *ent.Store, bucket *blob.Bucket) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if !authz.From(ctx).SignedIn() {
			http.Error(w, http.StatusText(http.StatusUnauthorized), http.StatusUnauthorized)
			return
		}
		d, status, err := asked(ctx, s, r.PathValue("documentId"), r.URL.Query())
		if status != http.StatusOK {
			if err != nil {
				slog.ErrorContext(ctx, "document not served", "correlation_id", authz.From(ctx).Correlation, "error", err)
			}
			http.Error(w, http.StatusText(status), status)
			return
		}
		send(ctx, w, bucket, d)
	})
}

// asked finds the document of a link that is good for the principal now.
func asked(ctx context.Context, s *ent.Store, id string, q url.Values) (*db.Document, int, error) {
	until, err := strconv.ParseInt(q.Get("exp"), 10, 64)
	if err != nil || !hmac.Equal([]byte(signature(ctx, s, id, q.Get("exp"))), []byte(q.Get("sig"))) {
		return nil, http.StatusNotFound, nil
	}
	if !s.Wall().Before(time.Unix(until, 0)) {
		return nil, http.StatusGone, nil
	}
	d, err := s.Read().Document.Query().Where(document.ID(id)).Only(ctx)
	if db.IsNotFound(err) {
		return nil, http.StatusNotFound, nil
	}
	if err != nil {
		return nil, http.StatusInternalServerError, err
	}
	if !authz.From(ctx).Allows(authz.VerificationRead, authz.On(d.AccountID), s.Now()) {
		return nil, http.StatusNotFound, nil
	}
	return d, http.StatusOK, nil
}

func send(ctx context.Context, w http.ResponseWriter, bucket *blob.Bucket, d *db.Document) {
	body, err := bucket.NewReader(ctx, d.BlobKey, nil)
	if err != nil {
		status := http.StatusInternalServerError
		if gcerrors.Code(err) == gcerrors.NotFound { // erased
			status = http.StatusGone
		}
		slog.ErrorContext(ctx, "document not served", "document", d.ID, "error", err)
		http.Error(w, http.StatusText(status), status)
		return
	}
	defer body.Close()
	h := w.Header()
	h.Set("Content-Type", d.MediaType)
	h.Set("Content-Length", strconv.FormatInt(d.Size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.Name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	if _, err := io.Copy(w, body); err != nil {
		slog.InfoContext(ctx, "document not sent to its end", "document", d.ID, "error", err)
	}
}
