package agreement

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/terms"
)

// knownKey is where a store keeps which versions there are, so that an owner's
// every mutation needn't ask. It may be behind what another replica published
// by knownFor; conduct is recorded with the next mutation then.
type knownKey struct{}

const knownFor = 2 * time.Second

type known struct {
	at   time.Time
	rows []*db.Terms
}

// forget makes the next look see what has been published.
func forget(s *ent.Store) { s.Memo().Delete(knownKey{}) }

// amendsByConduct tells whether a version is in force that amends an earlier one
// and asks for no click, by what is known of the versions.
func amendsByConduct(ctx context.Context, s *ent.Store) (bool, error) {
	k, ok := s.Memo().Load(knownKey{})
	if !ok || s.Wall().Sub(k.(known).at) >= knownFor {
		q := s.Read().Terms.Query().Order(db.Desc(terms.FieldEffectiveAt, terms.FieldID))
		q.Select(terms.FieldID, terms.FieldKind, terms.FieldExplicit, terms.FieldEffectiveAt)
		rows, err := q.All(ctx)
		if err != nil {
			return false, err
		}
		k = known{s.Wall(), rows}
		s.Memo().Store(knownKey{}, k)
	}
	now := s.Now()
	var due []*db.Terms
	for _, t := range k.(known).rows {
		if !t.EffectiveAt.After(now) {
			due = append(due, t)
		}
	}
	latest, amends := inForce(due)
	for _, t := range latest {
		if amends[t.ID] && !t.Explicit {
			return true, nil
		}
	}
	return false, nil
}
