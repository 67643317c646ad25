package live_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/portal/kernel/live"
)

// sessions are the sessions that are live, and the requests for them.
type sessions struct {
	mu     sync.Mutex
	lasts  map[string]bool
	broken error
	asked  []int // how many sessions in each request
}

func (s *sessions) reload(_ context.Context, list []*authz.Principal) ([]*authz.Principal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, len(list))
	if s.broken != nil {
		return nil, s.broken
	}
	fresh := make([]*authz.Principal, len(list))
	for i, p := range list {
		if s.lasts[p.SessionID] {
			fresh[i] = &authz.Principal{Kind: p.Kind, SessionID: p.SessionID}
		}
	}
	return fresh, nil
}

func (s *sessions) set(session string, lasts bool, broken error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lasts[session], s.broken = lasts, broken
}

// signedIn refuses a principal whose session has ended.
func signedIn(p *authz.Principal) error {
	if p == nil {
		return clause.Unauthenticated
	}
	return nil
}

// stream opens a stream of a session, and returns how it ended.
func stream(t *testing.T, h *live.Holders, session string, may func(*authz.Principal) error) (*live.Holder, func() error) {
	t.Helper()
	ctx, end := context.WithCancelCause(authz.With(t.Context(), &authz.Principal{Kind: authz.Person, SessionID: session}))
	t.Cleanup(func() { end(nil) })
	one := h.Hold(ctx, may, end)
	return one, func() error { synctest.Wait(); return context.Cause(ctx) }
}

func TestAStreamEndsOnceItsSessionHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sessions{lasts: map[string]bool{"1": true, "2": true}}
		h := live.NewHolders(5*time.Second, s.reload)
		_, one := stream(t, h, "1", signedIn)
		_, twin := stream(t, h, "1", signedIn)
		_, other := stream(t, h, "2", signedIn)
		s.set("1", false, nil)
		pass(5*time.Second - 1)
		if one() != nil {
			t.Error("looked at before its time")
		}
		pass(1)
		if !errors.Is(one(), clause.Unauthenticated) || !errors.Is(twin(), clause.Unauthenticated) || other() != nil {
			t.Errorf("%v, %v, %v", one(), twin(), other())
		}
		s.set("2", false, nil)
		h.Recheck() // a session of this process ended: at once
		if !errors.Is(other(), clause.Unauthenticated) {
			t.Errorf("%v", other())
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.asked) != 2 || s.asked[0] != 3 || s.asked[1] != 1 {
			t.Errorf("not one reading for all that are open: %v", s.asked)
		}
	})
}

func TestAStreamEndsOnceItsPrincipalMayNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sessions{lasts: map[string]bool{"1": true}}
		h := live.NewHolders(0, s.reload) // every five seconds
		_, ended := stream(t, h, "1", func(*authz.Principal) error { return clause.Forbidden })
		_, kept := stream(t, h, "1", signedIn)
		pass(5 * time.Second)
		if !errors.Is(ended(), clause.Forbidden) || kept() != nil {
			t.Errorf("%v, %v", ended(), kept())
		}
	})
}

func TestAFaultEndsNoStreamAndIsReportedToCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sessions{lasts: map[string]bool{"1": true}}
		h := live.NewHolders(5*time.Second, s.reload)
		one, ended := stream(t, h, "1", signedIn)
		if err := one.Check(t.Context()); err != nil {
			t.Errorf("%v", err)
		}
		broken := errors.New("no database")
		s.set("1", false, broken)
		pass(time.Minute)
		if ended() != nil {
			t.Errorf("%v", ended())
		}
		if err := one.Check(t.Context()); !errors.Is(err, broken) {
			t.Errorf("%v", err)
		}
		s.set("1", false, nil)
		if err := one.Check(t.Context()); !errors.Is(err, clause.Unauthenticated) {
			t.Errorf("before the next look: %v", err)
		}
	})
}

func TestNoSessionIsCheckedOnceItsStreamHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sessions{lasts: map[string]bool{}}
		h := live.NewHolders(time.Second, s.reload)
		ctx, end := context.WithCancel(authz.With(t.Context(), &authz.Principal{Kind: authz.Person, SessionID: "1"}))
		h.Hold(ctx, signedIn, func(error) { t.Error("ended again") })
		end()
		pass(time.Minute)
		if synctest.Wait(); len(s.asked) > 0 {
			t.Errorf("%v", s.asked)
		}
	})
}
