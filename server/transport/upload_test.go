package transport_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"portico/authz"
	"portico/server/transport"
)

type form struct {
	operations, paths string
	files             [][2]string // field, content
	header            [2]string
	origin            string
	// by sends the request; nil is a visitor.
	by *authz.Principal
	// body, if set, is sent instead, with its length declared.
	body   io.Reader
	length int64
}

var somebody = &authz.Principal{Kind: authz.Person, ID: "pers_1", Address: "192.0.2.1"}

const (
	one = `{"query": "mutation($f: Upload!) { upload(file: $f) { files { name size content } } }", "variables": {"f": null}}`
	two = `{"query": "mutation($f: [Upload!]!) { uploadAll(files: $f) { files { size content } } }", "variables": {"f": [null, null]}}`
)

func upload(t *testing.T, h http.Handler, f form) answer {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, field := range [][2]string{{"operations", f.operations}, {"map", f.paths}} {
		if field[1] != "" {
			if err := w.WriteField(field[0], field[1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, file := range f.files {
		part, err := w.CreateFormFile(file[0], file[0]+".txt")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(file[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "http://portal.example/graphql", &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	if f.header[0] != "" {
		r.Header.Set(f.header[0], f.header[1])
	}
	if f.origin != "" {
		r.Header.Set("Origin", f.origin)
	}
	if f.body != nil {
		r.Body, r.ContentLength = io.NopCloser(f.body), f.length
	}
	if f.by == nil {
		f.by = authz.Nobody("192.0.2.1", "test")
	}
	return send(t, h, r.WithContext(authz.With(r.Context(), f.by)))
}

var asked = [2]string{"GraphQL-Preflight", "1"}

func TestUploads(t *testing.T) {
	dir := t.TempDir()
	h := handler(transport.Config{Uploads: &transport.Uploads{Dir: dir}})
	large := strings.Repeat("x", 200<<10)
	for _, content := range []string{"", "abc", large} {
		a := upload(t, h, form{operations: one, paths: `{"0": ["variables.f"]}`, files: [][2]string{{"0", content}}, header: asked, by: somebody})
		a.want(200, "")
		var got struct {
			Upload struct{ Files []struct{ Content string } }
		}
		if err := json.Unmarshal([]byte(a.data()), &got); err != nil || got.Upload.Files[0].Content != content {
			t.Errorf("%d bytes: %v", len(content), err)
		}
	}
	a := upload(t, h, form{operations: two, paths: `{"0": ["variables.f.0", "variables.f.1"]}`, files: [][2]string{{"0", large}}, header: asked, by: somebody})
	if want := `{"uploadAll":{"files":[{"size":204800,"content":"` + large + `"},{"size":204800,"content":"` + large + `"}]}}`; a.data() != want {
		t.Errorf("one file in two places: %.200s", a.Body)
	}
	a = upload(t, h, form{operations: two, paths: `{"b": ["variables.f.1"], "a": ["variables.f.0"]}`, files: [][2]string{{"a", "A"}, {"b", "B"}}, header: asked, by: somebody})
	if a.data() != `{"uploadAll":{"files":[{"size":1,"content":"A"},{"size":1,"content":"B"}]}}` {
		t.Errorf("%s", a.Body)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left on disk: %v, %v", left, err)
	}
}

func TestUploadsFromElsewhere(t *testing.T) {
	h := handler(transport.Config{Uploads: &transport.Uploads{}})
	good := form{operations: one, paths: `{"0": ["variables.f"]}`, files: [][2]string{{"0", "abc"}}, by: somebody}
	upload(t, h, good).want(400, "PREFLIGHT_REQUIRED")
	for _, name := range []string{"GraphQL-Preflight", "Apollo-Require-Preflight", "X-Requested-With"} {
		good.header = [2]string{name, "1"}
		good.origin = ""
		upload(t, h, good).want(200, "")
		good.origin = "http://portal.example"
		upload(t, h, good).want(200, "")
		good.origin = "https://evil.example"
		upload(t, h, good).want(403, "CROSS_ORIGIN")
	}
}

func TestUploadsThatAreWrong(t *testing.T) {
	h := handler(transport.Config{Uploads: &transport.Uploads{Files: 2, FileBytes: 100 << 10, TotalBytes: 300 << 10}})
	abc := [][2]string{{"0", "abc"}}
	for name, c := range map[string]struct {
		form   form
		status int
		code   string
	}{
		"no parts":           {form{}, 400, "BAD_REQUEST"},
		"no map":             {form{operations: one, files: abc}, 400, "BAD_REQUEST"},
		"map is no object":   {form{operations: one, paths: `[]`, files: abc}, 400, "BAD_REQUEST"},
		"map of strings":     {form{operations: one, paths: `{"0": "variables.f"}`, files: abc}, 400, "BAD_REQUEST"},
		"batch":              {form{operations: "[" + one + "]", paths: `{"0": ["0.variables.f"]}`, files: abc}, 400, "BAD_REQUEST"},
		"no such variable":   {form{operations: one, paths: `{"0": ["variables.g"]}`, files: abc}, 400, "BAD_REQUEST"},
		"not in variables":   {form{operations: one, paths: `{"0": ["query"]}`, files: abc}, 400, "BAD_REQUEST"},
		"the variables":      {form{operations: one, paths: `{"0": ["variables"]}`, files: abc}, 400, "BAD_REQUEST"},
		"below a null":       {form{operations: one, paths: `{"0": ["variables.f.0"]}`, files: abc}, 400, "BAD_REQUEST"},
		"beyond the list":    {form{operations: two, paths: `{"0": ["variables.f.2"]}`, files: abc}, 400, "BAD_REQUEST"},
		"before the list":    {form{operations: two, paths: `{"0": ["variables.f.-1"]}`, files: abc}, 400, "BAD_REQUEST"},
		"list by name":       {form{operations: two, paths: `{"0": ["variables.f.x"]}`, files: abc}, 400, "BAD_REQUEST"},
		"another spelling":   {form{operations: two, paths: `{"0": ["variables.f.00"]}`, files: abc}, 400, "BAD_REQUEST"},
		"not a null":         {form{operations: strings.Replace(one, `"f": null`, `"f": "x"`, 1), paths: `{"0": ["variables.f"]}`, files: abc}, 400, "BAD_REQUEST"},
		"no variables":       {form{operations: `{"query": "{ hello }"}`, paths: `{"0": ["variables.f"]}`, files: abc}, 400, "BAD_REQUEST"},
		"one place twice":    {form{operations: one, paths: `{"0": ["variables.f"], "1": ["variables.f"]}`, files: abc}, 400, "BAD_REQUEST"},
		"no paths":           {form{operations: one, paths: `{"0": []}`, files: abc}, 400, "BAD_REQUEST"},
		"too many places":    {form{operations: strings.Replace(two, "null, null", "null, null, null", 1), paths: `{"0": ["variables.f.0", "variables.f.1", "variables.f.2"]}`, files: abc}, 413, "UPLOAD_TOO_LARGE"},
		"missing file":       {form{operations: one, paths: `{"0": ["variables.f"]}`}, 400, "BAD_REQUEST"},
		"file not in map":    {form{operations: one, paths: `{"0": ["variables.f"]}`, files: [][2]string{{"1", "abc"}}}, 400, "BAD_REQUEST"},
		"one file more":      {form{operations: one, paths: `{"0": ["variables.f"]}`, files: [][2]string{{"0", "abc"}, {"1", "abc"}}}, 400, "BAD_REQUEST"},
		"file too large":     {form{operations: one, paths: `{"0": ["variables.f"]}`, files: [][2]string{{"0", strings.Repeat("x", 100<<10+1)}}}, 413, "UPLOAD_TOO_LARGE"},
		"file as allowed":    {form{operations: one, paths: `{"0": ["variables.f"]}`, files: [][2]string{{"0", strings.Repeat("x", 100<<10)}}}, 200, ""},
		"body too large":     {form{operations: one, paths: `{"0": ["variables.f"]}`, files: [][2]string{{"0", strings.Repeat("x", 400<<10)}}}, 413, "BODY_TOO_LARGE"},
		"map too large":      {form{operations: one, paths: `{"0": ["` + strings.Repeat("v", 70<<10) + `"]}`, files: abc}, 413, "BODY_TOO_LARGE"},
		"deep path":          {form{operations: one, paths: `{"0": ["variables` + strings.Repeat(".f", 20) + `"]}`, files: abc}, 400, "BAD_REQUEST"},
		"null map":           {form{operations: one, paths: `null`, files: abc}, 400, "BAD_REQUEST"},
		"operations no JSON": {form{operations: "{", paths: `{"0": ["variables.f"]}`, files: abc}, 400, "BAD_REQUEST"},
	} {
		t.Run(name, func(t *testing.T) {
			c.form.header, c.form.by = asked, somebody
			upload(t, h, c.form).want(c.status, c.code)
		})
	}
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestNoBodyIsReadBeforeItIsLetIn(t *testing.T) {
	h := handler(transport.Config{Uploads: &transport.Uploads{TotalBytes: 1000}})
	for name, c := range map[string]struct {
		by     *authz.Principal
		length int64
		status int
		code   string
	}{
		"5.4: a visitor's":                            {nil, 100, http.StatusUnauthorized, "UNAUTHENTICATED"},
		"5.4: a visitor's of no length":               {nil, -1, http.StatusUnauthorized, "UNAUTHENTICATED"},
		"5.4: one that announces that it is too long": {somebody, 1001, http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE"},
	} {
		t.Run(name, func(t *testing.T) {
			upload(t, h, form{header: asked, by: c.by, body: unread{t}, length: c.length}).want(c.status, c.code)
		})
	}
}

// held is a body that signals when it is read, and then blocks until its end.
type held struct{ read, end chan struct{} }

func (b held) Read([]byte) (int, error) {
	b.read <- struct{}{}
	<-b.end
	return 0, io.ErrUnexpectedEOF
}

func TestTheBodiesUnderWayAreBoundedTogether(t *testing.T) {
	person := func(id, address string) *authz.Principal {
		return &authz.Principal{Kind: authz.Person, ID: id, Address: address}
	}
	const size = 400
	for name, c := range map[string]struct {
		bounds        transport.Uploads
		second, third *authz.Principal
		length        int64
		status        int
	}{
		"5.4: of one principal, the third is refused":         {transport.Uploads{HeldBytes: 2*size - 1 + size}, person("a", "192.0.2.2"), person("a", "192.0.2.3"), size, 429},
		"5.4: of one principal, two and another's":            {transport.Uploads{HeldBytes: 2*size - 1 + size}, person("a", "192.0.2.2"), person("b", "192.0.2.3"), size, 400},
		"5.4: of one principal, exactly the bound":            {transport.Uploads{HeldBytes: 3 * size}, person("a", "192.0.2.2"), person("a", "192.0.2.3"), size, 400},
		"5.4: of one address, the third is refused":           {transport.Uploads{AddressBytes: 3*size - 1}, person("b", "192.0.2.1"), person("c", "192.0.2.1"), size, 429},
		"5.4: of one address, another's is taken":             {transport.Uploads{AddressBytes: 3*size - 1}, person("b", "192.0.2.1"), person("c", "192.0.2.9"), size, 400},
		"5.4: in all, the third is refused":                   {transport.Uploads{AllBytes: 3*size - 1}, person("b", "192.0.2.2"), person("c", "192.0.2.3"), size, 429},
		"5.4: in all, exactly the bound":                      {transport.Uploads{AllBytes: 3 * size}, person("b", "192.0.2.2"), person("c", "192.0.2.3"), size, 400},
		"5.4: what announces no length counts as the longest": {transport.Uploads{AllBytes: 2*size + 999, TotalBytes: 1000}, person("b", "192.0.2.2"), person("c", "192.0.2.3"), -1, 429},
	} {
		t.Run(name, func(t *testing.T) {
			h := handler(transport.Config{Uploads: &c.bounds})
			body, ended := held{make(chan struct{}), make(chan struct{})}, make(chan struct{})
			for _, by := range []*authz.Principal{person("a", "192.0.2.1"), c.second} {
				go func() {
					defer func() { ended <- struct{}{} }()
					upload(t, h, form{header: asked, by: by, body: body, length: size})
				}()
				<-body.read
			}
			third := form{header: asked, by: c.third, body: strings.NewReader(""), length: c.length}
			if a := upload(t, h, third); a.Code != c.status || c.status == 429 && a.Header().Get("Retry-After") == "" {
				t.Errorf("the third: %d %v %s", a.Code, a.Header(), a.Body)
			}
			close(body.end)
			<-ended
			<-ended
			if a := upload(t, h, third); a.Code != http.StatusBadRequest {
				t.Errorf("once the others have ended, however that was: %d %s", a.Code, a.Body)
			}
		})
	}
}
