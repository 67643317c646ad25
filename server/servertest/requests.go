package servertest

import (
	"bufio"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"portico/portaltest"
	"portico/server/metrics"
)

// Patience is the maximum time that a test waits for an expected event.
const Patience = 30 * time.Second

// Request sends a request from an address, and returns the answer.
func Request(w *portaltest.World, method, path, body string, header http.Header, from string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = from
	r.Header.Set("Content-Type", "application/json")
	maps.Copy(r.Header, header)
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, r)
	return rec
}

const (
	// Nobody is the address of a visitor.
	Nobody = "192.0.2.9:4711"
	// Anything is the smallest operation.
	Anything = `{"query":"{ __typename }"}`
)

// PublishNotice publishes a notice and returns its id.
func PublishNotice(w *portaltest.World, by *portaltest.Actor, in map[string]any) string {
	w.T.Helper()
	full := map[string]any{"kind": "GENERAL", "audience": map[string]any{"all": true}, "channels": []any{"PUBLIC", "IN_SITE"}, "title": "标题", "body": "正文"}
	for k, v := range in {
		full[k] = v
	}
	p := w.Done(by, `mutation($i: PublishNoticeInput!) { publishNotice(input: $i) { notice { id } userErrors { code field } } }`, map[string]any{"i": full})
	return portaltest.String(p, "notice", "id")
}

// Gone waits until a count is zero.
func Gone(t *testing.T, what string, count func() int) {
	t.Helper()
	if !Awaited(t, func() bool { return count() <= 0 }) {
		t.Fatalf("%d %s are left", count(), what)
	}
}

// Awaited waits until a condition holds; false if it doesn't within [Patience].
func Awaited(t *testing.T, holds func() bool) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}

// Measured returns the metrics at a URL: the names of the families, and the values by
// series.
func Measured(t *testing.T, url string) (names []string, values map[string]float64) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return parsed(resp.Body)
}

// parsed parses metrics in the format of Prometheus.
func parsed(r io.Reader) (names []string, values map[string]float64) {
	values = map[string]float64{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		text := lines.Text()
		if name, is := strings.CutPrefix(text, "# TYPE "); is {
			name, _, _ = strings.Cut(name, " ")
			names = append(names, name)
			continue
		}
		if i := strings.LastIndexByte(text, ' '); i > 0 && !strings.HasPrefix(text, "#") {
			if v, err := strconv.ParseFloat(text[i+1:], 64); err == nil {
				values[text[:i]] = v
			}
		}
	}
	return names, values
}

// Failures returns the series of the API's failures.
func Failures(w *portaltest.World) map[string]float64 {
	rec := httptest.NewRecorder()
	none := &metrics.State{Store: w.Portal.Store, UnderWay: func() int { return 0 }, Streams: func() (int, int) { return 0, 0 }}
	metrics.Handler(none).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	_, values := parsed(rec.Body)
	maps.DeleteFunc(values, func(series string, _ float64) bool {
		return !strings.HasPrefix(series, "portico_graphql_failures_total{")
	})
	if len(values) == 0 {
		w.T.Fatal("no failures are counted")
	}
	return values
}
