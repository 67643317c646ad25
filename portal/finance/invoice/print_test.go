package invoice_test

import (
	"bytes"
	"compress/zlib"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"portico/ent/db/auditevent"
	"portico/portal"
	"portico/portal/finance/invoice"
	"portico/portaltest"
	"portico/server"
)

// fetch requests a link as an actor; nil is a visitor.
func fetch(w *portaltest.World, a *portaltest.Actor, link string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, link, nil)
	if a != nil {
		r.Header.Set("Authorization", "Bearer "+w.Token(a))
	}
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	return rec
}

// issued requests an invoice and issues it; it returns the invoice as the
// company reads it.
func issued(w *portaltest.World, c company, amount string) map[string]any {
	w.T.Helper()
	id, finance := requested(w, c, amount), w.Operator("operator-finance")
	w.Done(finance, approveDoc, one(id))
	w.Done(finance, issueDoc, one(id))
	node, _ := portaltest.At(w.Must(c.Actor, accountDoc, map[string]any{"id": c.AccountID}), "account", "invoices", "nodes", 0).(map[string]any)
	return node
}

func TestTheDocument(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		const title = "北京\U0002C35B\U0002B5AF氏科技(中国)有限公司"
		c := verified(w, "Rare", title, "MAINLAND_COMPANY", "CN", portaltest.CreditCode(serials+21))
		pay(w, c, 10000)
		t.Run("3.9: rare characters are printed, and can be searched", func(t *testing.T) {
			node := issued(w, c, "100.00")
			link := portaltest.String(node, "downloadUrl")
			rec := fetch(w, c.Actor, link)
			h := rec.Header()
			if rec.Code != http.StatusOK || h.Get("Content-Type") != "application/pdf" || h.Get("Content-Disposition") != `attachment; filename=2026G00000001.pdf` ||
				h.Get("Cache-Control") != "private, no-store" || h.Get("Content-Length") != strconv.Itoa(rec.Body.Len()) {
				t.Fatalf("%d %v", rec.Code, h)
			}
			text := read(t, rec.Body.Bytes())
			for _, want := range []string{title, c.number, "2026G00000001", "2026年03月02日", invoice.DemoSeller.Name, invoice.DemoSeller.Number,
				"电子发票（增值税普通发票）", "General VAT invoice", "壹佰元整", "¥100.00", "金额（含税）", "Page 1 of 1"} {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in the document:\n%s", want, text)
				}
			}
			if again := fetch(w, c.Actor, link); !bytes.Equal(again.Body.Bytes(), rec.Body.Bytes()) {
				t.Error("the same invoice is other bytes the second time")
			}
			if rec.Body.Len() > 300_000 {
				t.Errorf("%d bytes: the whole font is in it", rec.Body.Len())
			}
		})
	})
}

func TestADocumentOfManyLines(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		c := company{w.Funded("Many", "45000.00"), "Many Ltd", ""}
		c.number = portaltest.String(w.Must(c.Actor, `query($id: ID!) { account(id: $id) { legalEntity { registrationNumber } } }`, map[string]any{"id": c.AccountID}),
			"account", "legalEntity", "registrationNumber")
		ordered(w, c, 30)
		node := issued(w, c, "45000.00")
		text := read(t, fetch(w, c.Actor, portaltest.String(node, "downloadUrl")).Body.Bytes())
		orders, err := w.Portal.Store.Read().Order.Query().All(w.System())
		if err != nil || len(orders) != 30 {
			t.Fatal(len(orders), err)
		}
		for _, o := range orders {
			if strings.Count(text, o.Number) != 1 {
				t.Errorf("order %s is %d times in it", o.Number, strings.Count(text, o.Number))
			}
		}
		for want, n := range map[string]int{"Page 2 of 2": 1, "续页": 1, "¥1,500.00": 30, "¥45,000.00": 1, "肆万伍仟元整": 1, "购买方": 1} {
			if got := strings.Count(text, want); got != n {
				t.Errorf("%q is %d times in it, want %d", want, got, n)
			}
		}
		if portaltest.String(node, "items", 29, "subject", "id") != orders[29].ID {
			t.Errorf("the last item is of %v", portaltest.At(node, "items", 29))
		}
	})
}

