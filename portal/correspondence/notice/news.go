package notice

import (
	"cmp"
	"context"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/notice"
	"portico/ent/db/noticetarget"
	"portico/portal/kernel/live"
)

// The standard interval between checks for new notices, and how many streams
// may follow one account.
const (
	standardPoll    = time.Second
	standardStreams = 100
)

// followed holds the topic of a store's new notices, which streams listen to by
// account id. While anybody follows, one statement per interval finds new
// notices, on whichever replica they were published.
var followed = ent.Keep(func(s *ent.Store) *live.Topic { return newTopic(s, 0, 0) })

// Streams sets how often new notices are checked for while anybody follows, and
// how many streams may follow one account on this process. Zero is every
// second, and 100.
func Streams(poll time.Duration, each int) ent.Setting {
	return followed.SetBy(func(s *ent.Store) *live.Topic { return newTopic(s, poll, each) })
}

// Following returns the number of streams that follow notices on this process.
func Following(s *ent.Store) int { return followed.Of(s).Listening() }

func newTopic(s *ent.Store, poll time.Duration, each int) *live.Topic {
	return live.NewTopic(cmp.Or(each, standardStreams), cmp.Or(poll, standardPoll), (&news{store: s}).read)
}

// news records how far new notices were read.
type news struct {
	store *ent.Store
	last  int64 // the number of the newest, 0 if none was read
}

// read is the [live.News] of notices.
func (n *news) read(ctx context.Context) (func(accountID string) bool, error) {
	ctx = authz.With(ctx, authz.AsSystem("notice.live"))
	next, err := newest(ctx, n.store)
	if err != nil || next <= n.last {
		return nil, err
	}
	concerns, err := concern(ctx, n.store, n.last)
	if err != nil {
		return nil, err
	}
	n.last = next
	return concerns, nil
}

// newest returns the number of the newest notice, 0 if there is none.
func newest(ctx context.Context, s *ent.Store) (int64, error) {
	row, err := s.Read().Notice.Query().Select(notice.FieldID, notice.FieldSequence).Order(db.Desc(notice.FieldSequence)).First(ctx)
	if db.IsNotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return row.Sequence, nil
}

// mostNamed is how many new notices are examined individually.
const mostNamed = 200

func everyone(string) bool { return true }

// concern returns which accounts the notices after a number name, or everyone
// if they may concern others.
func concern(ctx context.Context, s *ent.Store, after int64) (func(accountID string) bool, error) {
	if after == 0 { // the first look
		return everyone, nil
	}
	rows, err := s.Read().Notice.Query().Select(notice.FieldID, notice.FieldAudience).Where(notice.SequenceGT(after)).Limit(mostNamed).All(ctx)
	if err != nil {
		return nil, err
	}
	if len(rows) == mostNamed {
		return everyone, nil
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		if row.Audience == notice.AudienceALL {
			return everyone, nil
		}
		ids[i] = row.ID
	}
	targets, err := s.Read().NoticeTarget.Query().Where(noticetarget.NoticeIDIn(ids...)).All(ctx)
	if err != nil {
		return nil, err
	}
	accounts := make(map[string]bool, len(targets))
	for _, t := range targets {
		if ent.TypeOf(t.TargetID) != "Account" {
			return everyone, nil
		}
		accounts[t.TargetID] = true
	}
	return func(accountID string) bool { return accounts[accountID] }, nil
}
