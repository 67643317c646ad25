package export

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"portico/authz"
	"portico/calendar"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/export"
	"portico/portal/kernel/command"
	"portico/portal/kernel/filelink"
)

// downloading holds the persons that are downloading an export.
var downloading = ent.Keep(func(*ent.Store) *sync.Map { return &sync.Map{} })

// media are the media types and endings of files.
var media = map[export.Format]struct{ mediaType, ending string }{
	export.FormatCSV:        {"text/csv; charset=utf-8", ".csv"},
	export.FormatJSON_LINES: {"application/jsonl; charset=utf-8", ".jsonl"},
}

// Serve serves the files of [Link] as attachments, to the person who asked for the
// export, while it holds the permission of the source. An operator's access is recorded
// first (6.2). It answers 404 for a link that wasn't made here and for an export of
// somebody else, 410 once the link, the session or the export has expired, and 429
// while the same person downloads another export. A file that can't be completed is cut
// off, so that the client notices.
func Serve(s *ent.Store) http.Handler {
	return filelink.Handler(s, Path, func(w http.ResponseWriter, r *http.Request, id string) (int, error) {
		ctx := r.Context()
		row, err := s.Read().Export.Query().Where(export.ID(id)).Only(ctx)
		p := authz.From(ctx)
		switch {
		case db.IsNotFound(err):
			return http.StatusNotFound, nil
		case err != nil:
			return http.StatusInternalServerError, err
		case row.PersonID != p.ID || !p.Allows(sources[row.Kind].Permission, authz.On(row.AccountID), s.Now()):
			return http.StatusNotFound, nil
		case Expired(s, row):
			return http.StatusGone, nil
		}
		if _, another := downloading.Of(s).LoadOrStore(p.ID, true); another {
			return http.StatusTooManyRequests, nil
		}
		defer downloading.Of(s).Delete(p.ID)
		if err := command.Opened(ctx, s, []db.Node{row}); err != nil {
			return http.StatusInternalServerError, err
		}
		send(ctx, s, w, row)
		return http.StatusOK, nil
	})
}

// send writes the file, and cuts it off after an error.
func send(ctx context.Context, s *ent.Store, w http.ResponseWriter, row *db.Export) {
	source, m := sources[row.Kind], media[row.Format]
	filelink.Attachment(w.Header(), m.mediaType, filelink.Unknown, source.Name+"-"+row.CreatedAt.In(calendar.Shanghai().Location()).Format("20060102-150405")+m.ending)
	out, err := newWriter(row.Format, source.Columns, w)
	if err == nil {
		err = source.Write(ctx, s, row, out)
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		slog.InfoContext(ctx, "export not sent to its end", "export", row.ID, "correlation_id", authz.From(ctx).Correlation, "error", err)
		panic(http.ErrAbortHandler)
	}
}
