package transport_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico/graph/limits/testdata/mini"
	"portico/server/transport"
)

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const trusted = "query Greet { hello }"

func manifests(t *testing.T) map[string]string {
	return map[string]string{
		"relay":         write(t, "persisted_queries.json", `{"3be4": "`+trusted+`"}`),
		"client-preset": write(t, "persisted-documents.json", fmt.Sprintf(`{"%s": "%s"}`, hashOf(trusted), trusted)),
		"apollo": write(t, "persisted-query-manifest.json", `{"format": "apollo-persisted-query-manifest", "version": 1,
			"operations": [{"id": "ap01", "name": "Greet", "type": "query", "body": "`+trusted+`"}]}`),
	}
}

func TestTrustedDocuments(t *testing.T) {
	var files []string
	for _, f := range manifests(t) {
		files = append(files, f)
	}
	d, err := transport.LoadDocuments(mini.New().Schema(), files...)
	if err != nil || d.Len() != 3 {
		t.Fatalf("%v, %v", d, err)
	}
	off := handler(transport.Config{Documents: d})
	allow := handler(transport.Config{Documents: d, Trust: transport.Allow})
	require := handler(transport.Config{Documents: d, Trust: transport.Require})

	for _, id := range []string{"3be4", "ap01", hashOf(trusted), "sha256:" + hashOf(trusted)} {
		body := `{"documentId": "` + id + `"}`
		for _, h := range []http.Handler{allow, require} {
			if a := post(t, h, body); a.data() != `{"hello":"hello world"}` {
				t.Errorf("%s: %s", id, a.Body)
			}
		}
		if a := get(t, require, url.Values{"documentId": {id}}); a.data() != `{"hello":"hello world"}` {
			t.Errorf("GET %s: %s", id, a.Body)
		}
		post(t, off, body, "Accept", modern).want(400, "DOCUMENT_NOT_FOUND")
	}
	post(t, allow, `{"documentId": "none"}`, "Accept", modern).want(400, "DOCUMENT_NOT_FOUND")
	post(t, require, `{"documentId": "none"}`).want(200, "DOCUMENT_NOT_FOUND")
	post(t, require, persisted("", hashOf(trusted))).want(200, "")

	free := query("{ hello }")
	post(t, off, free).want(200, "")
	post(t, allow, free).want(200, "")
	post(t, require, free).want(400, "DOCUMENT_REQUIRED")
	post(t, require, persisted("{ hello }", hashOf("{ hello }"))).want(400, "DOCUMENT_REQUIRED")
	post(t, allow, `{"documentId": "3be4", "query": "{ hello }"}`).want(400, "BAD_REQUEST")
}

// A document is found by its ID with and without the prefix sha256:, in either
// notation of the manifest.
func TestADocumentIsFoundByItsHash(t *testing.T) {
	const text = "{ hello }"
	for _, written := range []string{hashOf(text), "sha256:" + hashOf(text)} {
		manifest, err := json.Marshal(map[string]string{written: text})
		if err != nil {
			t.Fatal(err)
		}
		d, err := transport.LoadDocuments(mini.New().Schema(), write(t, "m.json", string(manifest)))
		if err != nil {
			t.Fatal(err)
		}
		h := handler(transport.Config{Trust: transport.Require, Documents: d})
		for _, asked := range []string{hashOf(text), "sha256:" + hashOf(text)} {
			post(t, h, `{"documentId": "`+asked+`"}`).want(200, "")
		}
		post(t, h, persisted("", hashOf(text))).want(200, "")
		post(t, h, `{"documentId": "sha256:`+hashOf("{ other }")+`"}`).want(200, "DOCUMENT_NOT_FOUND")
	}
}

func TestManifestsThatAreWrong(t *testing.T) {
	good := write(t, "a.json", `{"id": "{ hello }"}`)
	for name, content := range map[string]string{
		"no JSON":         `{`,
		"another shape":   `{"id": {"text": "{ hello }"}}`,
		"another version": `{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}`,
		"invalid":         `{"other": "{ nope }"}`,
		"twice":           `{"id": "{ hello __typename }"}`,
		"empty":           `{"": "{ hello }"}`,
	} {
		if _, err := transport.LoadDocuments(mini.New().Schema(), good, write(t, "b.json", content)); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
	if _, err := transport.LoadDocuments(mini.New().Schema(), good, filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a missing file loaded")
	}
	if _, err := transport.LoadDocuments(mini.New().Schema(), good, good); err != nil {
		t.Errorf("the same twice: %v", err)
	}
}

func TestRequireNeedsDocuments(t *testing.T) {
	defer func() {
		if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), "required") {
			t.Errorf("want a panic, got %v", v)
		}
	}()
	handler(transport.Config{Trust: transport.Require})
}

func TestParseTrust(t *testing.T) {
	for s, want := range map[string]transport.Trust{"": transport.Off, "off": transport.Off, "allow": transport.Allow, "require": transport.Require} {
		if got, err := transport.ParseTrust(s); got != want || err != nil {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	if _, err := transport.ParseTrust("on"); err == nil {
		t.Error("took on")
	}
}
