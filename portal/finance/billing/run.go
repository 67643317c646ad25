package billing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"portico/calendar"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/predicate"
	"portico/ent/db/usageperiod"
	"portico/money"
	"portico/portal/finance/usage"
	"portico/portal/kernel/command"
	"portico/portal/kernel/job"
	"portico/portal/offer/rating"
)

// batch is how many periods one look finds: memory doesn't grow with their
// number.
const batch = 200

// Run is the job that closes the periods that are due, and bills each (3.4).
func Run() job.Job { return job.Job{Name: "billing.run", Next: nextPeriod, Run: run} }

// The periods that wait to be billed: for the first time, and again.
var (
	fresh = []predicate.UsagePeriod{usageperiod.StatusEQ(usageperiod.StatusOPEN), usageperiod.RetryAtIsNil()}
	again = []predicate.UsagePeriod{usageperiod.StatusEQ(usageperiod.StatusOPEN), usageperiod.RetryAtNotNil()}
)

func nextPeriod(ctx context.Context, s *ent.Store) (next time.Time, any bool, err error) {
	for _, of := range []struct {
		which []predicate.UsagePeriod
		by    string
		at    func(*db.UsagePeriod) time.Time
	}{
		{fresh, usageperiod.FieldClosesAt, func(p *db.UsagePeriod) time.Time { return p.ClosesAt }},
		{again, usageperiod.FieldRetryAt, func(p *db.UsagePeriod) time.Time { return *p.RetryAt }},
	} {
		row, err := s.Read().UsagePeriod.Query().Where(of.which...).Order(db.Asc(of.by)).First(ctx)
		switch {
		case db.IsNotFound(err):
		case err != nil:
			return time.Time{}, false, err
		case !any || of.at(row).Before(next):
			next, any = of.at(row), true
		}
	}
	return next, any, nil
}

// run bills what is due, each period in a transaction of its own, and tries
// again what could not be billed before.
func run(ctx context.Context, s *ent.Store) (int, error) {
	billed, err := each(ctx, func(after *db.UsagePeriod) ([]*db.UsagePeriod, error) {
		q := s.Read().UsagePeriod.Query().Where(fresh...).Where(usageperiod.ClosesAtLTE(s.Now()))
		if after != nil {
			q = q.Where(usageperiod.Or(usageperiod.ClosesAtGT(after.ClosesAt),
				usageperiod.And(usageperiod.ClosesAt(after.ClosesAt), usageperiod.IDGT(after.ID))))
		}
		return q.Order(db.Asc(usageperiod.FieldClosesAt, usageperiod.FieldID)).Limit(batch).All(ctx)
	}, func(period *db.UsagePeriod) error { return try(ctx, s, period) })
	if ctx.Err() != nil {
		return billed, err
	}
	tried, more := each(ctx, func(after *db.UsagePeriod) ([]*db.UsagePeriod, error) { // what fails leaves what is due
		return s.Read().UsagePeriod.Query().Where(again...).Where(usageperiod.RetryAtLTE(s.Now())).
			Where(notAgain(after)...).Order(db.Asc(usageperiod.FieldRetryAt, usageperiod.FieldID)).Limit(batch).All(ctx)
	}, func(period *db.UsagePeriod) error { return try(ctx, s, period) })
	return billed + tried, errors.Join(err, more)
}

func notAgain(after *db.UsagePeriod) []predicate.UsagePeriod {
	if after == nil {
		return nil
	}
	return []predicate.UsagePeriod{usageperiod.Or(usageperiod.RetryAtGT(*after.RetryAt),
		usageperiod.And(usageperiod.RetryAt(*after.RetryAt), usageperiod.IDGT(after.ID)))}
}

// Why a period could not be billed.
const (
	// FailedNoPrice: something was used for which no price was listed.
	FailedNoPrice = "NO_PRICE"
	// FailedTooLarge: an amount, or a balance, is more than can be kept.
	FailedTooLarge = "AMOUNT_TOO_LARGE"
	// FailedInternal: a fault of ours; the log has it.
	FailedInternal = "INTERNAL"
)