// further returns a font that has U+2C34D in place of U+2C35B of Noto Sans SC.
func further(t *testing.T) []byte {
	t.Helper()
	font, err := os.ReadFile("font/NotoSansSC_400Regular.ttf")
	if err != nil {
		t.Fatal(err)
	}
	was := []byte{0, 2, 0xC3, 0x5B, 0, 2, 0xC3, 0x5B}
	if n := bytes.Count(font, was); n != 1 {
		t.Fatalf("the font maps U+2C35B %d times", n)
	}
	return bytes.Replace(font, was, []byte{0, 2, 0xC3, 0x4D, 0, 2, 0xC3, 0x4D}, 1)
}

func TestACharacterThatNoFontHas(t *testing.T) {
	const title = "上海\U0002C34D\U0002C35B有限公司"
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		c := verified(w, "Missing", title, "MAINLAND_COMPANY", "CN", portaltest.CreditCode(serials+22))
		pay(w, c, 10000)
		got := w.Refused(c.Actor, requestDoc, c.asks("1.00"))
		if got.Code != "INVOICE_CHARACTER_MISSING" || got.Clause != "3.9" || strings.Join(got.Field, ".") != "input.title" ||
			!strings.Contains(got.Message, "U+2C34D") || strings.Contains(got.Message, "U+2C35B") {
			t.Errorf("%+v", got)
		}
		if invoiceable(w, c) != "100.00" {
			t.Error("the refusal claimed something")
		}
		font := func(c *portal.Config, _ *server.Config) { c.InvoiceFonts = [][]byte{further(t)} }
		more := portaltest.Open(t, w.Engine, w.Database, font)
		node := issued(more, c, "1.00")
		text := read(t, fetch(more, c.Actor, portaltest.String(node, "downloadUrl")).Body.Bytes())
		if !strings.Contains(text, title) {
			t.Errorf("%q is not in\n%s", title, text)
		}
	})
	for what, data := range map[string][]byte{"nothing": nil, "a text": []byte("no font at all"), "half a font": further(t)[:5_000_000]} {
		if _, err := invoice.NewPrinter(invoice.DemoSeller, data); err == nil {
			t.Errorf("%s is taken for a font", what)
		}
	}
}

func TestNoInvoiceIsIssuedWithoutASeller(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		c, finance := mainland(w, "Seller", 23, 1000), w.Operator("operator-finance")
		id := requested(w, c, "1.00")
		w.Done(finance, approveDoc, one(id))
		w.AddTotp(finance)
		real := portaltest.Open(t, w.Engine, w.Database, portaltest.NoSandbox)
		if got := real.Refused(finance, issueDoc, one(id)); got.Code != "INVOICE_SELLER_NOT_SET" || got.Clause != "3.9" {
			t.Errorf("%+v", got)
		}
		if got := portaltest.String(w.Done(finance, issueDoc, one(id)), "invoice", "number"); got != "2026G00000001" {
			t.Errorf("the refusal left a gap: %s", got)
		}
	})
}

func TestLinksToInvoices(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		c := mainland(w, "Linked", 24, 1000)
		waiting := requested(w, c, "1.00")
		open := w.Must(c.Actor, accountDoc, map[string]any{"id": c.AccountID})
		if got := portaltest.At(open, "account", "invoices", "nodes", 0, "downloadUrl"); got != nil {
			t.Errorf("what isn't issued has a link: %v", got)
		}
		node := issued(w, c, "1.00")
		link := portaltest.String(node, "downloadUrl")
		path, query, _ := strings.Cut(link, "?")
		for what, x := range map[string]struct {
			by     *portaltest.Actor
			link   string
			status int
		}{
			"another id":        {c.Actor, invoice.Path + waiting + "?" + query, http.StatusNotFound},
			"no signature":      {c.Actor, path, http.StatusNotFound},
			"another expiry":    {c.Actor, path + "?" + strings.Replace(query, "exp=", "exp=9", 1), http.StatusNotFound},
			"another session":   {c.Actor, path + "?" + strings.Replace(query, "as=", "as=x", 1), http.StatusNotFound},
			"a document's path": {c.Actor, strings.Replace(link, invoice.Path, "/files/", 1), http.StatusNotFound},
			"its own":           {c.Actor, link, http.StatusOK},
			"a plain link":      {nil, link, http.StatusOK},
		} {
			if got := fetch(w, x.by, x.link).Code; got != x.status {
				t.Errorf("%s: %d, want %d", what, got, x.status)
			}
		}
		finance := w.Operator("operator-finance")
		theirs := portaltest.String(w.Must(finance, `{ invoices(status: ISSUED) { nodes { downloadUrl } } }`, nil), "invoices", "nodes", 0, "downloadUrl")
		before := openings(w, c)
		if got := fetch(w, finance, theirs).Code; got != http.StatusOK || openings(w, c) != before+1 || before == 0 {
			t.Errorf("6.2: %d; %d openings became %d", got, before, openings(w, c))
		}
		w.Wall.Advance(10*time.Minute - time.Second)
		if got := fetch(w, c.Actor, link).Code; got != http.StatusOK {
			t.Errorf("in its tenth minute: %d", got)
		}
		w.Wall.Advance(time.Second)
		if got := fetch(w, c.Actor, link).Code; got != http.StatusGone {
			t.Errorf("after ten minutes: %d", got)
		}
	})
}

