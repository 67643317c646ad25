package web

import (
	"net/http"
	"sync"

	"portico/authz"
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
