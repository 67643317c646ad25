package transport

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// Trust is the mode of trusted documents.
type Trust uint8

const (
	// Off means that there are no trusted documents; a documentId is refused.
	Off Trust = iota
	// Allow means that a documentId names a trusted document, and that other queries
	// are accepted too.
	Allow
	// Require means that only trusted documents are accepted.
	Require
)

// ParseTrust parses "off", "allow" or "require"; an empty string is "off".
func ParseTrust(s string) (Trust, error) {
	switch s {
	case "off", "":
		return Off, nil
	case "allow":
		return Allow, nil
	case "require":
		return Require, nil
	}
	return Off, fmt.Errorf("trusted documents: %q is not off, allow or require", s)
}

// Documents holds trusted documents by their id.
type Documents struct{ byID map[string]string }

// Len returns the number of documents.
func (d *Documents) Len() int { return len(d.byID) }

// apollo is a persisted query manifest in the format of Apollo's tools.
type apollo struct {
	Format     string `json:"format"`
	Version    int    `json:"version"`
	Operations []struct {
		ID   string `json:"id"`
		Body string `json:"body"`
	} `json:"operations"`
}

const apolloFormat = "apollo-persisted-query-manifest"

// LoadDocuments reads manifests of Relay and client-preset, which are an object of ids
// and texts, and of Apollo. Each document must be valid by the schema; nil skips this
// check. Two documents with the same id and different texts are an error.
func LoadDocuments(schema *ast.Schema, files ...string) (*Documents, error) {
	d := &Documents{byID: map[string]string{}}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("trusted documents: %w", err)
		}
		found, err := readManifest(data)
		if err != nil {
			return nil, fmt.Errorf("trusted documents: %s: %w", file, err)
		}
		for id, text := range found {
			if err := d.add(schema, id, text); err != nil {
				return nil, fmt.Errorf("trusted documents: %s: %s: %w", file, id, err)
			}
		}
	}
	return d, nil
}

func readManifest(data []byte) (map[string]string, error) {
	var form map[string]json.RawMessage
	if err := json.Unmarshal(data, &form); err != nil {
		return nil, err
	}
	if _, isApollo := form["operations"]; !isApollo {
		texts := make(map[string]string, len(form))
		if err := json.Unmarshal(data, &texts); err != nil {
			return nil, err
		}
		return texts, nil
	}
	var m apollo
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, err
	}
	if m.Format != apolloFormat || m.Version != 1 {
		return nil, fmt.Errorf("the manifest is %q version %d, not %q version 1", m.Format, m.Version, apolloFormat)
	}
	texts := make(map[string]string, len(m.Operations))
	for _, op := range m.Operations {
		if known, ok := texts[op.ID]; ok && known != op.Body {
			return nil, fmt.Errorf("two documents have the id %s", op.ID)
		}
		texts[op.ID] = op.Body
	}
	return texts, nil
}

func (d *Documents) add(schema *ast.Schema, id, text string) error {
	if id == "" || text == "" {
		return fmt.Errorf("the id or the text is empty")
	}
	if known, ok := d.byID[id]; ok && known != text {
		return fmt.Errorf("another document has this id")
	}
	if schema != nil {
		if _, errs := gqlparser.LoadQueryWithRules(schema, text, nil); errs != nil {
			return errs
		}
	}
	d.byID[id] = text
	return nil
}

// hashPrefix names the hash function of an id. Manifests and clients may leave it out.
const hashPrefix = "sha256:"

// find returns the text of a document by its id, with or without the prefix "sha256:".
func (d *Documents) find(id string) (string, bool) {
	if d == nil {
		return "", false
	}
	if text, ok := d.byID[id]; ok {
		return text, true
	}
	bare, prefixed := strings.CutPrefix(id, hashPrefix)
	if !prefixed {
		bare = hashPrefix + id
	}
	text, ok := d.byID[bare]
	return text, ok
}

// lookUp replaces the id of a document by its text, and checks the text. Refusals: those
// of [exchange.find], BAD_REQUEST.
func (x *exchange) lookUp(p *params) *fault {
	if f := x.find(p); f != nil {
		return f
	}
	return checkDocument(p.Query)
}

// find replaces the id of a document by its text. Refusals:
// DOCUMENT_NOT_FOUND, DOCUMENT_REQUIRED, PERSISTED_QUERY_NOT_FOUND,
// PERSISTED_QUERY_NOT_SUPPORTED, BAD_REQUEST.
func (x *exchange) find(p *params) *fault {
	hash, f := persistedHash(p.Extensions)
	switch {
	case f != nil:
		return f
	case p.documentID != "":
		return x.trusted(p)
	case hash != "":
		return x.persistedQuery(p, hash)
	case x.h.cfg.Trust == Require:
		return &fault{status: http.StatusBadRequest, refusal: DocumentRequired}
	case p.Query == "":
		return malformed(text("缺少 query。", "query is missing."))
	}
	return nil
}

func (x *exchange) trusted(p *params) *fault {
	if p.Query != "" {
		return malformed(text("query 与 documentId 只能给出其一。", "query and documentId can't be used together."))
	}
	if x.h.cfg.Trust != Off {
		if text, ok := x.h.cfg.Documents.find(p.documentID); ok {
			p.Query = text
			return nil
		}
	}
	return &fault{status: x.requestError(), refusal: DocumentUnknown}
}

// persistedQuery implements Apollo's automatic persisted queries. A hash that is the id
// of a trusted document names that document.
func (x *exchange) persistedQuery(p *params, hash string) *fault {
	if x.h.cfg.Trust != Off {
		if text, ok := x.h.cfg.Documents.find(hash); ok {
			p.Query = text
			return nil
		}
	}
	switch {
	case x.h.cfg.Trust == Require:
		return &fault{status: http.StatusBadRequest, refusal: DocumentRequired}
	case x.h.persisted == nil && p.Query == "":
		return &fault{status: x.requestError(), refusal: PersistedQueriesOff}
	case x.h.persisted == nil:
		return nil
	case p.Query == "":
		known, ok := x.h.persisted.Get(hash)
		if !ok {
			return &fault{status: x.requestError(), refusal: PersistedQueryUnknown}
		}
		p.Query = known
		return nil
	}
	if sum := sha256.Sum256([]byte(p.Query)); hex.EncodeToString(sum[:]) != strings.ToLower(hash) {
		return malformed(text("sha256Hash 与 query 不符。", "sha256Hash is not the hash of query."))
	}
	if len(p.Query) <= persistedText {
		x.persist = strings.ToLower(hash)
	}
	return nil
}

// persistedHash reads extensions.persistedQuery.
func persistedHash(extensions map[string]any) (string, *fault) {
	v, ok := extensions["persistedQuery"]
	if !ok || v == nil {
		return "", nil
	}
	m, _ := v.(map[string]any)
	hash, _ := m["sha256Hash"].(string)
	if hash == "" || fmt.Sprint(m["version"]) != "1" {
		return "", malformed(text("extensions.persistedQuery 须含 version: 1 与 sha256Hash。", "extensions.persistedQuery must have version: 1 and sha256Hash."))
	}
	return hash, nil
}
