package live

import (
	"context"
	"log/slog"
	"time"
)

// Topic is something that this process and others write to the database. It
// wakes listeners and stores nothing for them: a woken listener reads for
// itself what is beyond its position, so a slow one delays nobody. Make it by
// [NewTopic].
type Topic struct {
	news      News
	listeners *Listeners[*Ear]
}

// News returns whom the rows concern that were written since its last call, by
// the key of a listener; nil if there are none. It may name too many, but never
// too few. After an error it is called again for the same rows.
type News func(context.Context) (concerns func(key string) bool, err error)

// Ear is one listener of a topic.
type Ear struct {
	key   string
	woken chan struct{}
	entry *Entry[*Ear]
}

// NewTopic returns a topic with a limit of listeners under one key. While
// anybody listens, it asks for news at the given interval.
func NewTopic(each int, every time.Duration, news News) *Topic {
	t := &Topic{news: news}
	t.listeners = New[*Ear](Config{Each: each, Every: every, Look: t.look})
	return t
}

// Listen adds a listener under a key: later rows wake it. One too many is
// THROTTLED.
func (t *Topic) Listen(key string) (*Ear, error) {
	e := &Ear{key: key, woken: make(chan struct{}, 1)}
	entry, err := t.listeners.Join(key, e)
	if err != nil {
		return nil, err
	}
	e.entry = entry
	return e, nil
}

// Woken receives once after something was written since it last received,
// however much it was.
func (e *Ear) Woken() <-chan struct{} { return e.woken }

// Leave ends listening; it may be called again.
func (e *Ear) Leave() { e.entry.Leave() }

// Wake asks for news soon: this process has written something.
func (t *Topic) Wake() { t.listeners.Look() }

// Listening returns the number of listeners on this process.
func (t *Topic) Listening() int { return t.listeners.Len() }

// look wakes those whom news concern. It lists the listeners after the news was
// read, since one that joined meanwhile may have read too early to see it.
func (t *Topic) look(ctx context.Context) {
	concerns, err := t.news(ctx)
	if err != nil {
		slog.Error("news for streams not read", "error", err)
	}
	if concerns == nil {
		return
	}
	for _, e := range t.listeners.All() {
		if !concerns(e.key) {
			continue
		}
		select {
		case e.woken <- struct{}{}:
		default: // it will be woken already
		}
	}
}
