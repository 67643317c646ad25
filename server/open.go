package server

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"portico/authz"
	"portico/calendar"
	"portico/clause"
	"portico/server/transport"
)

// How many requests may be under way if the settings don't say.
const (
	standardOpen    = 64
	standardOpenAll = 2000
	// keysShare is how many times as many a service credential may have.
	keysShare = 4
)

// places counts the requests under way, of each sender and in all: whoever
// doesn't read its answers holds no more of them than that (5.4). Streams are
// counted here until they have begun; then they have bounds of their own.
type places struct {
	mu        sync.Mutex
	of        map[string]int
	all       int
	each, sum int
}

func newPlaces(each, all int) *places {
	if each == 0 {
		each = standardOpen
	}
	if all == 0 {
		all = standardOpenAll
	}
	return &places{of: map[string]int{}, each: each, sum: all}
}

func (p *places) enter(who string, most int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all >= p.sum || p.of[who] >= most {
		return false
	}
	p.all++
	p.of[who]++
	return true
}

// open is how many are under way.
func (p *places) open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all
}

func (p *places) leave(who string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if p.of[who]--; p.of[who] == 0 {
		delete(p.of, who)
	}
}

// seated gives each request a place until it is answered; where there is none it
// is THROTTLED, 429 (5.4).
func seated(p *places, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, most := sender(r.Context()), p.each
		if authz.From(r.Context()).Kind == authz.Key {
			most *= keysShare
		}
		if !p.enter(who, most) {
			turnAway(w, r, http.StatusTooManyRequests, clause.Throttled.With("retryAfter", 1))
			return
		}
		leave := sync.OnceFunc(func() { p.leave(who) })
		defer leave()
		if r.URL.Path == "/graphql" && transport.Streams(r) {
			r = r.WithContext(transport.Seat(r.Context(), leave))
		}
		next.ServeHTTP(w, r)
	})
}

// turnAway answers a request that isn't served with an error in the API's form.
func turnAway(w http.ResponseWriter, r *http.Request, status int, err error) {
	ctx := clause.WithLang(r.Context(), transport.Language(r.Header.Get("Accept-Language")))
	shown := presented(ctx, err)
	h := w.Header()
	if wait, ok := shown.Extensions["retryAfter"]; ok {
		h.Set("Retry-After", fmt.Sprint(wait))
	}
	body, err := json.Marshal(map[string]any{"errors": []any{shown}})
	if err != nil {
		panic(err) // errors are shown as JSON everywhere
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		slog.Debug("answer not written", "error", err)
	}
}

// How long a peer may take to read an answer: a time, and more for a long one.
// What isn't read by then is cut.
const (
	readTime  = 10 * time.Second
	readSpeed = 32 << 10 // bytes a second
)

// limitReading bounds how long the peer may take to read an answer of so many
// bytes that begins now. Streams bound each of their writes instead.
func limitReading(w http.ResponseWriter, bytes int64) {
	last := calendar.Real{}.Now().Add(readTime + time.Duration(max(0, bytes))*time.Second/readSpeed)
	_ = http.NewResponseController(w).SetWriteDeadline(last) // a recorder of tests has none
}
