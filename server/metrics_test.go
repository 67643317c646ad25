package server_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"portico/portal"
	"portico/portal/portaltest"
	"portico/server"
	"portico/server/metrics"
)

// measured is what /metrics says: the names of families, and the values by their
// series.
func measured(t *testing.T, url string) (names []string, values map[string]float64) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return parsed(resp.Body)
}

// parsed reads the format of Prometheus.
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

// failures are the series of failures of the API.
func failures(w *portaltest.World) map[string]float64 {
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

// The page for those who run the server names every metric that there is, and
// none that there isn't.
func TestTheOperationsPageHasEveryMetric(t *testing.T) {
	names, values := measuredOnceWarm(t)
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+\\*?)` \\|").FindAllSubmatch(page, -1) {
		if strings.HasPrefix(string(m[1]), "portico_") || strings.HasSuffix(string(m[1]), "*") {
			documented[string(m[1])] = true
		}
	}
	for _, name := range names {
		prefix, _, _ := strings.Cut(name, "_")
		if !documented[name] && (prefix == "portico" || !documented[prefix+"_*"]) {
			t.Errorf("docs/operations.md doesn't name %s", name)
		}
		delete(documented, name)
	}
	for name := range documented {
		if !strings.HasSuffix(name, "*") {
			t.Errorf("docs/operations.md names %s, which there isn't", name)
		}
	}
	if !slices.Contains(names, "portico_graphql_failures_total") || len(names) < 20 {
		t.Errorf("only %v", names)
	}
	if _, is := values[`portico_graphql_failures_total{code="INTERNAL",operation="placeOrder"}`]; !is {
		t.Error("the count of an operation doesn't begin at 0")
	}
}

// measuredOnceWarm serves an empty database, and returns its metrics once it is
// ready and a job has been done: some metrics are of jobs that have been done.
func measuredOnceWarm(t *testing.T) (names []string, values map[string]float64) {
	t.Helper()
	c := settings(t)
	c.Listen, c.Private = free(t), free(t)
	c.Database = "sqlite:" + filepath.Join(c.Data, "portico.db")
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- server.Run(ctx, c, func(context.Context, *portal.Portal) error { close(ready); return nil })
	}()
	<-ready
	if !awaited(t, func() bool {
		resp, err := http.Get("http://" + c.Listen + "/readyz")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}) {
		t.Fatal("it doesn't get ready")
	}
	if !awaited(t, func() bool {
		names, values = measured(t, "http://"+c.Private+"/metrics")
		return slices.Contains(names, "portico_job_last_success_timestamp_seconds")
	}) {
		t.Error("no job is done")
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return names, values
}

// Nobody can make up series: what isn't a field of the schema is counted together.
func TestNobodyMakesUpSeries(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	before := len(failures(w))
	for _, body := range []string{`{"query":"{ inventedByMe }"}`, `{"query":"query inventedByMe { inventedByMe: __typename }"}`, `{"query":"mutation inventedByMe { inventedByMe: signOut(input: {}) { userErrors { code } } }"}`} {
		request(w, http.MethodPost, "/graphql", body, nil, nobody)
		request(w, "INVENTED", "/invented-by-me", body, nil, nobody)
	}
	if after := len(failures(w)); after != before {
		t.Errorf("5.4: %d series, before that %d", after, before)
	}
}

// What the database's driver has to say is a line of our log.
func TestTheDriverWritesOurLog(t *testing.T) {
	var log bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(old) })
	mysql.NewConfig().Logger.Print("packets.go:58 ", io.ErrUnexpectedEOF) // the logger that new connections are given
	if !strings.Contains(log.String(), `"msg":"database driver"`) || !strings.Contains(log.String(), "unexpected EOF") {
		t.Errorf("%s", log.String())
	}
}
