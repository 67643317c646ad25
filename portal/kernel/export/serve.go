package export

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

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
		case Expired(s, row.ExpiresAt):
			return http.StatusGone, nil
		}
		done, alone := Begin(s, p.ID)
		if !alone {
			return http.StatusTooManyRequests, nil
		}
		defer done()
		if err := command.Opened(ctx, s, []db.Node{row}); err != nil {
			return http.StatusInternalServerError, err
		}
		source := sources[row.Kind]
		Send(ctx, w, row.ID, File{Name: source.Name, Format: row.Format, Columns: source.Columns, At: row.CreatedAt,
			Write: func(to *Writer) error { return source.Write(ctx, s, row, to) }})
		return http.StatusOK, nil
	})
}

// Begin begins a download of a person; false while the same person downloads another
// export. The caller must call done at its end.
func Begin(s *ent.Store, personID string) (done func(), alone bool) {
	_, another := downloading.Of(s).LoadOrStore(personID, true)
	return func() { downloading.Of(s).Delete(personID) }, !another
}

// File is a file that is written while it is downloaded.
type File struct {
	// Name begins the name of the file, and At completes it.
	Name string
	At   time.Time
	// Format is the format, and Columns are the names of the columns in CSV.
	Format  export.Format
	Columns []string
	// Write writes the records.
	Write func(to *Writer) error
}

// Send sends the file of an export with an id, and cuts it off after an error.
func Send(ctx context.Context, w http.ResponseWriter, id string, f File) {
	m := media[f.Format]
	filelink.Attachment(w.Header(), m.mediaType, filelink.Unknown, f.Name+"-"+f.At.In(calendar.Shanghai().Location()).Format("20060102-150405")+m.ending)
	out, err := newWriter(f.Format, f.Columns, w)
	if err == nil {
		err = f.Write(out)
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		slog.InfoContext(ctx, "export not sent to its end", "export", id, "correlation_id", authz.From(ctx).Correlation, "error", err)
		panic(http.ErrAbortHandler)
	}
}
