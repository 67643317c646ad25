package command_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/portal"
	"portico/portal/kernel/command"
	"portico/portaltest"
	"portico/server"
)

// from returns the context of a visitor from an address.
func from(address string) context.Context {
	return authz.With(context.Background(), authz.Nobody(address, "test"))
}

// tried runs a command without a permission that ends with an outcome.
func tried(ctx context.Context, w *portaltest.World, outcome error) error {
	_, err := command.Do(ctx, w.Portal.Store, command.Command{Name: "probe"}, func(*command.Tx) (*probe, error) { return &probe{}, outcome })
	return err
}

func counted(rows []*db.AuditEvent) (n int64) {
	for _, e := range rows {
		n += e.Count
	}
	return n
}

func TestWhatVisitorsAreRefusedIsCountedNotListed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		w.Wall.Advance(time.Hour - w.Wall.Now().Sub(w.Wall.Now().Truncate(time.Hour)))
		try := func(ctx context.Context, outcome error, times int) {
			var refusal clause.Refusal
			want := outcome
			if errors.As(outcome, &refusal) { // committed or not
				want = refusal
			}
			for range times {
				if err := tried(ctx, w, outcome); !errors.Is(err, want) {
					t.Fatal(err)
				}
			}
		}
		hold := func(why string, result auditevent.Result, rows int, all int64) {
			t.Helper()
			if e := events(t, w, result); len(e) != rows || counted(e) != all {
				t.Errorf("1.2, 5.4: %s: %d rows for %d, want %d for %d", why, len(e), counted(e), rows, all)
			}
		}
		try(from("192.0.2.1"), clause.Invalid, 7)
		hold("one network, one code", auditevent.ResultREFUSED, 1, 7)
		try(from("192.0.2.1"), clause.NotFound, 3)
		hold("another code", auditevent.ResultREFUSED, 2, 10)
		try(from("192.0.2.2"), clause.Invalid, 2)
		hold("another network", auditevent.ResultREFUSED, 3, 12)
		try(from("2001:db8::1"), command.CommitRefusal(clause.Invalid), 1)
		try(from("2001:db8::2"), command.CommitRefusal(clause.Invalid), 1)
		hold("one line of IPv6", auditevent.ResultREFUSED, 4, 14)
		w.Wall.Advance(time.Hour - time.Second)
		try(from("192.0.2.1"), clause.Invalid, 1)
		hold("the last second of the hour", auditevent.ResultREFUSED, 4, 15)
		w.Wall.Advance(time.Second)
		try(from("192.0.2.1"), clause.Invalid, 1)
		hold("the next hour", auditevent.ResultREFUSED, 5, 16)
		try(from("192.0.2.1"), errBroken, 4)
		hold("what broke", auditevent.ResultFAILED, 1, 4)
		a := w.Verified("Ada")
		try(w.As(a), clause.Invalid, 2)
		hold("of who is signed in each is an event", auditevent.ResultREFUSED, 7, 18)
		try(from("192.0.2.1"), nil, 2)
		hold("what is done is an event each", auditevent.ResultDONE, 2, 2)
		w.Wall.Advance(184*24*time.Hour + 2*time.Hour)
		w.RunJobs()
		hold("after six months those of strangers are forgotten", auditevent.ResultREFUSED, 2, 2)
		hold("nothing else is", auditevent.ResultDONE, 2, 2)
	})
}

func TestANetworkRunsACommandSoOftenInAnHour(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := w.Portal.Store
		w.Wall.Advance(time.Hour - w.Wall.Now().Sub(w.Wall.Now().Truncate(time.Hour)))
		allowed := func(ctx context.Context, outcome error) (n int) {
			for range 8 {
				if err := tried(ctx, w, outcome); !errors.Is(err, clause.Throttled) {
					n++
				}
			}
			return n
		}
		for why, c := range map[string]struct {
			address string
			outcome error
		}{"done": {"192.0.2.1", nil}, "refused": {"192.0.2.2", clause.Invalid}, "kept": {"192.0.2.3", command.CommitRefusal(clause.Invalid)}, "broken": {"192.0.2.4", errBroken}} {
			if n := allowed(from(c.address), c.outcome); n != 5 {
				t.Errorf("5.4: %s: %d", why, n)
			}
			if n := allowed(from(c.address), nil); n != 0 {
				t.Errorf("5.4: after %s, however it ends now: %d", why, n)
			}
		}
		if n := len(events(t, w, auditevent.ResultDONE)); n != 5 {
			t.Errorf("5.4: what is turned away leaves %d events", n)
		}
		if n := allowed(w.As(w.Verified("Ada")), nil); n != 8 {
			t.Errorf("5.4: somebody who is signed in: %d", n)
		}
		w.Wall.Advance(time.Hour - time.Second)
		if n := allowed(from("192.0.2.1"), nil); n != 0 {
			t.Errorf("5.4: in the same hour: %d", n)
		}
		w.Wall.Advance(time.Second)
		if n := allowed(from("192.0.2.1"), nil); n != 5 {
			t.Errorf("5.4: in the next hour: %d", n)
		}
		w.Wall.Advance(27 * time.Hour)
		w.RunJobs()
		if n, err := s.Read().VisitorTally.Query().Count(w.System()); n != 0 || err != nil {
			t.Errorf("5.4: %d counts are kept: %v", n, err)
		}
	}, func(_ *portal.Config, c *server.Config) { c.VisitorCommands = 5 })
}
