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
	"portico/portal/kernel/param"
	"portico/portal/offer/catalog"
)

// Opening is a service that an order opens.
type Opening struct {
	// ID is the service's, OrderID the order's; needed to open, not to ask.
	ID, OrderID string
	// Application is the row as the transaction has read it.
	Application *db.Application
	Plan        *db.Plan
	// Months is the length of the paid term; 0 is without an end.
	Months int
	// Zone is that of the agreement with the account.
	Zone calendar.Zone

	// examined is set once [Refusals] has looked for the running service, so that
	// opening in the same transaction needn't again: what is written holds on
	// condition that it still runs, or that none does.
	examined bool
	running  *db.Service
}

// key holds that an application runs one service of a product (3.7).
func (o Opening) key() string { return o.Application.ID + "|" + o.Plan.ProductID }

// renews tells whether the opening prolongs a service: the same plan, paid for
// a term that begins where the present one ends (3.7).
func (o Opening) renews(running *db.Service) bool {
	return running != nil && running.PlanID == o.Plan.ID && running.ExpiresAt != nil && o.Months > 0
}

// Replaces is the service that the opening would end at once: another plan of the
// product that the application runs (3.7); nil if it ends none, or prolongs the
// one that runs. [Refusals] must have looked.
func (o Opening) Replaces(now time.Time) *db.Service {
	if o.running == nil || !Runs(o.running, now) || o.running.PlanID == o.Plan.ID {
		return nil
	}
	return o.running
}

// Refusals tells why a service could not be opened now: [PlanTooSmall],
// [AlreadyRuns], [PaidTooFar]; none if it could. A read, for preview and order alike; it keeps
// in o which service would be replaced.
func Refusals(ctx context.Context, c *db.Client, o *Opening, now time.Time) ([]clause.Refusal, error) {
	running, err := c.Service.Query().Where(service.RunningKey(o.key())).Only(ctx)
	if err != nil && !db.IsNotFound(err) {
		return nil, err
	}
	o.examined, o.running = true, running
	refusals, err := tooSmall(ctx, c, *o, now)
	if err != nil {
		return nil, err
	}
	if running != nil && Runs(running, now) && running.PlanID == o.Plan.ID && !o.renews(running) {
		refusals = append(refusals, AlreadyRuns.At("planId"))
	}
	if o.renews(running) && o.Zone.AddMonths(*running.ExpiresAt, o.Months, anchorOf(running, o.Zone)).After(o.Zone.AddMonths(now, mostMonths, 0)) {
		refusals = append(refusals, PaidTooFar.At("term.count").With("months", mostMonths).WithFor(authz.ServiceRead, "expiresAt", *running.ExpiresAt))
	}
	return refusals, nil
}

// anchorOf is the day of the month that a service's terms end on, or the last of
// a shorter month: the day on which its first term began. An older release kept
// none: where its term ends on a month's last day, and it was opened on a later
// one, that is it.
func anchorOf(running *db.Service, z calendar.Zone) int {
	if running.AnchorDay != nil {
		return int(*running.AnchorDay)
	}
	opened, expires := z.Day(running.OpenedAt).Day, z.Day(*running.ExpiresAt)
	if expires.Day == expires.DaysInMonth() && opened > expires.Day {
		return opened
	}
	return expires.Day
}

// mostMonths is how far ahead renewals can be paid, in months: as far as the
// longest single term.
const mostMonths = 36 * 12

// tooSmall holds what is in use against the plan's limits, each by its scope (2.3).
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
		// what the whole account uses, who may read the usage of some applications isn't told
		if catalog.ScopeOf(l) == catalog.EachApplication || authz.From(ctx).Allows(authz.UsageRead, authz.On(o.Application.AccountID), now) {
			refusal = refusal.WithFor(authz.UsageRead, "used", level)
		}
		refusals = append(refusals, refusal)
	}
	return refusals, nil
}

// Open opens a service in the caller's transaction. It replaces at once the
// one that the application runs of the same product (3.7); the same plan paid
// for a further term goes on from its expiry. The caller has the permission
// and the money. Refusals: [ApplicationDeleted], [PlanTooSmall], [AlreadyRuns].
func Open(tx *ent.Tx, o Opening) (*db.Service, error) {
	account := o.Application.AccountID
	alive, err := stays(tx, o.Application)
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
	if o.running != nil {
		tx.NoEarlier(o.running.OpenedAt)
	}
	from, anchor := tx.Now, o.Zone.Day(tx.Now).Day
	if running := o.running; running != nil {
		if o.renews(running) && running.ExpiresAt.After(tx.Now) {
			from, anchor = *running.ExpiresAt, anchorOf(running, o.Zone)
		}
		if err := end(tx, running); err != nil {
			return nil, err
		}
	}
	create := tx.Service.Create().SetID(o.ID).SetAccountID(account).SetApplicationID(o.Application.ID).
		SetProductID(o.Plan.ProductID).SetPlanID(o.Plan.ID).SetOrderID(o.OrderID).SetStatus(service.StatusRUNNING).
		SetCharging(service.Charging(o.Plan.Charging)).SetClass(service.Class(o.Plan.Class)).SetLimits(o.Plan.Limits).
		SetOpenedAt(tx.Now).SetAutoRenew(false).SetRunningKey(o.key())
	if o.Plan.Charging == plan.ChargingPREPAID && o.Months > 0 {
		create.SetExpiresAt(o.Zone.AddMonths(from, o.Months, anchor)).SetAnchorDay(int64(anchor))
	}
	row, err := create.Save(tx)
	if ent.IsDuplicate(err) { // a twin opened one meanwhile
		return nil, ent.ErrStale
	}
	return row, err
}

// stays tells whether an application that the transaction has read is there, and
// holds it to its end. On SQLite, which has one writer, nobody deletes it
// meanwhile; elsewhere the row is written, though not changed: who deletes it at
// the same time waits, or is waited for.
func stays(tx *ent.Tx, a *db.Application) (bool, error) {
	if tx.Store().Dialect() == dialect.SQLite {
		return a.Status == application.StatusACTIVE, nil
	}
	n, err := tx.Application.Update().Where(application.ID(a.ID), application.StatusEQ(application.StatusACTIVE)).
		SetStatus(application.StatusACTIVE).Save(tx)
	return n > 0, err
}

// end makes room for the service that follows: a running one is replaced, one
// past its term, which the job has yet to end, expires.
func end(tx *ent.Tx, running *db.Service) error {
	status, at := service.StatusREPLACED, tx.Now
	if !Runs(running, tx.Now) {
		status, at = service.StatusEXPIRED, *running.ExpiresAt
	}
	n, err := tx.Service.Update().Where(service.ID(running.ID), service.StatusEQ(service.StatusRUNNING)).
		SetStatus(status).SetClosedAt(at).SetAutoRenew(false).ClearRunningKey().Save(tx)
	if err == nil && n == 0 {
		return ent.ErrStale
	}
	return err
}
