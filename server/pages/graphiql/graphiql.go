// Package graphiql serves the GraphiQL page from the binary. The page and everything
// that it loads come from the same host, and its content security policy allows
// connections to no other host.
//
// vendored/ holds published files of npm packages, unchanged, with their licences.
// VERSIONS.json there lists the packages, and the conformance check compares the files
// with npm.
package graphiql

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed vendored/*.js vendored/*.css vendored/*.LICENSE start.js page.css
var files embed.FS

//go:embed page.html
var page string

// policy limits the page to its own host and allows no inline script or style. One
// library of the editor adds a style element with the page's nonce.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

var layout = template.Must(template.New("page").Parse(page))

type asset struct {
	content []byte
	etag    string
}

type handler struct {
	prefix, endpoint string
	assets           map[string]asset
}

// New returns a handler for all paths below prefix ("/graphiql/"). The page sends its
// queries to endpoint ("/graphql"), a path on the same host. The caller decides who may
// open the page; the page has no more rights than its user.
func New(prefix, endpoint string) http.Handler {
	if !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	h := &handler{prefix: prefix, endpoint: endpoint, assets: map[string]asset{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		sum := sha256.Sum256(content)
		h.assets[path.Base(name)] = asset{content, `"` + hex.EncodeToString(sum[:12]) + `"`}
		return err
	})
	if err != nil {
		panic(err) // embedded files can always be read
	}
	return h
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Content-Security-Policy", policy)
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		head.Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	name, below := strings.CutPrefix(r.URL.Path, h.prefix)
	if !below && r.URL.Path+"/" == h.prefix {
		http.Redirect(w, r, h.prefix, http.StatusMovedPermanently)
		return
	}
	if below && name == "" {
		h.servePage(w)
		return
	}
	a, ok := h.assets[name]
	if !below || !ok {
		http.NotFound(w, r)
		return
	}
	if strings.HasSuffix(name, ".LICENSE") {
		head.Set("Content-Type", "text/plain; charset=utf-8")
	}
	head.Set("Cache-Control", "no-cache")
	head.Set("ETag", a.etag)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(a.content))
}

func (h *handler) servePage(w http.ResponseWriter) {
	nonce := rand.Text()
	head := w.Header()
	head.Set("Content-Security-Policy", strings.Replace(policy, "style-src 'self'", "style-src 'self' 'nonce-"+nonce+"'", 1))
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Cache-Control", "no-store")
	// An error here means that the reader's connection is broken.
	_ = layout.Execute(w, map[string]string{"Prefix": h.prefix, "Endpoint": h.endpoint, "Nonce": nonce})
}
