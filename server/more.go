package server

import (
	"net/http"

	"portico/portal"
)

// more mounts what stands beside the API: payment channels and files.
func more(_ *http.ServeMux, _ *portal.Portal, _ Config) {}
