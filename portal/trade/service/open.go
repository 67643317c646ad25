package service

import (
	"context"
	"time"

	"entgo.io/ent/dialect"

	"portico/authz"
	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/ent/db/plan"
	"portico/ent/db/service"
	"portico/ent/statement"
	"portico/portal/kernel/param"
	"portico/portal/offer/catalog"
)

// Opening is a service that an order opens.
type Opening struct {
	// ID and OrderID are the ids of the service and the order. They are needed
	// to open, not to check.
	ID, OrderID string
	// Application is the row that the transaction has read.
	Application *db.Application
	Plan        *db.Plan
	// Months is the length of the paid term; 0 means no end.
	Months int
	// Zone is the zone of the account's agreement.
	Zone calendar.Zone

	// Running is the service of the product that the application runs, as the
	// transaction has read it; nil if there is none. The writes are conditional on
	// that service still running, or on there being none.
	Running *statement.Running

	// Stays is true if the transaction holds a lock on the application, which is
	// active.
	Stays bool

	// examined is set when [Refusals] was asked, so that Open in the same
	// transaction needn't.
	examined bool
}

// key returns the unique key by which an application runs one service of a
// product (3.7).
func (o Opening) key() string { return o.Application.ID + "|" + o.Plan.ProductID }

// renews reports whether the opening renews a service: the same plan, paid for
// a term that begins when the present one ends (3.7).
func (o Opening) renews() bool {
	return o.Running != nil && o.Running.PlanID == o.Plan.ID && o.Running.ExpiresAt != nil && o.Months > 0
}

// runs reports whether the present service still runs (3.7).
func (o Opening) runs(now time.Time) bool {
	r := o.Running
	return r != nil && (r.ExpiresAt == nil || now.Before(*r.ExpiresAt))
}

// Replaces returns the id of the service that the opening would end at once:
// another plan of the same product for the application (3.7). It is "" if there is
// none, or if the opening renews it.
func (o Opening) Replaces(now time.Time) string {
	if !o.runs(now) || o.Running.PlanID == o.Plan.ID {
		return ""
	}
	return o.Running.ID
}

// Refusals returns the reasons why a service could not be opened now:
// [PlanTooSmall], [AlreadyRuns], [PaidTooFar]; none if it could. It only reads,
// for previews and orders alike.
func Refusals(ctx context.Context, c *db.Client, o *Opening, now time.Time) ([]clause.Refusal, error) {
	o.examined = true
	refusals, err := tooSmall(ctx, c, *o, now)
	if err != nil {
		return nil, err
	}
	running := o.Running
	if o.runs(now) && running.PlanID == o.Plan.ID && !o.renews() {
		refusals = append(refusals, AlreadyRuns.At("planId"))
	}
	if o.renews() && o.Zone.AddMonths(*running.ExpiresAt, o.Months, anchorOf(running, o.Zone)).After(o.Zone.AddMonths(now, mostMonths, 0)) {
		refusals = append(refusals, PaidTooFar.At("term.count").With("months", mostMonths).WithFor(authz.ServiceRead, "expiresAt", *running.ExpiresAt))
	}
	return refusals, nil
}

// anchorOf returns the day of the month on which a service's terms end: the day
// on which its first term began. A shorter month ends them on its last day.
// Rows of older releases have no anchor: if the term ends on the last day of a
// month and the service was opened on a later day, it is that day.
func anchorOf(running *statement.Running, z calendar.Zone) int {
	if running.AnchorDay != nil {
		return int(*running.AnchorDay)
	}
	opened, expires := z.Day(running.OpenedAt).Day, z.Day(*running.ExpiresAt)
	if expires.Day == expires.DaysInMonth() && opened > expires.Day {
		return opened
	}
	return expires.Day
}

// mostMonths is the maximum number of months that can be paid ahead by
// renewals; it equals the longest single term.
const mostMonths = 36 * 12

