package notice

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/notice"
	"portico/ent/db/noticetarget"
	"portico/ent/statement"
	"portico/portal/identity"
)

// live is who follows notices on this process. One statement every so often, as
// long as anybody follows, finds out whether there are new ones, on whichever
// replica they were published; who may be concerned reads for itself what is
// beyond its position. Nothing is kept for a reader that is slow.
type live struct {
	store *ent.Store
	mu    sync.Mutex
	// poll is how often it is looked for new notices.
	poll time.Duration
	// most is how many may follow one account.
	most    int
	all     map[*follower]struct{}
	of      map[string]int
	running bool
	// look asks the loop to look now.
	look chan struct{}
}

type follower struct {
	accountID string
	// wake is told that there may be something new; once is enough.
	wake chan struct{}
}

type liveKey struct{}

func liveOf(s *ent.Store) *live {
	l, _ := s.Memo().LoadOrStore(liveKey{}, &live{store: s, poll: time.Second, most: 100,
		all: map[*follower]struct{}{}, of: map[string]int{}, look: make(chan struct{}, 1)})
	return l.(*live)
}

// Tune says how often it is looked for new notices while anybody follows, and
// how many streams may follow one account. A figure that is zero stays as it is: 1
// second, and 100.
func Tune(s *ent.Store, poll time.Duration, streams int) {
	l := liveOf(s)
	l.mu.Lock()
	defer l.mu.Unlock()
	if poll > 0 {
		l.poll = poll
	}
	if streams > 0 {
		l.most = streams
	}
}

// Wake looks for new notices at once: there may be one that this process
// published.
func Wake(s *ent.Store) { liveOf(s).now() }

