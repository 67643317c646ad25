package pages

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"html/template"
	"net/http"

	"portico/clause"
	"portico/ent/db"
	dbnotice "portico/ent/db/notice"
	"portico/graph"
	"portico/graph/page"
	"portico/portal"
	"portico/portal/correspondence/notice"
)

//go:embed notices.html
var noticesHTML string

var noticesTemplate = template.Must(template.New("notices").Parse(noticesHTML))

// shownNotice is a notice as the page shows it.
type shownNotice struct {
	ID, Kind, Title, Body, Clause string
	Published, PublishedISO       string
	Effective, EffectiveISO       string
}

// noticeBoard holds what the page shows: one notice, or a page of notices.
type noticeBoard struct {
	ZH      bool
	One     *shownNotice
	Notices []shownNotice
	// Newer and Older are the cursors of the adjacent pages.
	Newer, Older string
}

// kinds holds the names of the kinds of notices.
var kinds = map[notice.Kind]clause.Text{
	notice.Maintenance:   {ZH: "常规维护", EN: "Maintenance"},
	notice.Migration:     {ZH: "迁移与重大调整", EN: "Migration"},
	notice.SDKRetirement: {ZH: "SDK 停用", EN: "SDK retirement"},
	notice.FeeChange:     {ZH: "费用变更", EN: "Change of fees"},
	notice.Security:      {ZH: "安全", EN: "Security"},
	notice.General:       {ZH: "通知", EN: "General"},
	notice.Terms:         {ZH: "条款", EN: "Terms"},
	notice.Billing:       {ZH: "账单", EN: "Billing"},
}

// Notices returns the handler of the public page (9.7): /notices lists the public
// notices, newest first, and /notices/{id} shows one of them. Everyone may read them.
// The page uses no script and no other host.
func Notices(p *portal.Portal) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /notices", func(w http.ResponseWriter, r *http.Request) {
		showNotices(w, r, func(ctx context.Context, lang clause.Lang) (noticeBoard, error) { return boardPage(ctx, p, r, lang) })
	})
	mux.HandleFunc("GET /notices/{id}", func(w http.ResponseWriter, r *http.Request) {
		showNotices(w, r, func(ctx context.Context, lang clause.Lang) (noticeBoard, error) {
			row, err := p.Store.Read().Notice.Query().Where(dbnotice.ID(r.PathValue("id")), dbnotice.Public(true)).Only(ctx)
			if db.IsNotFound(err) {
				return noticeBoard{}, clause.NotFound
			}
			if err != nil {
				return noticeBoard{}, err
			}
			one := shown(row, lang)
			return noticeBoard{One: &one}, nil
		})
	})
	return mux
}

func boardPage(ctx context.Context, p *portal.Portal, r *http.Request, lang clause.Lang) (noticeBoard, error) {
	var args page.Args
	n := page.Default
	if after := r.URL.Query().Get("after"); after != "" {
		args.After = &after
	}
	if before := r.URL.Query().Get("before"); before != "" && args.After == nil {
		args.Before, args.Last = &before, &n
	}
	c, err := graph.PublicNotices(ctx, p, args)
	if err != nil {
		return noticeBoard{}, err
	}
	var b noticeBoard
	for _, row := range c.Nodes {
		b.Notices = append(b.Notices, shown(row, lang))
	}
	if start := c.PageInfo.StartCursor(); start != nil && c.PageInfo.HasPreviousPage {
		b.Newer = *start
	}
	if end := c.PageInfo.EndCursor(); end != nil && c.PageInfo.HasNextPage {
		b.Older = *end
	}
	return b, nil
}

func shown(row *db.Notice, lang clause.Lang) shownNotice {
	n := shownNotice{ID: row.ID, Title: row.Title, Body: row.Body, Clause: row.Clause, Kind: kinds[notice.Kind(row.Kind)].In(lang, nil)}
	if lang == clause.EN && row.TitleEn != nil && row.BodyEn != nil {
		n.Title, n.Body = *row.TitleEn, *row.BodyEn
	}
	n.Published, n.PublishedISO = moment(row.PublishedAt, lang)
	if row.EffectiveAt != nil {
		n.Effective, n.EffectiveISO = moment(*row.EffectiveAt, lang)
	}
	return n
}

func showNotices(w http.ResponseWriter, r *http.Request, read func(context.Context, clause.Lang) (noticeBoard, error)) {
	lang := language(r)
	board, err := read(r.Context(), lang)
	switch {
	case errors.Is(err, clause.NotFound):
		http.NotFound(w, r)
		return
	case errors.Is(err, clause.Malformed): // an invalid cursor
		http.Redirect(w, r, "/notices", http.StatusSeeOther)
		return
	}
	board.ZH = lang == clause.ZH
	var html bytes.Buffer
	if err == nil {
		err = noticesTemplate.Execute(&html, board)
	}
	if err != nil {
		broke(w, r, "notices", "The notices can't be shown now.", err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Vary", "Accept-Language")
	_, _ = html.WriteTo(w)
}
