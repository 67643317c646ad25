package identity

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"portico/clause"
)

// full reports whether an error is the refusal of a full queue and states when
// to retry.
func full(err error) bool {
	var r clause.Refusal
	return errors.As(err, &r) && r.Code == clause.Throttled.Code && r.Params["retryAfter"] != nil
}

func TestTheQueueEnds(t *testing.T) {
	l := newLanes(2, Slight)
	enter := l.enter
	t.Run("5.4: one network fills its share of the queue, and no more", func(t *testing.T) {
		var places []*Place
		for range shareOfNetwork {
			p, err := enter("one")
			if err != nil {
				t.Fatal(err)
			}
			places = append(places, p)
		}
		if _, err := enter("one"); !full(err) {
			t.Errorf("%v", err)
		}
		places[0].Leave()
		places[0].Leave() // leaving twice counts once
		p, err := enter("one")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := enter("one"); !full(err) {
			t.Errorf("%v", err)
		}
		for _, p := range append(places[1:], p) {
			p.Leave()
		}
	})
	t.Run("5.4: all networks together fill the queue, and the next caller is refused at once", func(t *testing.T) {
		var last *Place
		for i := range l.most {
			p, err := enter(fmt.Sprint(i))
			if err != nil {
				t.Fatalf("%d: %v", i, err)
			}
			last = p
		}
		if _, err := enter("another"); !full(err) {
			t.Errorf("%v", err)
		}
		last.Leave()
		if _, err := enter("another"); err != nil {
			t.Errorf("%v", err)
		}
	})
}

func TestAWaitInTheQueueEnds(t *testing.T) {
	t.Run("5.4: who waits for a lane stops waiting when its time is over", func(t *testing.T) {
		l := newLanes(1, Slight)
		inside, err := l.enter("one")
		if err != nil {
			t.Fatal(err)
		}
		waiting, err := l.enter("two")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		err = inside.run(ctx, func() error {
			cancel()
			return waiting.run(ctx, func() error { return errors.New("reckoned in a taken lane") })
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}
