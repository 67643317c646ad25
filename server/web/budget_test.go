package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"portico/calendar"
	"portico/portal"
	"portico/portaltest"
	"portico/server"
	"portico/server/servertest"
	"portico/server/web"
)

func throttled(r *httptest.ResponseRecorder) bool {
	var a struct {
		Errors []struct{ Extensions struct{ Code, Clause string } }
	}
	return r.Code == http.StatusTooManyRequests && r.Header().Get("Retry-After") != "" && json.Unmarshal(r.Body.Bytes(), &a) == nil &&
		len(a.Errors) == 1 && a.Errors[0].Extensions.Code == "THROTTLED" && a.Errors[0].Extensions.Clause == "5.4"
}

// paths are one request of each kind.
var paths = []struct{ name, method, path, body string }{
	{"what isn't a document", http.MethodPost, "/graphql", `{"query":"{"}`},
	{"what isn't JSON", http.MethodPost, "/graphql", `{`},
	{"fields that cost nothing", http.MethodPost, "/graphql", servertest.Anything},
	{"fields that are read", http.MethodPost, "/graphql", `{"query":"{ products(first: 1) { nodes { id } } }"}`},
	{"a mutation", http.MethodPost, "/graphql", `{"query":"mutation { createCaptcha(input: {purpose: REGISTER}) { captcha { id } userErrors { code } } }"}`},
	{"a secret that is tried", http.MethodPost, "/graphql", `{"query":"mutation { signIn(input: {login: \"+8613800138000\", password: \"wrong wrong wrong\"}) { userErrors { code } } }"}`},
	{"another method", http.MethodPut, "/graphql", ""},
	{"a notification", http.MethodPost, "/payments/sandbox", "{}"},
	{"the cashier", http.MethodGet, "/sandbox/pay/topu_1", ""},
	{"the public page", http.MethodGet, "/notices", ""},
	{"a notice", http.MethodGet, "/notices/ntce_1", ""},
	{"a link of a message", http.MethodGet, "/links/invitation?token=none", ""},
	{"a file", http.MethodGet, "/files/docu_1", ""},
	{"an invoice", http.MethodGet, "/invoices/invc_1", ""},
	{"GraphiQL", http.MethodGet, "/graphiql/", ""},
	{"what isn't there", http.MethodGet, "/nothing", ""},
}

func TestEveryPathIsChargedToWhoAsks(t *testing.T) {
	w := portaltest.New(t, "sqlite", func(_ *portal.Config, s *server.Config) { s.Budget = 5000 })
	for _, p := range paths {
		t.Run("5.4: "+p.name, func(t *testing.T) {
			w.Wall.Advance(2 * time.Minute)
			for n := 0; ; n++ {
				r := servertest.Request(w, p.method, p.path, p.body, http.Header{"Accept": {"application/graphql-response+json"}}, servertest.Nobody)
				if throttled(r) {
					if n == 0 {
						t.Error("it was refused with a full budget")
					}
					break
				}
				if n > 5000 {
					t.Fatalf("%d times: %d", n, r.Code)
				}
			}
			if r := servertest.Request(w, http.MethodPost, "/graphql", servertest.Anything, nil, "192.0.2.10:1"); r.Code != http.StatusOK {
				t.Errorf("another address: %d", r.Code)
			}
			for _, probe := range []string{"/healthz", "/readyz"} {
				if r := servertest.Request(w, http.MethodGet, probe, "", nil, servertest.Nobody); r.Code != http.StatusOK {
					t.Errorf("%s: %d", probe, r.Code)
				}
			}
		})
	}
}

// Without a setting, one sender may use an eighth of the machine, and a service
// credential half of it.
func TestTheStandardBudgetIsAPartOfTheMachine(t *testing.T) {
	if got, whole := web.StandardBudget(), int64(600_000*runtime.GOMAXPROCS(0)); got*8 != whole {
		t.Errorf("5.4: %d of %d points a minute", got, whole)
	}
	w := portaltest.New(t, "sqlite", func(_ *portal.Config, s *server.Config) { s.Budget = 200 })
	key := http.Header{"Authorization": {"Bearer " + w.Token(w.DataPlane())}}
	servertest.Request(w, http.MethodPost, "/graphql", servertest.Anything, nil, "192.0.2.99:1") // the first parse of a document is charged too
	drain := func(header http.Header) (n int) {
		for !throttled(servertest.Request(w, http.MethodPost, "/graphql", servertest.Anything, header, servertest.Nobody)) {
			if n++; n > 5000 {
				t.Fatal("5.4: no budget")
			}
		}
		return n
	}
	if one, four := drain(nil), drain(key); one == 0 || four < 4*one || four > 4*one+3 {
		t.Errorf("5.4: an address %d requests, a service credential %d", one, four)
	}
}

