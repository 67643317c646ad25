package account_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db/operator"
	"portico/ent/db/verification"
	"portico/portal/customer/account"
	"portico/portaltest"
)

const (
	pdf = "%PDF-1.7\nlicence\n"
	png = "\x89PNG\x0D\x0A\x1A\x0A and more"
	jpg = "\xFF\xD8\xFF and more"
)

// upload submits a verification with files, as a multipart request.
func upload(w *portaltest.World, a *portaltest.Actor, number string, files ...[2]string) map[string]any {
	w.T.Helper()
	vars := company(a, number)
	vars["i"].(map[string]any)["documents"] = make([]any, len(files))
	places := map[string][]string{}
	for i := range files {
		places[fmt.Sprint(i)] = []string{fmt.Sprintf("variables.i.documents.%d", i)}
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, part := range []struct {
		name  string
		value any
	}{{"operations", map[string]any{"query": submitOne, "variables": vars}}, {"map", places}} {
		text, err := json.Marshal(part.value)
		if err == nil {
			err = form.WriteField(part.name, string(text))
		}
		if err != nil {
			w.T.Fatal(err)
		}
	}
	for i, f := range files {
		part, err := form.CreateFormFile(fmt.Sprint(i), f[0])
		if err == nil {
			_, err = io.WriteString(part, f[1])
		}
		if err != nil {
			w.T.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		w.T.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/graphql", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("GraphQL-Preflight", "1")
	r.Header.Set("Authorization", "Bearer "+w.Token(a))
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	var answer struct{ Data map[string]map[string]any }
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil || answer.Data == nil {
		w.T.Fatalf("%d %s", rec.Code, rec.Body)
	}
	return answer.Data["submitVerification"]
}

func get(w *portaltest.World, a *portaltest.Actor, path string) *http.Response {
	w.T.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if a != nil {
		r.Header.Set("Authorization", "Bearer "+w.Token(a))
	}
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	return rec.Result()
}

const papers = `query($id: ID!) { account(id: $id) { verification { documents { id name mediaType size downloadUrl } } } }`

// kept returns the number of files in the bucket.
func kept(w *portaltest.World) int {
	w.T.Helper()
	n := 0
	list := w.Portal.Files.List(nil)
	for {
		_, err := list.Next(w.System())
		if err == io.EOF {
			return n
		}
		if err != nil {
			w.T.Fatal(err)
		}
		n++
	}
}

func TestDocuments(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, stranger, op := w.Owner("Acme"), w.Owner("Stranger"), w.Operator("support")
		payload := upload(w, a, portaltest.CreditCode(7400), [2]string{`C:\scans\执照.pdf`, pdf}, [2]string{"a.png", png}, [2]string{"../../b\u200b .jpeg", jpg})
		if list, _ := payload["userErrors"].([]any); len(list) > 0 {
			t.Fatalf("%v", list)
		}
		documents := func(reader *portaltest.Actor) []any {
			list, _ := portaltest.At(w.Must(reader, papers, map[string]any{"id": a.AccountID}), "account", "verification", "documents").([]any)
			return list
		}
		list := documents(a)
		t.Run("5.2: documents have the type of their content, and are in order", func(t *testing.T) {
			var got []string
			for _, d := range list {
				got = append(got, fmt.Sprintf("%s %s %v", portaltest.String(d, "name"), portaltest.String(d, "mediaType"), portaltest.At(d, "size")))
			}
			if want := fmt.Sprintf("执照.pdf application/pdf %d,a.png image/png %d,b.jpeg image/jpeg %d", len(pdf), len(png), len(jpg)); strings.Join(got, ",") != want {
				t.Fatalf("%s, want %s", got, want)
			}
		})
		link := portaltest.String(list[0], "downloadUrl")
		t.Run("5.7: a plain link serves anyone who has it, as an attachment", func(t *testing.T) {
			if !strings.HasPrefix(link, "http://portico.test/files/") {
				t.Errorf("%s isn't absolute", link)
			}
			r := get(w, nil, link)
			body, err := io.ReadAll(r.Body)
			if err != nil || r.StatusCode != http.StatusOK || string(body) != pdf || r.Header.Get("Content-Type") != "application/pdf" {
				t.Fatal(r.Status, string(body), err)
			}
			if r.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Error(r.Header)
			}
			if d, p, err := mime.ParseMediaType(r.Header.Get("Content-Disposition")); d != "attachment" || p["filename"] != "执照.pdf" || err != nil {
				t.Fatal(r.Header, err)
			}
		})
		t.Run("5.7: an operator who reviews has links of its own", func(t *testing.T) {
			if r := get(w, nil, portaltest.String(documents(op)[0], "downloadUrl")); r.StatusCode != http.StatusOK {
				t.Fatal(r.Status)
			}
		})
		t.Run("5.7: a link serves as it was made, and no other document", func(t *testing.T) {
			servesNothingElse(t, w, link, portaltest.String(documents(op)[0], "downloadUrl"), portaltest.String(list[1], "id"))
		})
		t.Run("5.7: a link serves for ten minutes", func(t *testing.T) {
			servesTenMinutes(t, w, link)
		})
		t.Run("5.7: a link ends with the session that it was made in, and with the right to read", func(t *testing.T) {
			linksEnd(t, w, func(by *portaltest.Actor) string { return portaltest.String(documents(by)[0], "downloadUrl") }, a)
		})
		if r := w.Must(stranger, papers, map[string]any{"id": a.AccountID}); portaltest.At(r, "account") != nil {
			t.Fatalf("a stranger sees %v", r)
		}
	})
}

