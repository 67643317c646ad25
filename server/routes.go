package server

import (
	"net/http"

	"portico/portal"
	"portico/portal/customer/account"
	"portico/portal/finance/invoice"
	"portico/portal/kernel/export"
	"portico/portal/kernel/outbox"
	"portico/server/pages"
	"portico/server/pages/graphiql"
	"portico/server/webhook"
)

// routes returns the handler of all public paths.
func routes(p *portal.Portal, c Config, api http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/graphql", api)
	if c.Sandbox || c.Graphiql {
		mux.Handle("/graphiql/", graphiql.New("/graphiql/", "/graphql"))
		mux.Handle("GET /{$}", http.RedirectHandler("/graphiql/", http.StatusFound))
	}
	mux.Handle("POST /payments/{channel}", webhook.New(p))
	mux.Handle("GET /notices", pages.Notices(p))
	mux.Handle("GET /notices/{id}", pages.Notices(p))
	mux.Handle(outbox.PagesPath+"/", pages.Links(p))
	if p.Files != nil {
		mux.Handle("GET "+account.FilesPath+"{id}", account.ServeDocument(p.Store, p.Files))
	}
	mux.Handle("GET "+export.Path+"{id}", export.Serve(p.Store))
	mux.Handle("GET "+invoice.Path+"{id}", invoice.Serve(p.Store, p.Printer))
	if p.Sandbox {
		mux.Handle("/sandbox/pay/", pages.Cashier(p))
	}
	return mux
}
