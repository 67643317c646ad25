package billing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/usageperiod"
	"portico/money"
	"portico/portal/finance/usage"
	"portico/portal/kernel/command"
	"portico/portal/kernel/job"
	"portico/portal/kernel/param"
	"portico/portal/offer/rating"
)

// Run is the job that closes each period that is due and bills it (3.4). Hours of
// several accounts are billed in one transaction where nothing is special about
// them; any other period has a transaction of its own. Then it retries the periods
// that could not be billed before. A period that fails stays due.
func Run() job.Job {
	return job.EachTogether("billing.run", together, tryHours, try, job.List[*db.UsagePeriod]{
		Rows: func(ctx context.Context, c *db.Client, within job.Range, most int) ([]*db.UsagePeriod, error) {
			return c.UsagePeriod.Query().Where(usageperiod.StatusEQ(usageperiod.StatusOPEN), usageperiod.RetryAtIsNil(),
				within.By(usageperiod.FieldClosesAt, usageperiod.FieldID)).
				Order(db.Asc(usageperiod.FieldClosesAt, usageperiod.FieldID)).Limit(most).All(ctx)
		},
		Key: func(p *db.UsagePeriod) job.Key { return job.Key{At: p.ClosesAt, ID: p.ID, Account: p.AccountID} },
	}, job.List[*db.UsagePeriod]{
		Rows: func(ctx context.Context, c *db.Client, within job.Range, most int) ([]*db.UsagePeriod, error) {
			return c.UsagePeriod.Query().Where(usageperiod.StatusEQ(usageperiod.StatusOPEN),
				within.By(usageperiod.FieldRetryAt, usageperiod.FieldID)).
				Order(db.Asc(usageperiod.FieldRetryAt, usageperiod.FieldID)).Limit(most).All(ctx)
		},
		Key: func(p *db.UsagePeriod) job.Key { return job.Key{At: *p.RetryAt, ID: p.ID, Account: p.AccountID} },
	})
}

// Reasons for which a period could not be billed.
const (
	// FailedNoPrice: a used metric had no listed price.
	FailedNoPrice = "NO_PRICE"
	// FailedTooLarge: an amount or a balance exceeds what can be stored.
	FailedTooLarge = "AMOUNT_TOO_LARGE"
	// FailedInternal: an internal error, which is in the log.
	FailedInternal = "INTERNAL"
)

// The time before billing retries a period. It doubles with each failure.
const (
	firstRetry = 10 * time.Minute
	mostRetry  = 24 * time.Hour
)

func retryAfter(failures int64) time.Duration {
	return min(firstRetry<<min(failures, 10), mostRetry)
}

// try bills a period. If the period can't be billed, it records the reason, and
// other periods are billed all the same. It returns an error if the reason
// can't be recorded.
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
	_, err := command.Do(ctx, s, command.Command{Name: "billingFailed"}, func(tx *command.Tx) (*db.UsagePeriod, error) {
		tx = tx.Within(period.AccountID)
		tx.AuditObject(period.AccountID, period.ID)
		tx.AuditDetail("failure", code)
		return nil, usage.FailPeriod(tx.Tx, period, code, detail, tx.Now.Add(retryAfter(period.Failures)))
	})
	return err
}

// billPeriod closes a period and bills it, all or nothing. Two concurrent runs
// make one bill, by the condition of the closing and the bill's unique keys.
func billPeriod(ctx context.Context, s *ent.Store, period *db.UsagePeriod) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("billing: panic: %v\n%s", p, debug.Stack())
		}
	}()
	_, err = command.Do(ctx, s, command.Command{Name: "billPeriod"}, func(tx *command.Tx) (*db.Bill, error) {
		tx = tx.Within(period.AccountID)
		tx.AuditObject(period.AccountID, period.ID)
		a, err := param.Of(tx, tx.Override, period.AccountID, tx.Now)
		if err != nil {
			return nil, err
		}
		disputable, err := a.Deadline(a.DisputeRule(), tx.Now)
		if err != nil {
			return nil, err
		}
		closed, err := usage.ClosePeriod(tx.Tx, period.ID, disputable)
		if err != nil || !closed {
			return nil, err
		}
		zone, err := param.ZoneKept(period.Zone, a.Zone())
		if err != nil {
			return nil, err
		}
		m, err := measure(tx.Tx, period, zone)
		if err != nil {
			return nil, err
		}
		if len(m.lines) == 0 { // no usage, no bill
			return nil, usage.EmptyPeriod(tx.Tx, period.ID)
		}
		return m.bill(tx, a, disputable)
	})
	return err
}
