package metrics_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"portico/portal"
	"portico/portaltest"
	"portico/server"
	"portico/server/servertest"
)

// docs/operations.md lists exactly the metrics that exist.
func TestTheOperationsPageHasEveryMetric(t *testing.T) {
	names, values := measuredOnceWarm(t)
	page, err := os.ReadFile("../../docs/operations.md")
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

// measuredOnceWarm serves an empty database and returns its metrics, once it is
// ready and a job has run: some metrics exist only after a job's first run.
func measuredOnceWarm(t *testing.T) (names []string, values map[string]float64) {
	t.Helper()
	c := servertest.Settings(t)
	c.Listen, c.Private = servertest.FreeAddress(t), servertest.FreeAddress(t)
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
	if !servertest.Awaited(t, func() bool {
		resp, err := http.Get("http://" + c.Listen + "/readyz")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}) {
		t.Fatal("it doesn't get ready")
	}
	if !servertest.Awaited(t, func() bool {
		names, values = servertest.Measured(t, "http://"+c.Private+"/metrics")
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

// Clients can't create series: names that aren't fields of the schema are
// counted together.
func TestInventedNamesMakeNoSeries(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	before := len(servertest.Failures(w))
	for _, body := range []string{`{"query":"{ inventedByMe }"}`, `{"query":"query inventedByMe { inventedByMe: __typename }"}`, `{"query":"mutation inventedByMe { inventedByMe: signOut(input: {}) { userErrors { code } } }"}`} {
		servertest.Request(w, http.MethodPost, "/graphql", body, nil, servertest.Nobody)
		servertest.Request(w, "INVENTED", "/invented-by-me", body, nil, servertest.Nobody)
	}
	if after := len(servertest.Failures(w)); after != before {
		t.Errorf("5.4: %d series, before that %d", after, before)
	}
}
