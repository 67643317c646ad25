package notice_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db"
	dbnotice "portico/ent/db/notice"
	"portico/ent/db/noticemark"
	"portico/portal/correspondence/notice"
	"portico/portaltest"
)

// keep stores a notice for all accounts for each sequence number, one a second.
func keep(w *portaltest.World, from, to int) (ids []any) {
	w.T.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		ids = nil
		var rows []*db.NoticeCreate
		for n := from; n <= to; n++ {
			id := ent.NewID("ntce")
			ids = append(ids, id)
			rows = append(rows, tx.Notice.Create().SetID(id).SetSequence(int64(n)).SetKind("GENERAL").SetAudience(dbnotice.AudienceALL).SetInSite(true).SetPublic(true).
				SetEmail(false).SetTitle(fmt.Sprint("Notice ", n)).SetBody("Text").SetPublishedBy("test").SetClause("").SetSubjectID("").SetPublishedAt(tx.Now.Add(time.Duration(n)*time.Second)))
		}
		for part := range slices.Chunk(rows, 500) {
			if err := tx.Notice.CreateBulk(part...).Exec(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return ids
}

// through returns the sequence number up to which a person has read everything;
// 0 if there is no mark.
func through(w *portaltest.World, a *portaltest.Actor) int64 {
	w.T.Helper()
	m, err := w.Portal.Store.Read().NoticeMark.Query().Where(noticemark.AccountID(a.AccountID), noticemark.PersonID(a.PersonID)).Only(w.System())
	if db.IsNotFound(err) {
		return 0
	}
	if err != nil {
		w.T.Fatal(err)
	}
	return m.Through
}

// 9.7: reading up to a notice is stored as one mark, for any number of notices.
// The mark is below the oldest unread one.
func TestTheReadMarkIsBelowTheOldestUnreadNotice(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Marker")
		ids := keep(w, 1001, 1005)
		read := func(ids ...any) any {
			return portaltest.At(w.Done(a, markMutation, map[string]any{"i": input{"accountId": a.AccountID, "noticeIds": ids}}), "account", "unreadNoticeCount")
		}
		for _, c := range []struct {
			ids     []any
			unread  any
			through int64
		}{
			{ids[1:3], 3.0, 1000}, // 1002 and 1003; 1001 isn't read
			{ids[:1], 2.0, 1003},
			{ids[4:], 1.0, 1003},
			{ids[3:4], 0.0, 1005},
		} {
			if unread := read(c.ids...); unread != c.unread || through(w, a) != c.through {
				t.Errorf("%v: %v unread, and read through %d; want %+v", c.ids, unread, through(w, a), c)
			}
		}
		keep(w, 1006, 1007)
		if _, account := list(w, a, nil); portaltest.At(account, "unreadNoticeCount") != 2.0 {
			t.Errorf("after two more: %v", account)
		}
		b := w.Owner("Another")
		if through(w, b) != 0 {
			t.Error("another's mark moved")
		}
	})
}

// 9.7: unread notices are counted up to 1,000, and a list up to 10,000.
func TestCountingStopsAndReportsIt(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Counter")
		public := `{ publicNotices(first: 1) { totalCount totalCountIsExact } }`
		own := `query($id: ID!) { account(id: $id) { unreadNoticeCount notices(first: 1) { totalCount totalCountIsExact } } }`
		at := 1000
		for _, c := range []struct {
			there         int
			total, unread float64
			exact         bool
		}{
			{notice.MostUnread - 1, 999, 999, true},
			{notice.MostUnread, 1000, 1000, true},
			{notice.MostUnread + 1, 1001, 1000, true},
			{10000, 10000, 1000, true},
			{10001, 10000, 1000, false},
		} {
			keep(w, at+1, 1000+c.there)
			at = 1000 + c.there
			d := w.Must(nil, public, nil)["publicNotices"]
			if portaltest.At(d, "totalCount") != c.total || portaltest.At(d, "totalCountIsExact") != c.exact {
				t.Errorf("%d public notices: %v", c.there, d)
			}
			d = w.Must(a, own, map[string]any{"id": a.AccountID})["account"]
			if portaltest.At(d, "unreadNoticeCount") != c.unread || portaltest.At(d, "notices", "totalCount") != c.total ||
				portaltest.At(d, "notices", "totalCountIsExact") != c.exact {
				t.Errorf("%d notices of an account: %v", c.there, d)
			}
		}
	})
}