func openings(w *portaltest.World, c company) int {
	return w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action("openInvoice"), auditevent.AccountID(c.AccountID)).CountX(w.System())
}

var (
	objects = regexp.MustCompile(`(?s)(\d+) 0 obj\n(.*?)endobj\n`)
	fontRef = regexp.MustCompile(`/F(\d+) (\d+) 0 R`)
	mapRef  = regexp.MustCompile(`/ToUnicode (\d+) 0 R`)
	mapped  = regexp.MustCompile(`(?m)^<([0-9A-F]{4})> <([0-9A-F]+)>$`)
	shown   = regexp.MustCompile(`/F(\d+) [0-9.]+ Tf|<([0-9A-Fa-f]+)>`)
)

// read returns the text of a document as a reader finds it that implements only
// the standard: each string decoded by the map of its font, one string a line.
func read(t testing.TB, pdf []byte) string {
	t.Helper()
	bodies := map[string][]byte{}
	for _, o := range objects.FindAllSubmatch(pdf, -1) {
		bodies[string(o[1])] = o[2]
	}
	maps := map[string]map[string]string{}
	for _, ref := range fontRef.FindAllSubmatch(pdf, -1) {
		m := mapRef.FindSubmatch(bodies[string(ref[2])])
		if m == nil {
			t.Fatalf("font %s has no map to characters", ref[1])
		}
		chars := map[string]string{}
		for _, l := range mapped.FindAllSubmatch(bodies[string(m[1])], -1) {
			chars[string(l[1])] = decoded(t, string(l[2]))
		}
		maps[string(ref[1])] = chars
	}
	var text strings.Builder
	for _, o := range objects.FindAllSubmatch(pdf, -1) {
		stream := inflated(o[2])
		if !bytes.Contains(stream, []byte("BT\n")) {
			continue
		}
		font := ""
		for _, s := range shown.FindAllSubmatch(stream, -1) {
			if len(s[1]) > 0 {
				font = string(s[1])
				continue
			}
			for glyphs := strings.ToUpper(string(s[2])); len(glyphs) >= 4; glyphs = glyphs[4:] {
				text.WriteString(maps[font][glyphs[:4]])
			}
		}
		text.WriteByte('\n')
	}
	return text.String()
}

// inflated returns the stream of an object, nil if it has no compressed one.
func inflated(object []byte) []byte {
	_, stream, ok := bytes.Cut(object, []byte("stream\n"))
	if !ok || !bytes.Contains(object, []byte("/FlateDecode")) {
		return nil
	}
	r, err := zlib.NewReader(bytes.NewReader(stream))
	if err != nil {
		return nil
	}
	all, _ := io.ReadAll(r)
	return all
}

// decoded returns a text given as UTF-16 in hexadecimal.
func decoded(t testing.TB, hex string) string {
	t.Helper()
	var units []uint16
	for ; len(hex) >= 4; hex = hex[4:] {
		u, err := strconv.ParseUint(hex[:4], 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		units = append(units, uint16(u))
	}
	if hex != "" {
		t.Fatalf("half a unit: %s", hex)
	}
	return string(utf16.Decode(units))
}
