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
	// at is the number of the last notice that was sent.
	at int64
}

// Follow sends the notices for an account as they are published, those after a
// cursor first, each once and in order, until the context ends. Without a
// cursor it sends what is published from now on. The stream ends, with the
// reason given by [authz.End], when its session ends or its person may no
// longer read the account's notices; nothing is sent after that. For principals
// with notice:read on the account. Refusals: NOT_FOUND, FORBIDDEN, BAD_REQUEST
// for a cursor, THROTTLED for one stream too many.
func Follow(ctx context.Context, s *ent.Store, accountID string, after *string) (<-chan *NoticePosted, error) {
	if err := mayFollow(ctx, s, accountID); err != nil {
		return nil, err
	}
	ear, err := followed.Of(s).Listen(accountID) // before the position is read, so that nothing is missed
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

// mayFollow refuses a principal that may not follow the account's notices.
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

// atArgument sets the field of a refusal to an argument that isn't part of an
// input.
func atArgument(r clause.Refusal, name string) clause.Refusal {
	r.Field = []string{name}
	return r
}

// may refuses a principal that may not read an account's notices now.
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

// run sends what is new, whenever it is woken, until the context ends.
func (f *follower) run(ctx context.Context) {
	defer close(f.posted)
	defer f.ear.Leave()
	for {
		if err := f.send(ctx); err != nil {
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

// sendBatch is how many notices are read at once.
const sendBatch = 50

// send sends everything beyond the position. Before it sends anything, it
// checks that its reader still may read.
func (f *follower) send(ctx context.Context) error {
	for {
		found, err := edges(ctx, f.store, f.store.Read(), statement.NoticeQuery{Readers: []statement.NoticeReader{{AccountID: f.accountID}}, Above: f.at, Oldest: true, Limit: sendBatch})
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
		if len(list) < sendBatch {
			return nil
		}
	}
}
