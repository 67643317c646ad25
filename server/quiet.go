package server

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// mostLines is how many log lines with one message a process writes in a minute.
// Messages are constants, so what strangers can make it log has a bound (5.4).
const mostLines = 300

// quiet is a log handler that writes so many lines of each message in a minute;
// the first one after that says how many were left out.
type quiet struct {
	slog.Handler
	now   func() time.Time
	lines *lines
}

type lines struct {
	mu     sync.Mutex
	minute time.Time
	seen   map[string]int
	out    map[string]int
}

// Quieted bounds how many lines of one message a log handler is given in a
// minute, by a clock.
func Quieted(h slog.Handler, now func() time.Time) slog.Handler {
	return &quiet{h, now, &lines{seen: map[string]int{}, out: map[string]int{}}}
}

// Handle writes a line, unless its message was written often enough.
func (q *quiet) Handle(ctx context.Context, r slog.Record) error {
	left, ok := q.lines.take(r.Message, q.now().Truncate(time.Minute))
	if !ok {
		return nil
	}
	if left > 0 {
		r.AddAttrs(slog.Int("left_out", left))
	}
	return q.Handler.Handle(ctx, r)
}

// take counts a line; left is how many of its message were left out before it.
func (l *lines) take(message string, minute time.Time) (left int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !minute.Equal(l.minute) {
		l.minute, l.seen = minute, map[string]int{}
	}
	if l.seen[message] >= mostLines {
		l.out[message]++
		return 0, false
	}
	l.seen[message]++
	left = l.out[message]
	delete(l.out, message)
	return left, true
}

// WithAttrs is slog's; the bound is shared.
func (q *quiet) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &quiet{q.Handler.WithAttrs(attrs), q.now, q.lines}
}

// WithGroup is slog's; the bound is shared.
func (q *quiet) WithGroup(name string) slog.Handler {
	return &quiet{q.Handler.WithGroup(name), q.now, q.lines}
}

// oneMessage is a log handler for lines whose text isn't ours and isn't the same
// each time, those of net/http: they are written under one message, so that they
// are bounded together.
type oneMessage struct{ slog.Handler }

// Handle writes a line.
func (o oneMessage) Handle(ctx context.Context, r slog.Record) error {
	line := slog.NewRecord(r.Time, r.Level, "http server", r.PC)
	line.AddAttrs(slog.String("detail", r.Message))
	return o.Handler.Handle(ctx, line)
}
