package outbox

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/message"
	"portico/ent/db/predicate"
	"portico/portal/kernel/job"
)

// Letter is a message as it is sent.
type Letter struct {
	// ID is the same at each try, so that a receiver can recognise a repetition.
	ID                string
	To, Subject, Body string
	// At is the time of this try.
	At time.Time
}

// Deliverer hands a letter to a carrier, within the context's time. The text of
// its error is logged, so it holds neither recipient nor body. It returns
// [ErrRefused] if another try is useless.
type Deliverer func(ctx context.Context, l Letter) error

// Deliverers are the carriers that are set up.
type Deliverers map[message.Channel]Deliverer

// ErrRefused means that a carrier refuses a recipient permanently.
var ErrRefused = errors.New("outbox: the recipient is permanently refused")

const (
	// giveUp is how long after queueing a message is tried for the last time.
	giveUp = 24 * time.Hour
	// leaseTime is how long a replica holds a message; tryTime, how long a try
	// may take, is shorter.
	leaseTime = 2 * time.Minute
	tryTime   = 30 * time.Second

	// settleTime bounds recording the result of a try.
	settleTime = 10 * time.Second

	firstBackoff = 5 * time.Second
	mostBackoff  = time.Hour

	batch    = 100
	parallel = 8
)

// jobNames are the jobs of the channels that carriers serve.
var jobNames = map[message.Channel]string{message.ChannelEMAIL: "outbox.deliver.email", message.ChannelSMS: "outbox.deliver.sms"}

// Deliver returns the jobs that hand queued messages to their carriers, at
// least once: one job per channel, so that a mail server that hangs delays no
// short message. A replica takes a message for two minutes, and records the
// result afterwards. A failed message is tried again after 5 seconds, 10, 20,
// and so on up to an hour, for a day; then it is given up. Messages of channels
// without a carrier stay queued. The body of a sent message is removed.
func Deliver(carriers Deliverers) []job.Job {
	var all []job.Job
	for _, channel := range slices.Sorted(maps.Keys(carriers)) {
		d := delivery{channel, carriers[channel]}
		all = append(all, job.Job{Name: jobNames[channel], OnWall: true, Next: d.next, Run: d.run})
	}
	return all
}

type delivery struct {
	channel message.Channel
	carrier Deliverer
}

func (d delivery) queued(s *ent.Store) *db.MessageQuery {
	return s.Read().Message.Query().Where(message.StateEQ(message.StateQUEUED), message.ChannelEQ(d.channel)).
		Order(db.Asc(message.FieldDueAt, message.FieldID))
}

// due is the condition that a message is tried now. A try is never scheduled
// more than a day ahead: a later one was scheduled by a wrong clock, and counts
// as due.
func due(now time.Time) predicate.Message {
	return message.Or(message.DueAtLTE(now), message.DueAtGT(now.Add(giveUp)))
}

func (d delivery) next(ctx context.Context, s *ent.Store) (time.Time, bool, error) {
	now := s.Wall()
	wrong, err := d.queued(s).Where(message.DueAtGT(now.Add(giveUp))).Exist(ctx)
	if err != nil || wrong {
		return now, wrong, err
	}
	row, err := d.queued(s).First(ctx)
	return job.First(row, err, func(m *db.Message) time.Time { return m.DueAt })
}

func (d delivery) run(ctx context.Context, s *ent.Store) (int, error) {
	return job.Batches(ctx, func() (int, error) {
		rows, err := d.queued(s).Where(due(s.Wall())).Limit(batch).All(ctx)
		if err != nil || len(rows) == 0 {
			return 0, err
		}
		// In parallel, so that one slow carrier doesn't delay all.
		_, err = job.Work(ctx, parallel, rows, func(m *db.Message) job.Key { return job.Key{At: m.DueAt, ID: m.ID, Account: m.ID} },
			func(ctx context.Context, m *db.Message) error { return d.try(ctx, s, m) })
		return len(rows), err
	})
}

// try takes a message, hands it over and records the result. Its error is the
// database's.
func (d delivery) try(ctx context.Context, s *ent.Store, row *db.Message) error {
	taken, err := lease(ctx, s, row)
	if err != nil || !taken {
		return err
	}
	failure := d.hand(ctx, s, row)
	if ctx.Err() != nil && failure != nil { // stopping: the lease expires by itself
		return nil
	}
	if failure != nil {
		slog.WarnContext(ctx, "message not delivered", "message_id", row.ID, "channel", row.Channel, "attempts", row.Attempts+1, "error", failure)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	return settle(ctx, s, row, failure)
}

// lease takes a message by a conditional update: for other replicas it isn't
// due before the lease has expired.
func lease(ctx context.Context, s *ent.Store, row *db.Message) (taken bool, err error) {
	err = s.Write(ctx, func(tx *ent.Tx) error {
		n, err := tx.Message.Update().
			Where(message.ID(row.ID), message.StateEQ(message.StateQUEUED), message.Attempts(row.Attempts), due(tx.Wall)).
			AddAttempts(1).SetDueAt(tx.Wall.Add(leaseTime)).Save(tx)
		taken = n > 0
		return err
	})
	return taken, err
}

func (d delivery) hand(ctx context.Context, s *ent.Store, row *db.Message) error {
	o, err := Open(s, row)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	return d.carrier(ctx, Letter{ID: row.ID, To: o.To, Subject: row.Subject, Body: o.Body, At: s.Wall()})
}

// settle records the result of a try, unless its lease expired and another
// replica took the message.
func settle(ctx context.Context, s *ent.Store, row *db.Message, failure error) error {
	empty, err := s.Seal(bodyColumn, "")
	if err != nil {
		return err
	}
	wait := rand.N(backoff(row.Attempts)) / 4
	return s.Write(ctx, func(tx *ent.Tx) error {
		mine := tx.Message.Update().Where(message.ID(row.ID), message.StateEQ(message.StateQUEUED), message.Attempts(row.Attempts+1))
		last := row.CreatedAt.Add(giveUp)
		switch {
		case failure == nil:
			return mine.SetState(message.StateSENT).SetSentAt(tx.Wall).SetBody(empty).Exec(tx)
		case errors.Is(failure, ErrRefused), !tx.Wall.Before(last):
			return mine.SetState(message.StateGAVE_UP).SetBody(empty).Exec(tx)
		}
		next := tx.Wall.Add(backoff(row.Attempts) + wait)
		if next.After(last) {
			next = last
		}
		return mine.SetDueAt(next).Exec(tx)
	})
}

// backoff returns the minimum wait after a number of earlier failures. Up to a
// quarter more is added, so that messages that failed together aren't retried
// together.
func backoff(failedBefore int64) time.Duration {
	if failedBefore > 20 {
		return mostBackoff
	}
	return min(firstBackoff<<failedBefore, mostBackoff)
}
