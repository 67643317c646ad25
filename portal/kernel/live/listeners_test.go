package live_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"portico/clause"
	"portico/portal/kernel/live"
)

// throttled fails the test unless the error refuses one listener too many.
func throttled(t *testing.T, err error) {
	t.Helper()
	var r clause.Refusal
	if !errors.As(err, &r) || r.Code != clause.Throttled.Code || r.Params["retryAfter"] == nil {
		t.Errorf("want THROTTLED: %v", err)
	}
}

// pass waits for a time in a bubble.
func pass(d time.Duration) { <-time.After(d) }

func join(t *testing.T, l *live.Listeners[string], key string) *live.Entry[string] {
	t.Helper()
	e, err := l.Join(key, key)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestNoMoreListenThanTheBounds(t *testing.T) {
	l := live.New[string](live.Config{All: 5, Each: 2})
	first := join(t, l, "a")
	join(t, l, "a")
	_, err := l.Join("a", "")
	throttled(t, err)
	nameless := join(t, l, "")
	join(t, l, "b")
	throttled(t, nameless.Name("a"))
	if err := nameless.Name("b"); err != nil {
		t.Errorf("the second under its key: %v", err)
	}
	_, err = l.Join("b", "")
	throttled(t, err)
	join(t, l, "c")
	_, err = l.Join("d", "") // the sixth in all
	throttled(t, err)
	first.Leave()
	first.Leave() // leaving twice counts once
	join(t, l, "a")
	_, err = l.Join("a", "")
	throttled(t, err)
	if n := l.Len(); n != 5 || len(l.All()) != n {
		t.Errorf("%d listen: %v", n, l.All())
	}
}

func TestListenersWithoutAKeyAreBoundedInAllAlone(t *testing.T) {
	l := live.New[string](live.Config{All: 3, Each: 1})
	for range 3 {
		join(t, l, "")
	}
	_, err := l.Join("", "")
	throttled(t, err)
	unbounded := live.New[string](live.Config{})
	for range 1000 {
		join(t, unbounded, "a")
	}
}

func TestListenersAreLookedAfterWhileThereAreAny(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Int32
		l := live.New[string](live.Config{Every: time.Second, Look: func(context.Context) { looks.Add(1) }})
		after := func(d time.Duration, want int32, why string) {
			t.Helper()
			pass(d)
			synctest.Wait()
			if n := looks.Swap(0); n != want {
				t.Errorf("%s: %d looks, not %d", why, n, want)
			}
		}
		after(10*time.Second, 0, "nobody there")
		one, two := join(t, l, "1"), join(t, l, "2")
		after(time.Second-1, 0, "before the first second is over")
		after(1, 1, "at its end")
		after(3*time.Second, 3, "one loop for both")
		l.Look()
		after(0, 1, "asked for")
		one.Leave()
		after(time.Second, 1, "one is left")
		two.Leave()
		after(10*time.Second, 0, "all have gone") // their loop has ended too, or the bubble wouldn't end
		three := join(t, l, "3")
		after(2*time.Second, 2, "again")
		three.Leave()
	})
}

func TestOneLookEndsBeforeTheNextBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at, looks int // used by one goroutine only; the race detector checks it
		l := live.New[string](live.Config{Every: time.Second, Look: func(context.Context) {
			at++
			pass(2500 * time.Millisecond)
			if at--; at != 0 {
				t.Error("two looks at once")
			}
			looks++
		}})
		e := join(t, l, "")
		for range 5 { // answered by one read
			l.Look()
		}
		pass(11 * time.Second)
		e.Leave()
		synctest.Wait()
		pass(3 * time.Second)
		synctest.Wait()
		if looks < 4 || looks > 5 {
			t.Errorf("%d looks", looks)
		}
	})
}

func TestCloseEndsEveryoneAndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := live.New[func()](live.Config{})
		var ended atomic.Int32
		for range 3 {
			var e *live.Entry[func()]
			leave := func() {
				pass(time.Second)
				ended.Add(1)
				e.Leave()
			}
			var err error
			if e, err = l.Join("a", leave); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond) // enough for one, not for two in sequence
		defer cancel()
		if err := l.Close(ctx, func(leave func()) { leave() }); err != nil || ended.Load() != 3 {
			t.Errorf("%d of 3 ended: %v", ended.Load(), err)
		}
		if _, err := l.Join("a", func() {}); !errors.Is(err, live.ErrClosed) {
			t.Errorf("after the close: %v", err)
		}
	})
}

func TestCloseEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := live.New[string](live.Config{})
		stuck := join(t, l, "")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := l.Close(ctx, func(string) {}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		stuck.Leave()
	})
}
