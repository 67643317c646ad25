package apikey

import (
	"context"
	"log/slog"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"portico/authz"
	"portico/calendar"
	"portico/ent"
	dbapikey "portico/ent/db/apikey"
)

const (
	// usedEvery is how old the last use of a key may be before it is noted again.
	usedEvery = time.Hour
	// mostUsed is the number of keys whose last use a process remembers; others are
	// noted more often.
	mostUsed = 10_000
	// usedBound is how long a note of a use may take.
	usedBound = 2 * time.Second
)

// noted holds when a process last noted the use of each key.
var noted = ent.Keep(func(*ent.Store) *lru.Cache[string, time.Time] {
	cache, err := lru.New[string, time.Time](mostUsed)
	if err != nil {
		panic(err) // the size is positive
	}
	return cache
})

// Used notes that an API key was used: at most once an hour in each process, by one
// conditional update. The server calls it for the sender of each request. A note that
// fails is logged, and the request goes on.
func Used(ctx context.Context, s *ent.Store, p *authz.Principal) {
	if p.Kind != authz.APIKey {
		return
	}
	seen, wall := noted.Of(s), s.Wall()
	if last, was := seen.Get(p.ID); was && calendar.Left(last, usedEvery, wall) > 0 {
		return
	}
	seen.Add(p.ID, wall)
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), usedBound)
	defer done()
	err := s.Write(authz.With(ctx, authz.AsSystem("apiKey.used")), func(tx *ent.Tx) error {
		return tx.ApiKey.Update().Where(dbapikey.ID(p.ID), dbapikey.Or(dbapikey.LastUsedAtIsNil(), dbapikey.LastUsedAtLTE(tx.Wall.Add(-usedEvery)))).
			SetLastUsedAt(tx.Wall).Exec(tx)
	})
	if err != nil {
		slog.WarnContext(ctx, "use of an API key not noted", "correlation_id", p.Correlation, "error", err)
	}
}
