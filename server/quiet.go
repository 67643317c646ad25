package server

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// mostLines is the maximum number of log lines with one message that a process writes
// in a minute. Messages are constants, so the lines that strangers can cause are limited
// (5.4).
const mostLines = 300

// quiet is a log handler that writes at most [mostLines] lines of each message in a
// minute. The first line after that has the number of lines that were left out.
type quiet struct {
	slog.Handler
	now   func() time.Time
	lines *lines
}

// lines counts the lines of the current minute by message.
type lines struct {
	mu      sync.Mutex
	minute  time.Time
	written map[string]int
	leftOut map[string]int
}

// Quieted returns a log handler that writes at most 300 lines of one message in a
// minute, by a clock.
func Quieted(h slog.Handler, now func() time.Time) slog.Handler {
	return &quiet{h, now, &lines{written: map[string]int{}, leftOut: map[string]int{}}}
}

// Handle writes a line, unless too many lines with its message were written in the
// minute.
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

// take counts a line and reports whether to write it. Left is the number of lines with
// its message that were left out before it.
func (l *lines) take(message string, minute time.Time) (left int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !minute.Equal(l.minute) {
		l.minute, l.written = minute, map[string]int{}
	}
	if l.written[message] >= mostLines {
		l.leftOut[message]++
		return 0, false
	}
	l.written[message]++
	left = l.leftOut[message]
	delete(l.leftOut, message)
	return left, true
}

// WithAttrs implements [slog.Handler]. The returned handler shares the limit.
func (q *quiet) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &quiet{q.Handler.WithAttrs(attrs), q.now, q.lines}
}

// WithGroup implements [slog.Handler]. The returned handler shares the limit.
func (q *quiet) WithGroup(name string) slog.Handler {
	return &quiet{q.Handler.WithGroup(name), q.now, q.lines}
}

// oneMessage is a log handler for the lines of net/http, whose text varies. It writes
// them under one message, so that they have one common limit.
type oneMessage struct{ slog.Handler }

// Handle implements [slog.Handler].
func (o oneMessage) Handle(ctx context.Context, r slog.Record) error {
	line := slog.NewRecord(r.Time, r.Level, "http server", r.PC)
	line.AddAttrs(slog.String("detail", r.Message))
	return o.Handler.Handle(ctx, line)
}
