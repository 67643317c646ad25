// Package pages shows the few things that people read without a frontend: plain
// HTML, without scripts.
package pages

import (
	"log/slog"
	"net/http"
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/server/transport"
)

// language is the language of a page's reader.
func language(r *http.Request) clause.Lang {
	return transport.Language(r.Header.Get("Accept-Language"))
}

// broke answers for a page that can't be shown now: 503 where time ran out,
// else 500.
func broke(w http.ResponseWriter, r *http.Request, page, text string, err error) {
	status := http.StatusInternalServerError
	if ent.IsTimeout(err) {
		status = http.StatusServiceUnavailable
	}
	slog.ErrorContext(r.Context(), page, "correlation_id", transport.Correlation(r.Context()), "error", err)
	http.Error(w, text, status)
}

// moment is an instant for a reader, in the agreement's zone, and for programs.
func moment(at time.Time, lang clause.Lang) (text, iso string) {
	local := at.In(calendar.Shanghai().Location())
	layout := "2 Jan 2006, 15:04 (Beijing time)"
	if lang == clause.ZH {
		layout = "2006 年 1 月 2 日 15:04（北京时间）"
	}
	return local.Format(layout), at.UTC().Format(time.RFC3339)
}