func TestABodyIsChargedBeforeItIsRead(t *testing.T) {
	w := portaltest.New(t, "sqlite", func(_ *portal.Config, s *server.Config) { s.Budget = 100 })
	for name, length := range map[string]int64{"announced": 100 << 10, "of no announced length": -1} {
		w.Wall.Advance(2 * time.Minute)
		var first *httptest.ResponseRecorder
		for range 15 { // the rest of the budget doesn't cover the body
			first = servertest.Request(w, http.MethodPost, "/graphql", servertest.Anything, nil, servertest.Nobody)
		}
		r := httptest.NewRequest(http.MethodPost, "/graphql", unreadable{t})
		r.RemoteAddr, r.ContentLength = servertest.Nobody, length
		rec := httptest.NewRecorder()
		w.Handler().ServeHTTP(rec, r)
		if first.Code != http.StatusOK || !throttled(rec) {
			t.Errorf("5.4: a body %s: %d %s", name, rec.Code, rec.Body)
		}
	}
}

// unreadable is a body that must not be read.
type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("5.4: the body was read before it was paid for")
	return 0, io.EOF
}

// waiting is a body that signals when it is read, and then blocks.
type waiting struct {
	read chan struct{}
	end  chan struct{}
}

func (b waiting) Read([]byte) (int, error) {
	b.read <- struct{}{}
	<-b.end
	return 0, io.EOF
}

func TestRequestsUnderWayAreBounded(t *testing.T) {
	for _, c := range []struct {
		name       string
		each, all  int
		from       [2]string
		other      string
		otherToo   bool
		refusedToo bool
	}{
		{"of one address", 2, 100, [2]string{servertest.Nobody, servertest.Nobody}, "192.0.2.10:1", false, true},
		{"in all", 100, 2, [2]string{servertest.Nobody, "192.0.2.11:1"}, "192.0.2.10:1", true, true},
		{"within the bounds", 3, 3, [2]string{servertest.Nobody, servertest.Nobody}, "192.0.2.10:1", false, false},
	} {
		t.Run("5.4: "+c.name, func(t *testing.T) {
			w := portaltest.New(t, "sqlite", func(_ *portal.Config, s *server.Config) { s.OpenRequests, s.OpenTotal = c.each, c.all })
			body := waiting{make(chan struct{}), make(chan struct{})}
			ended := make(chan struct{})
			for _, from := range c.from {
				go func() {
					defer func() { ended <- struct{}{} }()
					r := httptest.NewRequest(http.MethodPost, "/graphql", body)
					r.RemoteAddr = from
					r.Header.Set("Content-Type", "application/json")
					w.Handler().ServeHTTP(httptest.NewRecorder(), r)
				}()
				<-body.read
			}
			if got := throttled(servertest.Request(w, http.MethodPost, "/graphql", servertest.Anything, nil, servertest.Nobody)); got != c.refusedToo {
				t.Errorf("the third: throttled %v", got)
			}
			if got := throttled(servertest.Request(w, http.MethodPost, "/graphql", servertest.Anything, nil, c.other)); got != c.otherToo {
				t.Errorf("another address: throttled %v", got)
			}
			if r := servertest.Request(w, http.MethodGet, "/readyz", "", nil, servertest.Nobody); r.Code != http.StatusOK {
				t.Errorf("a probe: %d", r.Code)
			}
			close(body.end)
			for range c.from {
				<-ended
			}
			if r := servertest.Request(w, http.MethodPost, "/graphql", servertest.Anything, nil, servertest.Nobody); r.Code != http.StatusOK {
				t.Errorf("once they have ended: %d %s", r.Code, r.Body)
			}
		})
	}
}

// slow is a client's response writer that records the write deadline.
type slow struct {
	*httptest.ResponseRecorder
	last []time.Time
}

// SetWriteDeadline implements the interface of http.ResponseController.
func (s *slow) SetWriteDeadline(at time.Time) error {
	s.last = append(s.last, at)
	return nil
}

func TestAnAnswerIsReadInTimeOrCut(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	get := func(method, path, body string) time.Duration {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.RemoteAddr = servertest.Nobody
		r.Header.Set("Content-Type", "application/json")
		s := &slow{ResponseRecorder: httptest.NewRecorder()}
		began := calendar.Real{}.Now()
		w.Handler().ServeHTTP(s, r)
		if len(s.last) != 1 || !s.last[0].After(began) {
			t.Fatalf("%s: deadlines %v", path, s.last)
		}
		return s.last[0].Sub(began)
	}
	short := get(http.MethodPost, "/graphql", servertest.Anything)
	long := get(http.MethodPost, "/graphql", `{"query":"{ __schema { types { name description fields { name description } } } }"}`)
	if long <= short {
		t.Errorf("5.4: a long answer has %s, a short one %s", long, short)
	}
	for _, path := range []string{"/notices", "/graphiql/", "/files/docu_1", "/nothing"} {
		get(http.MethodGet, path, "")
	}
}