// Following is how many streams follow notices on this process.
func Following(s *ent.Store) int {
	l := liveOf(s)
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

func (l *live) now() {
	select {
	case l.look <- struct{}{}:
	default: // it is going to look
	}
}

// join adds a stream, or refuses one too many as THROTTLED.
func (l *live) join(accountID string) (*follower, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[accountID] >= l.most {
		return nil, clause.Throttled.With("retryAfter", 60)
	}
	f := &follower{accountID: accountID, wake: make(chan struct{}, 1)}
	l.all[f] = struct{}{}
	l.of[accountID]++
	if !l.running {
		l.running = true
		go l.loop(l.poll)
	}
	return f, nil
}

func (l *live) leave(f *follower) {
	l.mu.Lock()
	delete(l.all, f)
	if l.of[f.accountID]--; l.of[f.accountID] == 0 {
		delete(l.of, f.accountID)
	}
	last := len(l.all) == 0
	l.mu.Unlock()
	if last {
		l.now()
	}
}

// loop looks until nobody follows any more.
func (l *live) loop(every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	ctx := authz.With(context.Background(), authz.AsSystem("notice.live"))
	var last int64
	for {
		select {
		case <-t.C:
		case <-l.look:
		}
		l.mu.Lock()
		if len(l.all) == 0 {
			l.running = false
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
		next, err := newest(ctx, l.store)
		if err == nil && next > last {
			var concerned map[string]bool
			if concerned, err = concern(ctx, l.store, last); err == nil {
				l.tell(concerned)
				last = next
			}
		}
		if err != nil {
			slog.Error("new notices not read", "error", err)
		}
	}
}

// tell wakes whom new notices may concern; nil is everyone.
func (l *live) tell(concerned map[string]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for f := range l.all {
		if concerned != nil && !concerned[f.accountID] {
			continue
		}
		select {
		case f.wake <- struct{}{}:
		default: // told already
		}
	}
}

// newest is the number of the newest notice, 0 if there is none.
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

// mostTold is how many new notices are looked at one by one.
const mostTold = 200

// concern finds the accounts that the notices after a number name; nil if they
// may concern everyone.
func concern(ctx context.Context, s *ent.Store, after int64) (map[string]bool, error) {
	if after == 0 { // the first look
		return nil, nil
	}
	rows, err := s.Read().Notice.Query().Select(notice.FieldID, notice.FieldAudience).Where(notice.SequenceGT(after)).Limit(mostTold).All(ctx)
	if err != nil || len(rows) == mostTold {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		if row.Audience == notice.AudienceALL {
			return nil, nil
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
			return nil, nil
		}
		accounts[t.TargetID] = true
	}
	return accounts, nil
}

// atArgument names an argument that isn't part of an input.
func atArgument(r clause.Refusal, name string) clause.Refusal {
	r.Field = []string{name}
	return r
}

// Follow tells the notices for an account as they are published, those after a
// cursor first, each once and in their order, until the context ends. Without a
// cursor it is what is published from now on. The stream ends, and says why by
// [authz.End], when its session ends or its person may no longer read the
// account's notices; nothing is told after that. Who holds notice:read on the
// account may. Refusals: NOT_FOUND, FORBIDDEN, BAD_REQUEST for a cursor,
// THROTTLED for one stream too many.
func Follow(ctx context.Context, s *ent.Store, accountID string, after *string) (<-chan *NoticePosted, error) {
	if !authz.From(ctx).Reaches(accountID) || ent.TypeOf(accountID) != "Account" {
		return nil, atArgument(clause.NotFound, "accountId")
	}
	if err := may(authz.From(ctx), s, accountID); err != nil {
		return nil, err
	}
	if _, err := s.Read().Account.Get(ctx, accountID); db.IsNotFound(err) {
		return nil, atArgument(clause.NotFound, "accountId")
	} else if err != nil {
		return nil, err
	}
	l := liveOf(s)
	f, err := l.join(accountID)
	if err != nil {
		return nil, err
	}
	var at int64
	if after != nil {
		at, err = position(s, accountID, *after)
	} else {
		at, err = newest(ctx, s)
	}
	if err != nil {
		l.leave(f)
		return nil, err
	}
	identity.Watch(ctx, s, func(p *authz.Principal) {
		if err := may(p, s, accountID); err != nil {
			authz.End(ctx, err)
		}
	})
	posted := make(chan *NoticePosted)
	go func() {
		defer close(posted)
		defer l.leave(f)
		for {
			if at, err = tell(ctx, s, accountID, at, posted); err != nil {
				if ctx.Err() == nil {
					authz.End(ctx, err)
				}
				return
			}
			select {
			case <-f.wake:
			case <-ctx.Done():
				return
			}
		}
	}()
	return posted, nil
}

// may refuses who may not read an account's notices now.
func may(p *authz.Principal, s *ent.Store, accountID string) error {
	switch {
	case p == nil:
		return clause.Unauthenticated
	case !p.Allows(authz.NoticeRead, authz.On(accountID), s.Now()):
		return authz.Forbid(p, authz.NoticeRead)
	}
	return nil
}

// tellBatch is how many notices are read at once.
const tellBatch = 50

// tell tells everything beyond a position, and returns the new one. Before
// anything is told, it is asked whether its reader still may.
func tell(ctx context.Context, s *ent.Store, accountID string, at int64, to chan<- *NoticePosted) (int64, error) {
	for {
		found, err := edges(ctx, s, s.Read(), statement.NoticeQuery{Readers: []statement.NoticeReader{{AccountID: accountID}}, Above: at, Oldest: true, Limit: tellBatch})
		if err != nil || len(found[accountID]) == 0 {
			return at, err
		}
		p, err := identity.Again(ctx, s)
		if err == nil {
			err = may(p, s, accountID)
		}
		if err != nil {
			return at, err
		}
		for _, e := range found[accountID] {
			select {
			case to <- &NoticePosted{Cursor: e.Cursor, Notice: e.Node}:
				at = e.Node.Sequence
			case <-ctx.Done():
				return at, ctx.Err()
			}
		}
		if len(found[accountID]) < tellBatch {
			return at, nil
		}
	}
}