// servesTenMinutes requests a link just before its end and at its end.
func servesTenMinutes(t *testing.T, w *portaltest.World, link string) {
	t.Helper()
	w.Wall.Advance(10*time.Minute - time.Second)
	if r := get(w, nil, link); r.StatusCode != http.StatusOK {
		t.Error(r.Status)
	}
	w.Wall.Advance(time.Second)
	if r := get(w, nil, link); r.StatusCode != http.StatusGone {
		t.Error(r.Status)
	}
}

// servesNothingElse requests a link changed in each of its parts.
func servesNothingElse(t *testing.T, w *portaltest.World, link, theirs, other string) {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	v, err := url.Parse(theirs)
	if err != nil {
		t.Fatal(err)
	}
	with := func(name, value string) string {
		q := u.Query()
		q.Set(name, value)
		return u.Path + "?" + q.Encode()
	}
	for name, path := range map[string]string{
		"another document":   account.FilesPath + other + "?" + u.RawQuery,
		"another's path":     "/invoices/" + other + "?" + u.RawQuery,
		"another expiry":     with("exp", "99999999999"),
		"another principal":  with("as", v.Query().Get("as")),
		"no principal":       with("as", ""),
		"another signature":  with("sig", v.Query().Get("sig")),
		"no signature":       u.Path,
		"an expiry of words": with("exp", "tomorrow"),
	} {
		if r := get(w, nil, path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", name, r.Status)
		}
	}
}

// linksEnd removes what links depend on.
func linksEnd(t *testing.T, w *portaltest.World, link func(*portaltest.Actor) string, owner *portaltest.Actor) {
	t.Helper()
	reviewer := w.Operator("support")
	l := link(reviewer)
	if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		return tx.Operator.Update().Where(operator.PersonID(reviewer.PersonID)).SetActive(false).Exec(tx)
	}); err != nil {
		t.Fatal(err)
	}
	if r := get(w, nil, l); r.StatusCode != http.StatusNotFound {
		t.Errorf("of who may no longer read it: %s", r.Status)
	}
	l = link(owner)
	w.Done(owner, `mutation { signOut(input: {}) { userErrors { code } } }`, nil)
	if r := get(w, nil, l); r.StatusCode != http.StatusGone {
		t.Errorf("of a session that has ended: %s", r.Status)
	}
}

