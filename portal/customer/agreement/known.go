package agreement

import (
	"time"

	"portico/calendar"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/notice"
	"portico/ent/db/terms"
	posted "portico/portal/correspondence/notice"
)

// knownKey is where a store keeps which versions there are, so that not every
// order and report of usage asks. It may be behind what another replica
// published by knownFor; conduct is recorded with the next use then.
type knownKey struct{}

const knownFor = 2 * time.Second

type known struct {
	at   time.Time
	rows []*db.Terms
}

// forget makes the next look see what has been published.
func forget(s *ent.Store) { s.Memo().Delete(knownKey{}) }

// byConduct are the versions in force that amend an earlier one and ask for no
// click, by what is known of the versions.
func byConduct(tx *ent.Tx) ([]*db.Terms, error) {
	s := tx.Store()
	k, ok := s.Memo().Load(knownKey{})
	if !ok || calendar.Left(k.(known).at, knownFor, tx.Wall) == 0 {
		q := tx.Terms.Query().Order(db.Desc(terms.FieldEffectiveAt, terms.FieldID))
		q.Select(terms.FieldID, terms.FieldKind, terms.FieldExplicit, terms.FieldEffectiveAt)
		rows, err := q.All(tx)
		if err != nil {
			return nil, err
		}
		for _, t := range rows { // they outlive the transaction
			t.Unwrap()
		}
		k = known{tx.Wall, rows}
		s.Memo().Store(knownKey{}, k)
	}
	var due []*db.Terms
	for _, t := range k.(known).rows {
		if !t.EffectiveAt.After(tx.Now) {
			due = append(due, t)
		}
	}
	latest, amends := inForce(due)
	var list []*db.Terms
	for _, t := range latest {
		if amends[t.ID] && !t.Explicit {
			list = append(list, t)
		}
	}
	return list, nil
}

// announcedKey is where a store keeps the notice of a version, which never
// changes.
type announcedKey struct{ termsID string }

// announcement is the notice by which a version was announced.
type announcement struct {
	noticeID string
	sentAt   time.Time
}

// announced finds the notice of a version; false if it was never announced.
func announced(tx *ent.Tx, termsID string) (announcement, bool, error) {
	if a, ok := tx.Store().Memo().Load(announcedKey{termsID}); ok {
		return a.(announcement), true, nil
	}
	row, err := tx.Notice.Query().Where(notice.Kind(string(posted.Terms)), notice.SubjectID(termsID)).
		Order(db.Asc(notice.FieldSequence)).First(tx)
	if db.IsNotFound(err) {
		return announcement{}, false, nil
	}
	if err != nil {
		return announcement{}, false, err
	}
	a := announcement{row.ID, row.PublishedAt}
	tx.Store().Memo().Store(announcedKey{termsID}, a)
	return a, true, nil
}
