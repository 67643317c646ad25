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

// Letter is a message as it leaves.
type Letter struct {
	// ID is the same at each try, so that a receiver can tell a repetition.
	ID                string
	To, Subject, Body string
	// At is the time of this try.
	At time.Time
}

// Deliverer hands a letter to a carrier, within the context's time. The text of
// its error is logged, so it holds neither recipient nor body. It returns
// [ErrRefused] if another try would be in vain.
type Deliverer func(ctx context.Context, l Letter) error

// Deliverers are the carriers that are set up.
type Deliverers map[message.Channel]Deliverer

// ErrRefused says that a carrier refuses a recipient for good.
var ErrRefused = errors.New("outbox: the recipient is refused for good")

const (
	// giveUp is how long after its queueing a message is tried for the last time.
	giveUp = 24 * time.Hour
	// leaseTime is how long a replica has a message for itself; tryTime, how long
	// a try may take, is shorter.
	leaseTime = 2 * time.Minute
	tryTime   = 30 * time.Second

	// settleTime bounds recording what became of a try.
	settleTime = 10 * time.Second

	firstBackoff = 5 * time.Second
	mostBackoff  = time.Hour

	batch    = 100
	parallel = 8
)

// jobNames are the jobs of the channels that carriers serve.
var jobNames = map[message.Channel]string{message.ChannelEMAIL: "outbox.deliver.email", message.ChannelSMS: "outbox.deliver.sms"}

// Deliver are the jobs that hand what is queued to its carriers, at least once, a
// job a channel, so that a mail server that hangs holds up no short message. Who
// takes a message has it for two minutes, and records what became of it
// afterwards. What fails is tried again, after 5 seconds, 10, 20, and so on up
// to an hour, for a day; then it is given up. Channels that have no carrier stay
// queued. What has left is no longer kept in its words.
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

// due is what is to be tried now. A try lies never further ahead than a day: what
// does was queued or tried by a clock that was wrong, and isn't left there.
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
		// Side by side, so that a slow carrier of one doesn't hold up all.
		_, err = job.Work(ctx, parallel, rows, func(m *db.Message) job.Key { return job.Key{At: m.DueAt, ID: m.ID, Account: m.ID} },
			func(ctx context.Context, m *db.Message) error { return d.try(ctx, s, m) })
		return len(rows), err
	})
}

// try takes a message, hands it over and records what became of it. Its error
// is the database's.
func (d delivery) try(ctx context.Context, s *ent.Store, row *db.Message) error {
	taken, err := lease(ctx, s, row)
	if err != nil || !taken {
		return err
	}
	failure := d.hand(ctx, s, row)
	if ctx.Err() != nil && failure != nil { // stopping: the lease runs out by itself
		return nil
	}
	if failure != nil {
		slog.WarnContext(ctx, "message not delivered", "message_id", row.ID, "channel", row.Channel, "attempts", row.Attempts+1, "error", failure)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	return settle(ctx, s, row, failure)
}

// lease takes a message by a conditional update: no other replica sees it due
// before the lease has run out.
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

// settle records a try, unless its lease ran out and another took it over.
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

// backoff is how long to wait at least after a number of tries that failed
// before; up to a quarter more is added, so that what failed together doesn't
// come back together.
func backoff(failedBefore int64) time.Duration {
	if failedBefore > 20 {
		return mostBackoff
	}
	return min(firstBackoff<<failedBefore, mostBackoff)
}
