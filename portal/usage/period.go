package usage

import (
	"cmp"
	"slices"
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/plan"
	"portico/ent/db/service"
	"portico/ent/db/usageperiod"
	"portico/portal/param"
)

// Span is a billing period in the zone of an agreement: from its first instant
// to the first after it.
type Span struct {
	From, To time.Time
	Unit     usageperiod.Unit
}

// SpanOf is the billing period of a unit that an instant falls in. Spans of one
// unit and zone tile time, without gap or overlap (3.4).
func SpanOf(zone calendar.Zone, unit usageperiod.Unit, at time.Time) Span {
	s := Span{Unit: unit}
	switch unit {
	case usageperiod.UnitHOUR:
		s.From = zone.StartOfHour(at)
		s.To = s.From.Add(time.Hour)
	case usageperiod.UnitDAY:
		day := zone.Day(at)
		s.From, s.To = zone.Start(day), zone.End(day)
	case usageperiod.UnitMONTH:
		s.From = zone.StartOfMonth(at)
		s.To = zone.Start(zone.Day(s.From).AddMonths(1, 1))
	}
	return s
}

// terms are the figures of one account's agreement that periods depend on.
type terms struct {
	zone  calendar.Zone
	delay time.Duration
}

// periodKey names a period of an account.
type periodKey struct {
	accountID, productID string
	unit                 usageperiod.Unit
	from                 time.Time
}

// periods are those that a report falls in.
type periods struct {
	terms map[string]terms
	units map[string]usageperiod.Unit // by plan
	known map[periodKey]*period
}

// period is one of them, with what the report adds to it.
type period struct {
	Span
	accountID, productID string
	id                   string // empty until it is opened
	closesAt             time.Time
	events               int64
}

func (p *period) key() periodKey { return periodKey{p.accountID, p.productID, p.Unit, p.From} }

// findTerms reads which plans are billed by which period, and the figures of
// the accounts concerned.
func (b *batch) findTerms() error {
	b.periods = periods{terms: map[string]terms{}, units: map[string]usageperiod.Unit{}, known: map[periodKey]*period{}}
	var plans, accounts []string
	for _, list := range b.services {
		for _, s := range list {
			if s.Charging == service.ChargingMETERED {
				plans, accounts = append(plans, s.PlanID), append(accounts, s.AccountID)
			}
		}
	}
	if len(plans) == 0 {
		return nil
	}
	slices.Sort(plans)
	for part := range slices.Chunk(slices.Compact(plans), idsPerQuery) {
		rows, err := b.tx.Plan.Query().Where(plan.IDIn(part...)).All(b.tx)
		if err != nil {
			return err
		}
		for _, p := range rows {
			b.periods.units[p.ID] = usageperiod.Unit(p.BillingPeriod)
		}
	}
	slices.Sort(accounts)
	for part := range slices.Chunk(slices.Compact(accounts), idsPerQuery) {
		figures, err := param.ForEach(b.tx, b.tx.Client().Override, part, b.tx.Now, clause.AgreementZone, clause.BillCloseDelay)
		if err != nil {
			return err
		}
		for id, f := range figures {
			zone, err := calendar.LoadZone(f[clause.AgreementZone].Value())
			if err != nil {
				return err
			}
			b.periods.terms[id] = terms{zone, f[clause.BillCloseDelay].Duration()}
		}
	}
	return nil
}

// periodOf is the period that usage of a service is billed in; nil for what
// isn't billed by usage.
func (b *batch) periodOf(s *db.Service, at time.Time) (*period, error) {
	if s.Charging != service.ChargingMETERED {
		return nil, nil
	}
	t := b.periods.terms[s.AccountID]
	p := &period{Span: SpanOf(t.zone, b.periods.units[s.PlanID], at), accountID: s.AccountID, productID: s.ProductID}
	if known := b.periods.known[p.key()]; known != nil {
		return known, nil
	}
	p.closesAt = p.To.Add(t.delay)
	row, err := b.tx.UsagePeriod.Query().Where(usageperiod.AccountID(p.accountID), usageperiod.ProductID(p.productID),
		usageperiod.UnitEQ(p.Unit), usageperiod.FromAt(p.From)).Only(b.tx)
	switch {
	case err == nil: // as it was opened
		p.id, p.To, p.closesAt = row.ID, row.ToAt, row.ClosesAt
	case !db.IsNotFound(err):
		return nil, err
	}
	b.periods.known[p.key()] = p
	return p, nil
}

// enter opens the periods that the report is the first to fall in, and counts
// its events in the others on condition that they are open: who closes one
// waits for the report, or the report runs again and finds it closed.
func (b *batch) enter() error {
	var list []*period
	for _, p := range b.periods.known {
		if p.events > 0 {
			list = append(list, p)
		}
	}
	// sorted, so that two reports lock the periods in the same order
	slices.SortFunc(list, func(x, y *period) int {
		return cmp.Or(cmp.Compare(x.accountID, y.accountID), cmp.Compare(x.productID, y.productID), cmp.Compare(x.Unit, y.Unit), x.From.Compare(y.From))
	})
	for _, p := range list {
		if err := b.enterOne(p); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) enterOne(p *period) error {
	tx := b.tx
	if p.id == "" {
		p.id = ent.NewID("uper")
		return stale(tx.UsagePeriod.Create().SetID(p.id).SetAccountID(p.accountID).SetProductID(p.productID).SetUnit(p.Unit).
			SetFromAt(p.From).SetToAt(p.To).SetClosesAt(p.closesAt).SetStatus(usageperiod.StatusOPEN).SetEvents(p.events).Exec(tx))
	}
	n, err := tx.UsagePeriod.Update().Where(usageperiod.ID(p.id), usageperiod.StatusEQ(usageperiod.StatusOPEN)).AddEvents(p.events).Save(tx)
	if err == nil && n == 0 {
		return ent.ErrStale
	}
	return err
}

// ClosePeriod closes a billing period in the caller's transaction, on condition
// that it is open and due; false if it was closed before, or isn't due. From
// then on no event is accepted for it, and none that was accepted is missing
// from its totals (3.4). For unit billing.
func ClosePeriod(tx *ent.Tx, id string) (bool, error) {
	n, err := tx.UsagePeriod.Update().Where(usageperiod.ID(id), usageperiod.StatusEQ(usageperiod.StatusOPEN), usageperiod.ClosesAtLTE(tx.Now)).
		SetStatus(usageperiod.StatusCLOSED).SetClosedAt(tx.Now).Save(tx)
	return n > 0, err
}