func TestHTTPSIsAskedForWhereItIsServed(t *testing.T) {
	for base, want := range map[string]string{"https://portal.example": "max-age=31536000", "http://portal.example": ""} {
		w := portaltest.New(t, "sqlite", func(_ *portal.Config, s *server.Config) { s.BaseURL = base })
		for _, path := range []string{"/graphql", "/notices", "/nothing"} {
			if got := servertest.Request(w, http.MethodGet, path, "", nil, servertest.Nobody).Header().Get("Strict-Transport-Security"); got != want {
				t.Errorf("5.7: %s%s: %q", base, path, got)
			}
		}
	}
}

func TestABudgetIsNeitherLostNorGrownWhenTheClockSteps(t *testing.T) {
	w := portaltest.New(t, "sqlite", func(_ *portal.Config, s *server.Config) { s.Budget = 1000 })
	spend := func() (n int) {
		for ; n <= 1000; n++ {
			if throttled(servertest.Request(w, http.MethodPost, "/graphql", servertest.Anything, http.Header{"Accept": {"application/graphql-response+json"}}, servertest.Nobody)) {
				return n
			}
		}
		return n
	}
	_ = servertest.Request(w, http.MethodPost, "/graphql", servertest.Anything, nil, servertest.Nobody) // the first parse of a document is charged
	w.Wall.Advance(time.Minute)
	whole := spend()
	if whole == 0 || whole > 1000 {
		t.Fatalf("%d requests a minute", whole)
	}
	const weeks = 40 * 24 * time.Hour
	w.Wall.Advance(weeks)
	if got := spend(); got != whole {
		t.Errorf("5.4: 40 days ahead: %d requests, want a minute's %d", got, whole)
	}
	w.Wall.Advance(-weeks)
	if got := spend(); got != 0 {
		t.Errorf("5.4: put back: %d requests of nothing", got)
	}
	w.Wall.Advance(time.Minute)
	if got := spend(); got != whole {
		t.Errorf("5.4: a minute after it was put back: %d requests, want %d", got, whole)
	}
}

func TestBudgets(t *testing.T) {
	w := portaltest.New(t, "sqlite", func(_ *portal.Config, s *server.Config) { s.Budget = 60 })
	spend := func(from string) *httptest.ResponseRecorder {
		return servertest.Request(w, http.MethodPost, "/graphql", `{"query":"{ viewer { person { id } } }"}`, http.Header{"Accept": {"application/graphql-response+json"}}, from)
	}
	drain := func(from string) (n int, last *httptest.ResponseRecorder) {
		for n = 0; n < 1000; n++ {
			if last = spend(from); strings.Contains(last.Body.String(), "THROTTLED") {
				return n, last
			}
		}
		t.Fatal("5.4: no budget")
		return 0, nil
	}
	spend("192.0.2.99:1") // the first parse of a document is charged too
	all, last := drain(servertest.Nobody)
	t.Run("5.4: a spent budget is refused with the clause and the seconds to wait", func(t *testing.T) {
		if all == 0 || last.Code != http.StatusTooManyRequests || !strings.Contains(last.Body.String(), `"clause":"5.4"`) || last.Header().Get("Retry-After") == "" {
			t.Errorf("%d: %d %v %s", all, last.Code, last.Header(), last.Body)
		}
	})
	t.Run("5.4: another address has its own", func(t *testing.T) {
		if n, _ := drain("192.0.2.10:1"); n != all {
			t.Errorf("%d, want %d", n, all)
		}
	})
	t.Run("5.4: half a minute fills half of it, two minutes no more than all", func(t *testing.T) {
		w.Wall.Advance(30 * time.Second)
		if n, _ := drain(servertest.Nobody); n != all/2 {
			t.Errorf("%d, want %d", n, all/2)
		}
		w.Wall.Advance(2 * time.Minute)
		if n, _ := drain(servertest.Nobody); n != all {
			t.Errorf("%d, want %d", n, all)
		}
	})
	t.Run("5.4: a clock that steps back gives nothing and takes nothing for good", func(t *testing.T) {
		w.Wall.Advance(-time.Hour)
		if n, last := drain(servertest.Nobody); n != 0 || !slices.Contains([]string{"1", "2", "3", "4"}, last.Header().Get("Retry-After")) {
			t.Errorf("%d, wait %s", n, last.Header().Get("Retry-After"))
		}
		w.Wall.Advance(30 * time.Second)
		if n, _ := drain(servertest.Nobody); n != all/2 {
			t.Errorf("%d, want %d", n, all/2)
		}
	})
	t.Run("5.4: what costs more than a minute's worth takes all of it", func(t *testing.T) {
		w.Wall.Advance(2 * time.Minute)
		r := servertest.Request(w, http.MethodPost, "/graphql", `{"query":"{ products(first: 100) { nodes { id name } } }"}`, nil, servertest.Nobody)
		if !strings.Contains(r.Body.String(), "prod_") {
			t.Errorf("%s", r.Body)
		}
		if n, _ := drain(servertest.Nobody); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}