func TestFilesAreNamedForWhatTheyAre(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		long := strings.Repeat("长", 300)
		names := [][3]string{
			{"licence.hta", pdf, "licence.pdf"},
			{"licence.pdf.hta", pdf, "licence.pdf"},
			{"licence.PDF", pdf, "licence.pdf"},
			{"licence.pdf", png, "licence.png"},
			{"photo.JPEG", jpg, "photo.jpeg"},
			{"photo.jpg", jpg, "photo.jpg"},
			{"Q3.report.final", pdf, "Q3.report.pdf"},
			{"v1.2", pdf, "v1.2.pdf"},
			{"\u202efdp.exe", pdf, "fdp.pdf"},
			{"a\u202etxt.exe\u2066", pdf, "atxt.pdf"},
			{"..\\..\\boot.ini", pdf, "boot.pdf"},
			{"/etc/passwd", pdf, "passwd.pdf"},
			{".htaccess", pdf, "htaccess.pdf"},
			{"...", pdf, "document.pdf"},
			{"licence.exe. ", pdf, "licence.pdf"},
			{"new\u0085line.pdf", pdf, "new line.pdf"},
			{long + ".hta", pdf, long[:3*196] + ".pdf"},
		}
		for i := 0; i < len(names); i += 10 { // as many as one submission may have
			part := names[i:min(i+10, len(names))]
			var files [][2]string
			for _, c := range part {
				files = append(files, [2]string{c[0], c[1]})
			}
			a := w.Owner(fmt.Sprint("Acme ", i))
			payload := upload(w, a, portaltest.CreditCode(7700+i), files...)
			if list, _ := payload["userErrors"].([]any); len(list) > 0 {
				t.Fatalf("5.2: %v", list)
			}
			read := w.Must(a, papers, map[string]any{"id": a.AccountID})
			for n, c := range part {
				if got := portaltest.String(read, "account", "verification", "documents", n, "name"); got != c[2] {
					t.Errorf("5.2: %q is %q, want %q", c[0], got, c[2])
				}
			}
		}
	})
}

func TestDocumentsThatAreRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Acme")
		number := portaltest.CreditCode(7500)
		code := func(payload map[string]any) string { return portaltest.String(payload, "userErrors", 0, "code") }
		t.Run("5.2: a file that isn't a PDF, PNG or JPEG is refused under any name", func(t *testing.T) {
			payload := upload(w, a, number, [2]string{"a.pdf", pdf}, [2]string{"b.pdf", "<html><script>alert(1)</script></html>"})
			if code(payload) != "DOCUMENT_REFUSED" || fmt.Sprint(portaltest.At(payload, "userErrors", 0, "field")) != "[input documents 1]" {
				t.Fatalf("%v", payload)
			}
		})
		t.Run("5.2: an empty file isn't taken", func(t *testing.T) {
			if payload := upload(w, a, number, [2]string{"a.pdf", ""}); code(payload) != "DOCUMENT_REFUSED" {
				t.Fatalf("%v", payload)
			}
		})
		t.Run("1.3: of a submission that is refused no file stays", func(t *testing.T) {
			if payload := upload(w, a, "1", [2]string{"a.pdf", pdf}); code(payload) != "REGISTRATION_NUMBER_INVALID" {
				t.Fatalf("%v", payload)
			}
			if n := kept(w); n != 0 {
				t.Fatalf("%d files stay", n)
			}
		})
	})
}

func TestDocumentsAreCountedAndMeasured(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Acme")
		number := portaltest.CreditCode(7600)
		large := func(size int) account.Upload {
			return account.Upload{Name: "a.pdf", Body: strings.NewReader(pdf + strings.Repeat(" ", size-len(pdf)))}
		}
		submit := func(files ...account.Upload) error {
			_, err := account.SubmitVerification(w.As(a), w.Portal.Store, w.Portal.Files, account.SubmitVerificationInput{AccountID: a.AccountID,
				Kind: verification.KindMAINLAND_COMPANY, LegalName: "Acme", Country: "CN", RegistrationNumber: number, Documents: files})
			return err
		}
		is := func(err error, want clause.Refusal) bool { r, ok := err.(clause.Refusal); return ok && r.Is(want) }
		t.Run("5.2: eleven files aren't taken", func(t *testing.T) {
			var eleven []account.Upload
			for range 11 {
				eleven = append(eleven, large(len(pdf)))
			}
			if err := submit(eleven...); !is(err, account.DocumentRefused) {
				t.Fatal(err)
			}
		})
		t.Run("5.2: a file of one byte more than 10 MiB isn't taken", func(t *testing.T) {
			if err := submit(large(len(pdf)), large(10<<20+1)); !is(err, account.DocumentRefused) {
				t.Fatal(err)
			}
			if n := kept(w); n != 0 {
				t.Fatalf("%d files stay", n)
			}
		})
		t.Run("5.2: ten files are taken, one of them of 10 MiB", func(t *testing.T) {
			ten := []account.Upload{large(10 << 20)}
			for range 9 {
				ten = append(ten, large(len(pdf)))
			}
			if err := submit(ten...); err != nil {
				t.Fatal(err)
			}
			if n := kept(w); n != 10 {
				t.Fatalf("%d files are kept", n)
			}
		})
	})
}
