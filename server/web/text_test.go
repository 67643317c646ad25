package web_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/coder/websocket"

	"portico/portaltest"
	"portico/server/servertest"
)

// broken are names in JSON that aren't valid text. The first is GBK.
var broken = map[string]string{
	"GBK": "\xb2\xe2\xca\xd4", "Latin-1": "caf\xe9", "cut off": "\xe6\xb5", "a surrogate in bytes": "\xed\xa0\x80", "overlong": "\xc0\xaf",
	"half a pair": `\ud800`, "the other half": `\uDC00`, "two first halves": `\ud83d\ud83d\ude00`, "half, then text": `\ud83dx`, "half at the end": `测试\uD83D`,
	"halves apart": `\ud83d \ude00`, "half behind a backslash": `\\\ud800`, "turned round": `\ude00\ud83d`,
}

// whole are names that look like the broken ones and are valid text.
var whole = map[string]string{"a pair": `\ud83d\ude00`, "a backslash": `\\ud800`, "Chinese": "测试", "escaped Chinese": `\u6d4b\u8bd5`, "an emoji": "😀"}

const create = `mutation($i: CreateApplicationInput!) { createApplication(input: $i) { application { id name } userErrors { code } } }`

// naming returns the variables of create, with the name unescaped in them.
func naming(a *portaltest.Actor, name string) string {
	return fmt.Sprintf(`{"i": {"accountId": %q, "name": "%s", "kind": "GENERAL", "region": "MAINLAND"}}`, a.AccountID, name)
}

