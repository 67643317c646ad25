package live_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"portico/portal/kernel/live"
)

// board holds the news, in place of the database.
type board struct {
	mu     sync.Mutex
	fresh  map[string]bool
	broken error
	asked  int
	// meanwhile, if set, is called after the news were read.
	meanwhile func()
}

func (b *board) write(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fresh == nil {
		b.fresh = map[string]bool{}
	}
	b.fresh[key] = true
}

func (b *board) news(context.Context) (func(string) bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	if b.broken != nil || len(b.fresh) == 0 {
		return nil, b.broken
	}
	keys := b.fresh
	b.fresh = nil
	if b.meanwhile != nil {
		b.meanwhile()
	}
	return func(key string) bool { return keys[key] }, nil
}

// listen joins a topic under a key.
func listen(t *testing.T, topic *live.Topic, key string) *live.Ear {
	t.Helper()
	e, err := topic.Listen(key)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// woken reports whether a listener is awake, and resets it.
func woken(e *live.Ear) bool {
	synctest.Wait()
	select {
	case <-e.Woken():
		return true
	default:
		return false
	}
}

func TestATopicWakesWhomItsNewsConcern(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{}
		topic := live.NewTopic(10, time.Second, b.news)
		one, twin, other := listen(t, topic, "1"), listen(t, topic, "1"), listen(t, topic, "2")
		for range 3 {
			b.write("1") // by another process: found at the next read
			pass(time.Second)
		}
		if !woken(one) || !woken(twin) || woken(other) {
			t.Error("not those that are concerned, and they alone")
		}
		if woken(one) {
			t.Error("woken twice, of what it can read at once")
		}
		pass(time.Minute)
		if woken(one) || woken(twin) || woken(other) {
			t.Error("woken by nothing")
		}
		b.write("2")
		topic.Wake() // by this process: at once
		if !woken(other) || woken(one) {
			t.Error("not woken at once")
		}
		if n := topic.Listening(); n != 3 {
			t.Errorf("%d listen", n)
		}
		for _, e := range []*live.Ear{one, twin, other, other} {
			e.Leave()
		}
		asked := b.asked
		pass(time.Minute)
		if synctest.Wait(); b.asked != asked {
			t.Errorf("asked %d times for nobody", b.asked-asked)
		}
	})
}

func TestATopicSendsLaterWhatItCouldNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{broken: errors.New("no database")}
		topic := live.NewTopic(10, time.Second, b.news)
		e := listen(t, topic, "1")
		defer e.Leave()
		b.write("1")
		pass(5 * time.Second)
		if woken(e) {
			t.Error("woken by a fault")
		}
		b.mu.Lock()
		b.broken = nil
		b.mu.Unlock()
		pass(time.Second)
		if !woken(e) {
			t.Error("missed")
		}
	})
}

func TestWhoJoinsWhileNewsAreReadIsWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{}
		topic := live.NewTopic(10, time.Second, b.news)
		early := listen(t, topic, "1")
		defer early.Leave()
		var late *live.Ear
		b.meanwhile = func() { late = listen(t, topic, "1") }
		b.write("1")
		topic.Wake()
		if !woken(early) || !woken(late) {
			t.Error("missed")
		}
		late.Leave()
	})
}

func TestSoManyListenToATopicUnderOneKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		topic := live.NewTopic(2, time.Second, (&board{}).news)
		one, two, other := listen(t, topic, "1"), listen(t, topic, "1"), listen(t, topic, "2")
		_, err := topic.Listen("1")
		throttled(t, err)
		one.Leave()
		three := listen(t, topic, "1")
		for _, e := range []*live.Ear{two, three, other} {
			e.Leave()
		}
	})
}
