package agreement

import (
	"sync/atomic"
	"time"

	"portico/calendar"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/notice"
	"portico/ent/db/terms"
	posted "portico/portal/correspondence/notice"
)

// keptVersions caches the versions, nil if they aren't known, so that not every
// order and usage report queries them. The cache may lag behind other replicas
// by knownFor; continued use is then recorded with the next use.
var keptVersions = ent.Keep(func(*ent.Store) *atomic.Pointer[known] { return new(atomic.Pointer[known]) })

const knownFor = 2 * time.Second

type known struct {
	at   time.Time
	rows []*db.Terms
}

// forget clears the cache after a publication.
func forget(s *ent.Store) { keptVersions.Of(s).Store(nil) }

// byConduct returns the cached versions in force that amend an earlier one
// without a click.
func byConduct(tx *ent.Tx) ([]*db.Terms, error) {
	kept := keptVersions.Of(tx.Store())
	k := kept.Load()
	if k == nil || calendar.Left(k.at, knownFor, tx.Wall) == 0 {
		q := tx.Terms.Query().Order(db.Desc(terms.FieldEffectiveAt, terms.FieldID))
		q.Select(terms.FieldID, terms.FieldKind, terms.FieldExplicit, terms.FieldEffectiveAt)
		rows, err := q.All(tx)
		if err != nil {
			return nil, err
		}
		for _, t := range rows { // they outlive the transaction
			t.Unwrap()
		}
		k = &known{tx.Wall, rows}
		kept.Store(k)
	}
	var due []*db.Terms
	for _, t := range k.rows {
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

// announcements caches the notices of versions, by the version's id. They never
// change.
var announcements = ent.Keep(func(*ent.Store) *ent.Cache[string, announcement] { return new(ent.Cache[string, announcement]) })

// announcement is the notice by which a version was announced.
type announcement struct {
	noticeID string
	sentAt   time.Time
}

// announced returns the notice of a version; false if it was never announced.
func announced(tx *ent.Tx, termsID string) (announcement, bool, error) {
	kept := announcements.Of(tx.Store())
	if a, ok := kept.Get(termsID); ok {
		return a, true, nil
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
	kept.Put(termsID, a)
	return a, true, nil
}
