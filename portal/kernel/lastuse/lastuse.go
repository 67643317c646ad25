// Package lastuse collects in memory which grants decisions rested on, so that
// their last use can be written without a write per request.
package lastuse

import (
	"sync"
	"time"

	"portico/authz"
	"portico/ent"
)

// most bounds how many grants of a day are remembered, and how many wait to be written.
// Beyond it a use may be written twice, or not at all.
const most = 200_000

// collected is what a store remembers of one day. What isn't written yet is lost if the
// process is killed: at most a minute of uses, see [Take].
type collected struct {
	mu      sync.Mutex
	day     time.Time
	seen    map[string]struct{}
	waiting []string
}

var uses = ent.Keep(func(*ent.Store) *collected { return &collected{} })

// Allows is [authz.Principal.Allows], and notes the grant that it rested on.
func Allows(s *ent.Store, p *authz.Principal, perm authz.Permission, o authz.Object, now time.Time) bool {
	allowed, first := p.Exercise(perm, o, now)
	if first != nil {
		Note(s, first.ID, now)
	}
	return allowed
}

// Note notes that a grant is used at an instant of the portal's time. Of each grant and
// day (UTC) one use is noted, in each process.
func Note(s *ent.Store, grantID string, now time.Time) {
	if grantID == "" {
		return
	}
	c, day := uses.Of(s), now.UTC().Truncate(24*time.Hour)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !day.Equal(c.day) || len(c.seen) >= most {
		c.day, c.seen = day, map[string]struct{}{}
	}
	if _, known := c.seen[grantID]; known || len(c.waiting) >= most {
		return
	}
	c.seen[grantID] = struct{}{}
	c.waiting = append(c.waiting, grantID)
}

// Take returns the grants whose use isn't written yet, for a caller that writes it. What
// it can't write it gives back with [Return].
func Take(s *ent.Store) []string {
	c := uses.Of(s)
	c.mu.Lock()
	defer c.mu.Unlock()
	ids := c.waiting
	c.waiting = nil
	return ids
}

// Return gives back grants that [Take] returned and that couldn't be written.
func Return(s *ent.Store, ids []string) {
	c := uses.Of(s)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = append(ids, c.waiting...)[:min(len(ids)+len(c.waiting), most)]
}