// tooSmall compares the present use with the plan's limits, each in its scope
// (2.3).
func tooSmall(ctx context.Context, c *db.Client, o Opening, now time.Time) ([]clause.Refusal, error) {
	var refusals []clause.Refusal
	for _, l := range o.Plan.Limits {
		if !catalog.RefusesMore(l) {
			continue
		}
		limit, err := param.LimitOf(ctx, c.Override, o.Application.AccountID, l, now)
		if err != nil {
			return nil, err
		}
		level, err := catalog.Level(ctx, c, l, o.Application.AccountID, o.Plan.ProductID, o.Application.ID, now)
		if err != nil {
			return nil, err
		}
		if level.Cmp(limit) <= 0 {
			continue
		}
		lifting, err := catalog.Lifting(ctx, c, o.Plan.ProductID, l)
		if err != nil {
			return nil, err
		}
		refusal := PlanTooSmall.At("planId").By(clause.Ref(l.Clause)).With("metric", l.Metric).With("scope", string(catalog.ScopeOf(l))).
			With("limit", limit.String()).With("accountId", o.Application.AccountID).With("liftingPlanId", lifting).With("applicationId", o.Application.ID)
		// The use of the whole account isn't shown to readers of some applications only.
		if catalog.ScopeOf(l) == catalog.EachApplication || authz.From(ctx).Allows(authz.UsageRead, authz.On(o.Application.AccountID), now) {
			refusal = refusal.WithFor(authz.UsageRead, "used", level)
		}
		refusals = append(refusals, refusal)
	}
	return refusals, nil
}

// Open opens a service in the caller's transaction. It replaces at once the
// running service of the same product (3.7); the same plan with a further term
// continues from the expiry. The caller checks the permission and takes the
// money. Refusals: [ApplicationDeleted], [PlanTooSmall], [AlreadyRuns].
func Open(tx *ent.Tx, o Opening) (*db.Service, error) {
	account := o.Application.AccountID
	alive, err := stays(tx, o)
	if err != nil {
		return nil, err
	}
	if !alive {
		return nil, ApplicationDeleted.At("applicationId").With("accountId", account)
	}
	if !o.examined {
		refusals, err := Refusals(tx, tx.Client(), &o, tx.Now)
		if err != nil {
			return nil, err
		}
		if len(refusals) > 0 {
			return nil, refusals[0]
		}
	}
	tx.NoEarlier(o.Application.CreatedAt)
	from, anchor := tx.Now, o.Zone.Day(tx.Now).Day
	if running := o.Running; running != nil {
		tx.NoEarlier(running.OpenedAt)
		if o.renews() && running.ExpiresAt.After(tx.Now) {
			from, anchor = *running.ExpiresAt, anchorOf(running, o.Zone)
		}
		if err := end(tx, o); err != nil {
			return nil, err
		}
	}
	key := o.key()
	row := &db.Service{ID: o.ID, AccountID: account, ApplicationID: o.Application.ID, ProductID: o.Plan.ProductID, PlanID: o.Plan.ID, OrderID: o.OrderID,
		Status: service.StatusRUNNING, Charging: service.Charging(o.Plan.Charging), Class: service.Class(o.Plan.Class), Limits: o.Plan.Limits,
		OpenedAt: tx.Now, RunningKey: &key}
	if o.Plan.Charging == plan.ChargingPREPAID && o.Months > 0 {
		expires, day := o.Zone.AddMonths(from, o.Months, anchor), int64(anchor)
		row.ExpiresAt, row.AnchorDay = &expires, &day
	}
	err = ent.Insert(tx, row)
	if ent.IsDuplicate(err) { // a concurrent order opened one
		return nil, ent.ErrStale
	}
	return row, err
}

// stays reports whether an application that the transaction has read still
// exists, and keeps it from being deleted until the transaction ends. SQLite
// has one writer, so that nobody can delete it. On other engines the row is
// written without a change, unless it is locked already, so that a concurrent
// deletion waits, or is waited for.
func stays(tx *ent.Tx, o Opening) (bool, error) {
	if o.Stays {
		return true, nil
	}
	if tx.Store().Dialect() == dialect.SQLite {
		return o.Application.Status == application.StatusACTIVE, nil
	}
	n, err := tx.Application.Update().Where(application.ID(o.Application.ID), application.StatusEQ(application.StatusACTIVE)).
		SetStatus(application.StatusACTIVE).Save(tx)
	return n > 0, err
}

// end makes room for the next service: a running service is replaced; one that
// is past its term, and that the job has not ended yet, expires.
func end(tx *ent.Tx, o Opening) error {
	status, at := service.StatusREPLACED, tx.Now
	if !o.runs(tx.Now) {
		status, at = service.StatusEXPIRED, *o.Running.ExpiresAt
	}
	ended, err := statement.EndService(tx, o.Application.AccountID, o.Running.ID, status, at)
	if err == nil && !ended {
		return ent.ErrStale
	}
	tx.Changed(&db.Service{ID: o.Running.ID, AccountID: o.Application.AccountID, Status: service.StatusRUNNING},
		map[string]any{service.FieldStatus: status, service.FieldClosedAt: at})
	return err
}
