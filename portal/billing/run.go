package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/predicate"
	"portico/ent/db/usageperiod"
	"portico/portal/act"
	"portico/portal/job"
	"portico/portal/usage"
)

// batch is how many periods one look finds: memory doesn't grow with their
// number.
const batch = 200

// Run is the job that closes the periods that are due, and bills each (3.4).
func Run() job.Job { return job.Job{Name: "billing.run", Next: nextPeriod, Run: run} }

func nextPeriod(ctx context.Context, s *ent.Store) (time.Time, bool, error) {
	row, err := s.Read().UsagePeriod.Query().Where(usageperiod.StatusEQ(usageperiod.StatusOPEN)).
		Order(db.Asc(usageperiod.FieldClosesAt, usageperiod.FieldID)).First(ctx)
	if db.IsNotFound(err) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, err
	}
	return row.ClosesAt, true, nil
}

// run bills what is due, each period in a transaction of its own.
func run(ctx context.Context, s *ent.Store) (int, error) {
	return each(ctx, func(after *db.UsagePeriod) ([]*db.UsagePeriod, error) {
		which := []predicate.UsagePeriod{usageperiod.StatusEQ(usageperiod.StatusOPEN), usageperiod.ClosesAtLTE(s.Now())}
		if after != nil {
			which = append(which, usageperiod.Or(usageperiod.ClosesAtGT(after.ClosesAt),
				usageperiod.And(usageperiod.ClosesAt(after.ClosesAt), usageperiod.IDGT(after.ID))))
		}
		return s.Read().UsagePeriod.Query().Where(which...).
			Order(db.Asc(usageperiod.FieldClosesAt, usageperiod.FieldID)).Limit(batch).All(ctx)
	}, func(period *db.UsagePeriod) error { return billPeriod(ctx, s, period) })
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
func billPeriod(ctx context.Context, s *ent.Store, period *db.UsagePeriod) error {
	_, err := act.Do(ctx, s, act.Command{Name: "billPeriod"}, func(tx *ent.Tx) (*db.Bill, error) {
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
		m, err := measure(tx, period, a.zone)
		if err != nil || len(m.lines) == 0 { // no usage, no bill
			return nil, err
		}
		return m.bill(tx, a, disputable)
	})
	return err
}
