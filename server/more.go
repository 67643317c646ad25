package server

import (
	"net/http"

	"portico/portal"
	"portico/portal/account"
	"portico/portal/invoice"
	"portico/portal/outbox"
)

// more mounts what stands beside the API: payment channels, files and the public
// page.
func more(mux *http.ServeMux, p *portal.Portal, c Config) {
	mux.Handle("POST /payments/{channel}", webhook(p))
	mux.Handle("GET /notices", noticePages(p))
	mux.Handle("GET /notices/{id}", noticePages(p))
	mux.Handle(outbox.PagesPath+"/", linkPages(p))
	if p.Files != nil {
		mux.Handle("GET "+account.FilesPath+"{id}", account.ServeDocument(p.Store, p.Files))
	}
	mux.Handle("GET "+invoice.Path+"{id}", invoice.Serve(p.Store, p.Press))
	if p.Sandbox {
		mux.Handle("/sandbox/pay/", sandboxPage(p))
	}
}
