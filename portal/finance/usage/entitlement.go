package usage

import (
	"context"
	"errors"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/ent/db/service"
	"portico/ent/db/usagetotal"
	"portico/money"
	"portico/portal/kernel/command"
	"portico/portal/kernel/param"
	"portico/portal/offer/catalog"
)

// Allowed reports whether one more unit of a metric is allowed to an
// application, and by which clause if it isn't: no service measures the metric
// (3.6), standing stops the service, or a limit is reached (2.3), which is so
// when used equals limit. Used is the level of a gauge, or the usage of a
// counter since the day began in the agreement's zone. If the limit is the
// account's, it is the sum of the levels of all applications that share it
// ([catalog.Shares]). For holders of entitlement:read: the data plane.
func Allowed(ctx context.Context, s *ent.Store, applicationID, metric string) (*Entitlement, error) {
	c, now := s.Read(), s.Now()
	object, err := command.Locate(ctx, c, applicationID)
	if err != nil {
		return nil, err
	}
	if err := command.May(ctx, c, authz.EntitlementRead, object, now, s.Wall()); err != nil {
		return nil, err
	}
	ctx = authz.Narrow(ctx, object.AccountID)
	running, gauge, err := measuring(ctx, c, applicationID, metric, now)
	if err != nil {
		return nil, err
	}
	e := &Entitlement{Allowed: true}
	l, limited := limit{}, false
	if running != nil {
		l, limited, err = e.measure(ctx, c, running, metric, now)
	}
	if !limited && err == nil {
		e.Used, err = used(ctx, c, object, metric, gauge, now)
	}
	if err != nil {
		return nil, err
	}
	if running == nil {
		return e.refuse(NoService.With("metric", metric).With("accountId", object.AccountID).With("applicationId", applicationID)), nil
	}
	var refusal clause.Refusal
	err = command.Denied(ctx, c, authz.ServiceRun, command.ObjectOf(running), now)
	switch {
	case errors.As(err, &refusal):
		return e.refuse(refusal), nil
	case err != nil:
		return nil, err
	case limited && e.Used.Cmp(l.quantity) >= 0:
		return e.refuse(l.refusal(running, metric, e.Used)), nil
	}
	return e, nil
}

func (e *Entitlement) refuse(r clause.Refusal) *Entitlement {
	e.Allowed, e.Refusal = false, &r
	return e
}

// measure sets limit and used by the strictest limit of a metric on a service.
// It returns that limit with the plan that lifts it; false if there is no
// limit.
func (e *Entitlement) measure(ctx context.Context, c *db.Client, s *db.Service, metric string, now time.Time) (limit, bool, error) {
	l, is := catalog.Refusing(s, metric)
	if !is {
		return limit{}, false, nil
	}
	quantity, err := param.LimitOf(ctx, c.Override, s.AccountID, l, now)
	if err != nil {
		return limit{}, false, err
	}
	e.Limit = &quantity
	if e.Used, err = catalog.Level(ctx, c, l, s.AccountID, s.ProductID, s.ApplicationID, now); err != nil {
		return limit{}, false, err
	}
	lifting, err := catalog.Lifting(ctx, c, s.ProductID, l)
	return limit{quantity, clause.Ref(l.Clause), catalog.ScopeOf(l), lifting}, true, err
}

// measuring returns the service of an application that measures a metric now.
func measuring(ctx context.Context, c *db.Client, applicationID, metric string, now time.Time) (*db.Service, bool, error) {
	alive, err := c.Application.Query().Where(application.ID(applicationID), application.StatusEQ(application.StatusACTIVE)).Exist(ctx)
	if err != nil || !alive {
		return nil, false, err
	}
	rows, err := c.Service.Query().Where(service.ApplicationID(applicationID), service.StatusEQ(service.StatusRUNNING)).All(ctx)
	if err != nil {
		return nil, false, err
	}
	products := make([]string, len(rows))
	for i, row := range rows {
		products[i] = row.ProductID
	}
	meters, err := catalog.Meters(ctx, c, products)
	if err != nil {
		return nil, false, err
	}
	for _, row := range rows {
		if gauge, measures := meters.Gauge[catalog.Meter{ProductID: row.ProductID, Metric: metric}]; measures && provided(row, now) {
			return row, gauge, nil
		}
	}
	return nil, false, nil
}

func used(ctx context.Context, c *db.Client, o authz.Object, metric string, gauge bool, now time.Time) (money.Decimal, error) {
	from := gaugeHour
	q := c.UsageTotal.Query().Where(usagetotal.ApplicationID(o.ApplicationID), usagetotal.Metric(metric))
	if !gauge {
		a, err := param.Of(ctx, c.Override, o.AccountID, now)
		if err != nil {
			return money.Decimal{}, err
		}
		from = a.Zone().StartOfDay(now)
	}
	rows, err := q.Where(usagetotal.HourGTE(from)).All(ctx)
	if err != nil {
		return money.Decimal{}, err
	}
	var sum money.Decimal
	for _, row := range rows {
		sum = sum.Add(money.Micros(row.QuantityMicros))
	}
	return sum, nil
}
