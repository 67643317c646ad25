package live

import (
	"context"
	"log/slog"
	"time"
)

// Topic is something that is written to the database, by this process and by
// others. It wakes listeners, and keeps nothing for them: who is woken reads for
// itself what is beyond its position, so that a slow one holds nothing up. Make
// it by [NewTopic].
type Topic struct {
	news      News
	listeners *Listeners[*Ear]
}

// News finds out whom that concerns which was written since it was last called,
// by the key of a listener; nil if nothing was. It may name too many, and never
// too few. After an error it is called again for the same.
type News func(context.Context) (concerns func(key string) bool, err error)

// Ear is one who listens to a topic.
type Ear struct {
	key   string
	woken chan struct{}
	entry *Entry[*Ear]
}

// NewTopic makes a topic to which so many may listen under one key, and asks for
// its news every so often while anybody does.
func NewTopic(each int, every time.Duration, news News) *Topic {
	t := &Topic{news: news}
	t.listeners = New[*Ear](Config{Each: each, Every: every, Look: t.look})
	return t
}

// Listen adds a listener under a key: what is written from now on wakes it. One
// too many is THROTTLED.
func (t *Topic) Listen(key string) (*Ear, error) {
	e := &Ear{key: key, woken: make(chan struct{}, 1)}
	entry, err := t.listeners.Join(key, e)
	if err != nil {
		return nil, err
	}
	e.entry = entry
	return e, nil
}

// Woken receives once after something was written, however much it was, since it
// last received.
func (e *Ear) Woken() <-chan struct{} { return e.woken }

// Leave ends listening; it may be called again.
func (e *Ear) Leave() { e.entry.Leave() }

// Wake asks for news at once: this process has written some.
func (t *Topic) Wake() { t.listeners.Look() }

// Listening is how many listen on this process.
func (t *Topic) Listening() int { return t.listeners.Len() }

// look wakes those whom news concern. Who listens is asked after the news, since
// who has joined meanwhile may have read too early to see them.
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
		default: // it is to be woken already
		}
	}
}
