package web

import (
	"net/http"
	"sync"

	"portico/authz"
	"portico/clause"
	"portico/server/transport"
)

// The limits of concurrent requests without a setting.
const (
	standardOpen    = 64
	standardOpenAll = 2000
	// keysShare is the factor by which the limits of a service credential are larger.
	keysShare = 4
)

// places counts the concurrent requests of each sender and in total. So a sender that
// doesn't read its answers occupies only a limited number (5.4). A stream is counted here
// until it has begun; then the limits of streams apply.
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

// enter counts a request of a sender; false if a limit is reached.
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

// open returns the number of running requests.
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

// seated counts each request until it is answered. A request over a limit is answered
// 429 with the code THROTTLED (5.4).
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
