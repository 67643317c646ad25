package notice

import (
	"context"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/statement"
	"portico/portal/kernel/live"
)

// follower is one stream of the notices of an account.
type follower struct {
	store     *ent.Store
	accountID string
	ear       *live.Ear
	reader    *live.Holder
	posted    chan *NoticePosted
	// at is the number of the last notice that was told.
	at int64
}

// Follow tells the notices for an account as they are published, those after a
// cursor first, each once and in their order, until the context ends. Without a
// cursor it is what is published from now on. The stream ends, and says why by
// [authz.End], when its session ends or its person may no longer read the
// account's notices; nothing is told after that. Who holds notice:read on the
// account may. Refusals: NOT_FOUND, FORBIDDEN, BAD_REQUEST for a cursor,
// THROTTLED for one stream too many.
func Follow(ctx context.Context, s *ent.Store, accountID string, after *string) (<-chan *NoticePosted, error) {
	if err := mayFollow(ctx, s, accountID); err != nil {
		return nil, err
	}
	ear, err := followed.Of(s).Listen(accountID) // before the position is read: nothing is missed
	if err != nil {
		return nil, err
	}
	f := &follower{store: s, accountID: accountID, ear: ear, posted: make(chan *NoticePosted)}
	if after != nil {
		f.at, err = position(s, accountID, *after)
	} else {
		f.at, err = newest(ctx, s)
	}
	if err != nil {
		ear.Leave()
		return nil, err
	}
	f.reader = live.HoldersOf(s).Hold(ctx, f.may, func(why error) { authz.End(ctx, why) })
	go f.run(ctx)
	return f.posted, nil
}

// mayFollow refuses whom the context's principal can't follow.
func mayFollow(ctx context.Context, s *ent.Store, accountID string) error {
	p := authz.From(ctx)
	if !p.Reaches(accountID) || ent.TypeOf(accountID) != "Account" {
		return atArgument(clause.NotFound, "accountId")
	}
	if err := may(p, s, accountID); err != nil {
		return err
	}
	_, err := s.Read().Account.Get(ctx, accountID)
	if db.IsNotFound(err) {
		return atArgument(clause.NotFound, "accountId")
	}
	return err
}

// atArgument names an argument that isn't part of an input.
func atArgument(r clause.Refusal, name string) clause.Refusal {
	r.Field = []string{name}
	return r
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

func (f *follower) may(p *authz.Principal) error { return may(p, f.store, f.accountID) }

// run tells what there is, whenever it is woken, until the context ends.
func (f *follower) run(ctx context.Context) {
	defer close(f.posted)
	defer f.ear.Leave()
	for {
		if err := f.tell(ctx); err != nil {
			if ctx.Err() == nil {
				authz.End(ctx, err)
			}
			return
		}
		select {
		case <-f.ear.Woken():
		case <-ctx.Done():
			return
		}
	}
}

// tellBatch is how many notices are read at once.
const tellBatch = 50

// tell tells everything beyond the position. Before anything is told, it is asked
// whether its reader still may.
func (f *follower) tell(ctx context.Context) error {
	for {
		found, err := edges(ctx, f.store, f.store.Read(), statement.NoticeQuery{Readers: []statement.NoticeReader{{AccountID: f.accountID}}, Above: f.at, Oldest: true, Limit: tellBatch})
		list := found[f.accountID]
		if err != nil || len(list) == 0 {
			return err
		}
		if err := f.reader.Check(ctx); err != nil {
			return err
		}
		for _, e := range list {
			select {
			case f.posted <- &NoticePosted{Cursor: e.Cursor, Notice: e.Node}:
				f.at = e.Node.Sequence
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if len(list) < tellBatch {
			return nil
		}
	}
}