// waysIn are functions that send a name to the API, each in another way, and
// return the response.
func waysIn(w *portaltest.World, a *portaltest.Actor) map[string]func(name string) *httptest.ResponseRecorder {
	auth := http.Header{"Authorization": {"Bearer " + w.Token(a)}}
	stream := auth.Clone()
	stream.Set("Accept", "text/event-stream")
	body := func(name string) string { return `{"query":"` + create + `","variables":` + naming(a, name) + `}` }
	return map[string]func(string) *httptest.ResponseRecorder{
		"a variable": func(name string) *httptest.ResponseRecorder {
			return servertest.Request(w, http.MethodPost, "/graphql", body(name), auth, servertest.Nobody)
		},
		"a literal": func(name string) *httptest.ResponseRecorder {
			q := fmt.Sprintf(`mutation { createApplication(input: {accountId: "%s", name: "%s", kind: GENERAL, region: MAINLAND}) { application { id name } userErrors { code } } }`, a.AccountID, name)
			return servertest.Request(w, http.MethodPost, "/graphql", `{"query":"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(q)+`"}`, auth, servertest.Nobody)
		},
		"an address": func(name string) *httptest.ResponseRecorder {
			return servertest.Request(w, http.MethodGet, "/graphql?"+url.Values{"query": {"query($v: String) { products(after: $v) { totalCount } }"}, "variables": {`{"v": "` + name + `"}`}}.Encode(), "", auth, servertest.Nobody)
		},
		"a form": func(name string) *httptest.ResponseRecorder { return form(w, auth, body(name), `{}`, "", "") },
		"a form's map": func(name string) *httptest.ResponseRecorder {
			return form(w, auth, servertest.Anything, `{"`+name+`": []}`, "", "")
		},
		"a stream": func(name string) *httptest.ResponseRecorder {
			return servertest.Request(w, http.MethodPost, "/graphql", body(name), stream, servertest.Nobody)
		},
	}
}

func TestInvalidTextIsRefusedOnEntry(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := httptest.NewServer(w.Handler())
		t.Cleanup(s.Close)
		a := w.Verified("Texts")
		ways := waysIn(w, a)
		l := servertest.Connect(t, s.URL, w.Token(a))
		for kind, name := range broken {
			for way, send := range ways {
				if r := send(name); r.Code != http.StatusBadRequest || !strings.Contains(r.Body.String(), `"BAD_REQUEST"`) {
					t.Errorf("%s in %s: %d %s", kind, way, r.Code, r.Body)
				}
			}
			if !strings.Contains(name, `\`) {
				continue
			}
			l.Text(`{"id":"1","type":"subscribe","payload":{"query":"` + create + `","variables":` + naming(a, name) + `}}`)
			if got := l.Code(); got != "BAD_REQUEST" {
				t.Errorf("%s over a socket: %s", kind, got)
			}
		}
		if n := applications(w); n != 0 {
			t.Errorf("%d are stored", n)
		}
		for kind, name := range whole {
			for _, way := range []string{"a variable", "a literal", "a form"} {
				if r := ways[way](name); r.Code != http.StatusOK || !strings.Contains(r.Body.String(), `"userErrors"`) || strings.Contains(r.Body.String(), "\ufffd") {
					t.Errorf("%s in %s: %d %s", kind, way, r.Code, r.Body)
				}
			}
		}
	})
}

// form sends a multipart request, with a file if file is a name.
func form(w *portaltest.World, header http.Header, operations, paths, file, contentType string) *httptest.ResponseRecorder {
	w.T.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, field := range [][2]string{{"operations", operations}, {"map", paths}} {
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + field[0] + `"`}}
		if contentType != "" {
			h.Set("Content-Type", contentType)
		}
		part, err := m.CreatePart(h)
		if err == nil {
			_, err = part.Write([]byte(field[1]))
		}
		if err != nil {
			w.T.Fatal(err)
		}
	}
	if file != "" {
		part, err := m.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="0"; filename="` + file + `"`}, "Content-Type": {"application/pdf"}})
		if err == nil {
			_, err = part.Write([]byte("%PDF-1.7"))
		}
		if err != nil {
			w.T.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		w.T.Fatal(err)
	}
	h := header.Clone()
	h.Set("Content-Type", m.FormDataContentType())
	h.Set("GraphQL-Preflight", "1")
	return servertest.Request(w, http.MethodPost, "/graphql", b.String(), h, servertest.Nobody)
}

func TestNothingButUTF8IsTaken(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	s := httptest.NewServer(w.Handler())
	t.Cleanup(s.Close)
	a := w.Owner("Charsets")
	auth := http.Header{"Authorization": {"Bearer " + w.Token(a)}}
	for charset, status := range map[string]int{"gbk": 415, "utf-16": 415, "iso-8859-1": 415, "utf-8": 200, "UTF-8": 200, `"utf-8"`: 200} {
		h := auth.Clone()
		h.Set("Content-Type", "application/json; charset="+charset)
		if r := servertest.Request(w, http.MethodPost, "/graphql", servertest.Anything, h, servertest.Nobody); r.Code != status {
			t.Errorf("%s: %d", charset, r.Code)
		}
		if r := form(w, auth, servertest.Anything, `{}`, "", "application/json; charset="+charset); r.Code != status {
			t.Errorf("%s in a form: %d %s", charset, r.Code, r.Body)
		}
	}
	upload := `{"query":"mutation($f: Upload!) { submitVerification(input: {accountId: \"` + a.AccountID + `\", kind: COMPANY, legalName: \"x\", country: \"CN\", registrationNumber: \"x\", documents: [$f]}) { userErrors { code } } }","variables":{"f":null}}`
	if r := form(w, auth, upload, `{"0": ["variables.f"]}`, "\xb2\xe2.pdf", ""); r.Code != 400 || !strings.Contains(r.Body.String(), `"BAD_REQUEST"`) {
		t.Errorf("a file's name in GBK: %d %s", r.Code, r.Body)
	}
	for _, address := range []string{"/graphql?query=%7B__typename%7D&x=%B2%E2", "/graphql?query=%7B__typename%20%23%FF%7D", "/graphql?query=%7B__typename%7D&operationName=%FF", "/graphql?query=%7B__typename%7D&%FF=1"} {
		if r := servertest.Request(w, http.MethodGet, address, "", auth, servertest.Nobody); r.Code != 400 || !strings.Contains(r.Body.String(), `"BAD_REQUEST"`) {
			t.Errorf("%s: %d %s", address, r.Code, r.Body)
		}
	}
	agent := auth.Clone()
	agent.Set("User-Agent", "\xb2\xe2\xca\xd4 \xff")
	if r := servertest.Request(w, http.MethodPost, "/graphql", `{"query":"mutation { createCaptcha(input: {purpose: SIGN_IN}) { captcha { id } } }"}`, agent, servertest.Nobody); !strings.Contains(r.Body.String(), "capt_") {
		t.Errorf("a browser's name in GBK: %s", r.Body)
	}
	for _, e := range w.Portal.Store.Read().AuditEvent.Query().AllX(w.System()) {
		if !utf8.ValidString(e.Agent) {
			t.Errorf("stored: %q", e.Agent)
		}
	}
	for name, text := range map[string]string{"in a payload": "{\"id\":\"1\",\"type\":\"subscribe\",\"payload\":{\"query\":\"{ __typename } # \xff\"}}", "in a ping": "{\"type\":\"ping\",\"payload\":{\"x\":\"\xff\"}}", "alone": "\xff"} {
		l := servertest.Connect(t, s.URL, w.Token(a))
		l.Text(text)
		if got := l.Closed(); got != websocket.StatusInvalidFramePayloadData {
			t.Errorf("0xFF %s: %d", name, got)
		}
	}
	for name, text := range map[string]string{"id": `{"id":"\ud800","type":"subscribe","payload":{"query":"{ __typename }"}}`} {
		l := servertest.Connect(t, s.URL, w.Token(a))
		l.Text(text)
		if got := l.Closed(); got != 4400 {
			t.Errorf("half a pair in %s: %d", name, got)
		}
	}
	l := servertest.Dial(t, s.URL, "graphql-transport-ws")
	l.Text(`{"type":"connection_init","payload":{"authorization":"Bearer ` + w.Token(a) + `","x":"\ud800"}}`)
	if got := l.Closed(); got != 4400 {
		t.Errorf("half a pair in connection_init: %d", got)
	}
}
