// Package graphiql serves the GraphiQL page from the binary. Neither the page
// nor what it loads comes from another host, and its content security policy
// lets it talk to no other.
//
// vendored/ holds the published files of npm, unchanged, with their licences;
// VERSIONS.json there says of which packages, and the conformance check
// compares them with npm.
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

// policy keeps the page to its own host; no script and no style may stand in
// it. One library of the editor adds a style element, under the page's nonce.
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

// New makes a handler for everything below prefix ("/graphiql/"), whose page
// sends its queries to endpoint ("/graphql"), a path on the same host. Who may
// open the page is for the caller to decide; it can do no more than its user.
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
		panic(err) // what is embedded can be read
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
	// An error here is the reader's connection; there is nobody to tell.
	_ = layout.Execute(w, map[string]string{"Prefix": h.prefix, "Endpoint": h.endpoint, "Nonce": nonce})
}
