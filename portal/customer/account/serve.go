package account

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/document"
	"portico/portal/kernel/filelink"
)

// FilesPath is the path of [ServeDocument], with the id as the last element:
// "GET /files/{id}".
const FilesPath = "/files/"

// DocumentLink returns a link to the content of a document: anyone who has it
// can open the document as the context's principal, for ten minutes.
func DocumentLink(ctx context.Context, s *ent.Store, d *db.Document) string {
	return filelink.To(ctx, s, FilesPath, d.ID)
}

// ServeDocument serves the links of [DocumentLink], as attachments, while the
// principal that the link was made for may read the verification. A link that
// wasn't made here, or a document out of reach, gets 404; after the expiry or
// the end of the session, 410.
func ServeDocument(s *ent.Store, bucket *blob.Bucket) http.Handler {
	return filelink.Handler(s, FilesPath, func(w http.ResponseWriter, r *http.Request, id string) (int, error) {
		ctx := r.Context()
		d, err := s.Read().Document.Query().Where(document.ID(id)).Only(ctx)
		switch {
		case db.IsNotFound(err):
			return http.StatusNotFound, nil
		case err != nil:
			return http.StatusInternalServerError, err
		case !authz.From(ctx).Allows(authz.VerificationRead, authz.On(d.AccountID), s.Now()):
			return http.StatusNotFound, nil
		}
		return send(ctx, w, bucket, d)
	})
}

func send(ctx context.Context, w http.ResponseWriter, bucket *blob.Bucket, d *db.Document) (int, error) {
	body, err := bucket.NewReader(ctx, d.BlobKey, nil)
	if err != nil {
		if gcerrors.Code(err) == gcerrors.NotFound { // erased
			return http.StatusGone, err
		}
		return http.StatusInternalServerError, err
	}
	defer body.Close()
	filelink.Attachment(w.Header(), d.MediaType, d.Size, fileName(d.Name, d.MediaType))
	if _, err := io.Copy(w, body); err != nil {
		slog.InfoContext(ctx, "document not sent to its end", "document", d.ID, "error", err)
	}
	return http.StatusOK, nil
}
