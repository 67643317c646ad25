package usage

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/service"
	"portico/ent/db/usageperiod"
	"portico/portal/catalog"
	"portico/portal/param"
)

// Span is a billing period in the zone of an agreement: from its first instant
// to the first after it.
type Span struct {
	From, To time.Time
	Unit     usageperiod.Unit
}

// SpanOf is the billing period of a unit that an instant falls in. Spans of one
// unit and zone tile time, without gap or overlap (3.4). Where a clock change
// isn't one of full hours, the hour that it cuts is two.
func SpanOf(zone calendar.Zone, unit usageperiod.Unit, at time.Time) Span {
	s := Span{Unit: unit}
	switch unit {
	case usageperiod.UnitHOUR:
		s.From = zone.StartOfHour(at)
		s.To = s.From.Add(time.Hour)
		changed, changes := at.In(zone.Location()).ZoneBounds()
		if s.From.Before(changed) {
			s.From = changed.UTC()
		}
		if !changes.IsZero() && changes.Before(s.To) {
			s.To = changes.UTC()
		}
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

// findTerms reads the figures of the accounts whose services are billed by use.
func (b *batch) findTerms() error {
	b.periods = periods{terms: map[string]terms{}, known: map[periodKey]*period{}}
	var accounts []string
	for _, list := range b.services {
		for _, s := range list {
			if s.Charging == service.ChargingMETERED {
				accounts = append(accounts, s.AccountID)
			}
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

// findPeriods finds the period that each event is billed in: as it was opened,
// or as it will be.
func (b *batch) findPeriods() error {
	accounts, begins := map[string]bool{}, map[time.Time]bool{}
	for i := range b.events {
		e := &b.events[i]
		if e.running == nil || e.gauge || e.running.Charging != service.ChargingMETERED {
			continue
		}
		t := b.periods.terms[e.running.AccountID]
		p := &period{Span: SpanOf(t.zone, usageperiod.Unit(b.meters.Period[e.running.PlanID]), e.At), accountID: e.running.AccountID, productID: e.running.ProductID}
		if e.period = b.periods.known[p.key()]; e.period == nil {
			p.closesAt = p.To.Add(t.delay)
			e.period, b.periods.known[p.key()] = p, p
			accounts[p.accountID], begins[p.From] = true, true
		}
	}
	for some := range slices.Chunk(slices.Collect(maps.Keys(accounts)), idsPerQuery/2) {
		for from := range slices.Chunk(slices.Collect(maps.Keys(begins)), idsPerQuery/2) {
			rows, err := b.tx.UsagePeriod.Query().Where(usageperiod.AccountIDIn(some...), usageperiod.FromAtIn(from...)).All(b.tx)
			if err != nil {
				return err
			}
			for _, row := range rows {
				if p := b.periods.known[periodKey{row.AccountID, row.ProductID, row.Unit, row.FromAt.UTC()}]; p != nil {
					p.id, p.To, p.closesAt = row.ID, row.ToAt, row.ClosesAt
					if row.Status == usageperiod.StatusCLOSED { // whatever this process's clock says
						p.closesAt = row.FromAt
					}
				}
			}
		}
	}
	return nil
}

// priced tells whether the plan had a price for what an event is of: without
// one it could never be billed.
func (b *batch) priced(e event) bool {
	from, is := b.meters.Listed[catalog.Listing{PlanID: e.running.PlanID, Metric: e.Metric}]
	return is && !e.At.Before(from)
}

// enter opens the periods that the report is the first to fall in, and counts
// its events in the others on condition that they are open: who closes one
// waits for the report, or the report runs again and finds it closed.
func (b *batch) enter() error {
	var created []*db.UsagePeriodCreate
	var opened []ent.PeriodEvents
	list := slices.Collect(maps.Values(b.periods.known))
	// sorted, so that two reports lock the periods in the same order
	slices.SortFunc(list, func(x, y *period) int {
		return cmp.Or(cmp.Compare(x.accountID, y.accountID), cmp.Compare(x.productID, y.productID), cmp.Compare(x.Unit, y.Unit), x.From.Compare(y.From))
	})
	for _, p := range list {
		switch {
		case p.events == 0:
		case p.id != "":
			opened = append(opened, ent.PeriodEvents{AccountID: p.accountID, PeriodID: p.id, Events: p.events})
		default:
			p.id = ent.NewID("uper")
			created = append(created, b.tx.UsagePeriod.Create().SetID(p.id).SetAccountID(p.accountID).SetProductID(p.productID).SetUnit(p.Unit).
				SetFromAt(p.From).SetToAt(p.To).SetClosesAt(p.closesAt).SetStatus(usageperiod.StatusOPEN).SetEvents(p.events))
		}
	}
	if err := b.tx.EnterPeriods(opened); err != nil {
		return err
	}
	for part := range slices.Chunk(created, idsPerQuery) {
		if err := stale(b.tx.UsagePeriod.CreateBulk(part...).Exec(b.tx)); err != nil {
			return err
		}
	}
	return nil
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

// EndPeriods lets the open billing periods of an account end now, where they
// would end later: once their closing delay is over, what was used in them is
// billed (0, 3.4). A step of unit closing.
func EndPeriods(tx *ent.Tx, accountID string) error {
	figures, err := param.ForEach(tx, tx.Client().Override, []string{accountID}, tx.Now, clause.BillCloseDelay)
	if err != nil {
		return err
	}
	closes := tx.Now.Add(figures[accountID][clause.BillCloseDelay].Duration())
	return tx.UsagePeriod.Update().Where(usageperiod.AccountID(accountID), usageperiod.StatusEQ(usageperiod.StatusOPEN), usageperiod.ClosesAtGT(closes)).
		SetToAt(tx.Now).SetClosesAt(closes).Exec(tx)
}
