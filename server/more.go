package server

import (
	"net/http"
	"strings"

	"portico/portal"
	"portico/portal/customer/account"
	"portico/portal/finance/invoice"
	"portico/portal/kernel/filelink"
	"portico/portal/kernel/outbox"
)

// more mounts what stands beside the API: payment channels, files and the public
// page. Links to files begin with the base URL.
func more(mux *http.ServeMux, p *portal.Portal, c Config) {
	filelink.Base(p.Store, strings.TrimRight(c.BaseURL, "/"))
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
