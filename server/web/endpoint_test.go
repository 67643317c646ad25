package web_test

import (
	"net/http"
	"strings"
	"testing"

	"portico/portal"
	"portico/portaltest"
	"portico/server"
	"portico/server/servertest"
)

func TestBodiesAreLimited(t *testing.T) {
	w := portaltest.New(t, "sqlite", func(_ *portal.Config, s *server.Config) { s.BodyLimit = 2048 })
	body := func(n int) string { return servertest.Anything + strings.Repeat(" ", n-len(servertest.Anything)) }
	key := http.Header{"Authorization": {"Bearer " + w.Token(w.DataPlane())}}
	for _, c := range []struct {
		size   int
		header http.Header
		want   int
	}{{2048, nil, http.StatusOK}, {2049, nil, http.StatusRequestEntityTooLarge}, {8192, key, http.StatusOK}, {8193, key, http.StatusRequestEntityTooLarge}} {
		if rec := servertest.Request(w, http.MethodPost, "/graphql", body(c.size), c.header, servertest.Nobody); rec.Code != c.want {
			t.Errorf("5.4: %d bytes: %d, want %d", c.size, rec.Code, c.want)
		}
	}
}
