// Package pages serves the few pages that people use without a frontend, as plain HTML
// without scripts.
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

// language returns the language of a page's reader.
func language(r *http.Request) clause.Lang {
	return transport.Language(r.Header.Get("Accept-Language"))
}

// broke answers a page that can't be shown because of an error: 503 after a timeout, else
// 500.
func broke(w http.ResponseWriter, r *http.Request, page, text string, err error) {
	status := http.StatusInternalServerError
	if ent.IsTimeout(err) {
		status = http.StatusServiceUnavailable
	}
	slog.ErrorContext(r.Context(), page, "correlation_id", transport.Correlation(r.Context()), "error", err)
	http.Error(w, text, status)
}

// moment returns an instant as text for a reader, in the agreement's zone, and as ISO
// 8601 for programs.
func moment(at time.Time, lang clause.Lang) (text, iso string) {
	local := at.In(calendar.Shanghai().Location())
	layout := "2 Jan 2006, 15:04 (Beijing time)"
	if lang == clause.ZH {
		layout = "2006 年 1 月 2 日 15:04（北京时间）"
	}
	return local.Format(layout), at.UTC().Format(time.RFC3339)
}
