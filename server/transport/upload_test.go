package transport_test

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"portico/server/transport"
)

type form struct {
	operations, paths string
	files             [][2]string // field, content
	header            [2]string
	origin            string
}

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
	return send(t, h, r)
}

var asked = [2]string{"GraphQL-Preflight", "1"}

func TestUploads(t *testing.T) {
	dir := t.TempDir()
	h := handler(transport.Config{Uploads: &transport.Uploads{Dir: dir}})
	large := strings.Repeat("x", 200<<10)
	for _, content := range []string{"", "abc", large} {
		a := upload(t, h, form{operations: one, paths: `{"0": ["variables.f"]}`, files: [][2]string{{"0", content}}, header: asked})
		a.want(200, "")
		var got struct {
			Upload struct{ Files []struct{ Content string } }
		}
		if err := json.Unmarshal([]byte(a.data()), &got); err != nil || got.Upload.Files[0].Content != content {
			t.Errorf("%d bytes: %v", len(content), err)
		}
	}
	a := upload(t, h, form{operations: two, paths: `{"0": ["variables.f.0", "variables.f.1"]}`, files: [][2]string{{"0", large}}, header: asked})
	if want := `{"uploadAll":{"files":[{"size":204800,"content":"` + large + `"},{"size":204800,"content":"` + large + `"}]}}`; a.data() != want {
		t.Errorf("one file in two places: %.200s", a.Body)
	}
	a = upload(t, h, form{operations: two, paths: `{"b": ["variables.f.1"], "a": ["variables.f.0"]}`, files: [][2]string{{"a", "A"}, {"b", "B"}}, header: asked})
	if a.data() != `{"uploadAll":{"files":[{"size":1,"content":"A"},{"size":1,"content":"B"}]}}` {
		t.Errorf("%s", a.Body)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left on disk: %v, %v", left, err)
	}
}

func TestUploadsFromElsewhere(t *testing.T) {
	h := handler(transport.Config{Uploads: &transport.Uploads{}})
	good := form{operations: one, paths: `{"0": ["variables.f"]}`, files: [][2]string{{"0", "abc"}}}
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
			c.form.header = asked
			upload(t, h, c.form).want(c.status, c.code)
		})
	}
}