// How long billing waits before it tries a period again: twice as long each
// time.
const (
	firstRetry = 10 * time.Minute
	mostRetry  = 24 * time.Hour
)

func retryAfter(failures int64) time.Duration {
	return min(firstRetry<<min(failures, 10), mostRetry)
}

// try bills a period; where it can't be billed, that is kept with its reason,
// and keeps no other from its bill. An error is that this could not be kept.
func try(ctx context.Context, s *ent.Store, period *db.UsagePeriod) error {
	failed := billPeriod(ctx, s, period)
	if failed == nil || ctx.Err() != nil {
		return failed
	}
	slog.ErrorContext(ctx, "period not billed", "period", period.ID, "account", period.AccountID, "failures", period.Failures+1, "error", failed)
	code, detail := FailedInternal, ""
	switch {
	case errors.Is(failed, rating.ErrNoPrice):
		code, detail = FailedNoPrice, failed.Error()
	case errors.Is(failed, money.ErrRange):
		code, detail = FailedTooLarge, failed.Error()
	}
	_, err := command.Do(ctx, s, command.Command{Name: "billingFailed"}, func(tx *ent.Tx) (*db.UsagePeriod, error) {
		tx = tx.Within(period.AccountID)
		tx.On(period.AccountID, period.ID)
		tx.Detail("failure", code)
		return nil, usage.FailPeriod(tx, period, code, detail, tx.Now.Add(retryAfter(period.Failures)))
	})
	return err
}

// each does what is due, a page after the other. What can't be done is told,
// and doesn't keep the others from it.
func each[T db.Node](ctx context.Context, page func(after T) ([]T, error), do func(T) error) (done int, err error) {
	var after T
	var broken error
	for {
		due, err := page(after)
		if err != nil || len(due) == 0 {
			return done, errors.Join(broken, err)
		}
		for _, row := range due {
			if err := ctx.Err(); err != nil {
				return done, errors.Join(broken, err)
			}
			if err := do(row); err != nil {
				broken = errors.Join(broken, fmt.Errorf("%s: %w", row.NodeID(), err))
				continue
			}
			done++
		}
		after = due[len(due)-1]
	}
}

// billPeriod closes a period and bills it, all or nothing: two runs that race
// make one bill, by the condition of the closing and the bill's unique keys.
func billPeriod(ctx context.Context, s *ent.Store, period *db.UsagePeriod) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("billing: panic: %v\n%s", p, debug.Stack())
		}
	}()
	_, err = command.Do(ctx, s, command.Command{Name: "billPeriod"}, func(tx *ent.Tx) (*db.Bill, error) {
		tx = tx.Within(period.AccountID)
		tx.On(period.AccountID, period.ID)
		a, err := agreedWith(tx, period.AccountID)
		if err != nil {
			return nil, err
		}
		disputable, err := a.deadline(a.dispute, tx.Now)
		if err != nil {
			return nil, err
		}
		closed, err := usage.ClosePeriod(tx, period.ID, disputable)
		if err != nil || !closed {
			return nil, err
		}
		zone, err := zoneOf(period.Zone, a.zone)
		if err != nil {
			return nil, err
		}
		m, err := measure(tx, period, zone)
		if err != nil {
			return nil, err
		}
		if len(m.lines) == 0 { // no usage, no bill
			return nil, usage.EmptyPeriod(tx, period.ID)
		}
		return m.bill(tx, a, disputable)
	})
	return err
}

// zoneOf is the zone in which a period was opened, or its bill made; of one of an
// older release, which kept none, that of the agreement.
func zoneOf(kept *string, agreed calendar.Zone) (calendar.Zone, error) {
	if kept == nil {
		return agreed, nil
	}
	return calendar.LoadZone(*kept)
}
