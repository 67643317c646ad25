package staff

import (
	"context"
	"slices"
	"strings"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/grant"
	"portico/portal/kernel/lastuse"
)

// usesWritten is how many uses one statement writes.
const usesWritten = 500

// KeepUses writes the uses of grants that this process has collected (1.5): one statement
// for each 500 grants, and for each grant one use a day. A use that another replica wrote
// later on the same day stays. Servers call it once a minute and when they stop.
func KeepUses(ctx context.Context, s *ent.Store) error {
	ctx = authz.With(ctx, authz.AsSystem("grant.uses"))
	for ids := range slices.Chunk(lastuse.Take(s), usesWritten) {
		err := s.Write(ctx, func(tx *ent.Tx) error {
			return tx.Grant.Update().Where(grant.IDIn(ids...), grant.Or(grant.UsedAtIsNil(), grant.UsedAtLT(tx.Now))).
				SetUsedAt(tx.Now).SetIdleSince(tx.Now).Exec(tx)
		})
		if err != nil {
			lastuse.Return(s, ids)
			return err
		}
	}
	return nil
}

// WatchGrants begins to watch the uses of grants that a server of an earlier release gave,
// so that none of them counts as unused for the time in which nobody watched.
func WatchGrants(ctx context.Context, s *ent.Store) error {
	return s.Write(ctx, func(tx *ent.Tx) error {
		return tx.Grant.Update().Where(grant.IdleSinceIsNil()).SetIdleSince(tx.Now).Exec(tx)
	})
}

const (
	// StandardUnused is for how many days a grant wasn't used if a review doesn't name
	// another number.
	StandardUnused = 90
	// mostUnused is the largest number of days that a review can name.
	mostUnused = 3650
)

// UnusedGrant is a grant in a review of who still needs what. As an object of the API it
// is another one than the grant, and has an id of its own.
type UnusedGrant struct{ *db.Grant }

// The prefixes of ids: of grants, and of grants in a review.
const (
	grantPrefix  = "grnt_"
	reviewPrefix = "idle_"
)

// NodeID is the global id.
func (g *UnusedGrant) NodeID() string { return reviewPrefix + strings.TrimPrefix(g.ID, grantPrefix) }

// OfReview returns the id of the grant that an id of [UnusedGrant] is about; false if the
// id is another one.
func OfReview(id string) (string, bool) {
	of, ok := strings.CutPrefix(id, reviewPrefix)
	return grantPrefix + of, ok
}

// Unused returns the condition that a grant wasn't used for a number of days, 1 to 3,650.
// A grant that was given within these days, or whose use is watched for
// fewer, isn't among them. The refusal is BAD_REQUEST.
func Unused(days int, now time.Time) (func(*entsql.Selector), error) {
	if days < 1 || days > mostUnused {
		return nil, clause.Malformed.With("detail", text("unusedForDays 须为 1 至 3650", "unusedForDays must be 1 to 3,650"))
	}
	return grant.IdleSinceLTE(now.AddDate(0, 0, -days)), nil
}
