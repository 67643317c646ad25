package usage

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/service"
	"portico/ent/db/usageperiod"
	"portico/ent/statement"
	"portico/money"
	"portico/portal/kernel/param"
	"portico/portal/offer/catalog"
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

// periodKey names a period of an account.
type periodKey struct {
	accountID, productID string
	unit                 usageperiod.Unit
	from                 time.Time
}

// periods are those that a report falls in.
type periods struct {
	agreements map[string]param.Agreement // by account
	known      map[periodKey]*period
}

// period is one of them, with what the report adds to it.
type period struct {
	Span
	accountID, productID string
	id                   string // empty until it is opened
	closesAt             time.Time
	until                time.Time // late usage is accepted before
	zone                 string    // in which it is one; as it will be opened

	// What the report adds, and what is in it beside that.
	events, micros, worth int64
	heldMicros, heldWorth int64
}

func (p *period) key() periodKey { return periodKey{p.accountID, p.productID, p.Unit, p.From} }

// findAgreements reads the agreements of the accounts whose services are billed by
// use, and the prices that these set.
func (b *batch) findAgreements() error {
	var accounts []string
	for _, list := range b.services {
		for _, s := range list {
			if s.Charging == service.ChargingMETERED {
				accounts = append(accounts, s.AccountID)
			}
		}
	}
	slices.Sort(accounts)
	accounts = slices.Compact(accounts)
	agreements, err := param.OfEach(b.tx, b.tx.Override, accounts, b.tx.Now)
	if err != nil {
		return err
	}
	b.periods = periods{agreements: agreements, known: map[periodKey]*period{}}
	for part := range slices.Chunk(accounts, idsPerQuery) {
		if err := b.meters.Sign(b.tx, b.tx.Client(), part); err != nil {
			return err
		}
	}
	return nil
}

// findPeriods finds the period that each event belongs to, and those that would
// take it if that has closed: as they were opened, or as they will be.
func (b *batch) findPeriods() error {
	accounts, begins := map[string]bool{}, map[time.Time]bool{}
	for i := range b.events {
		e := &b.events[i]
		if e.running == nil || e.gauge || e.running.Charging != service.ChargingMETERED {
			continue
		}
		a, unit := b.periods.agreements[e.running.AccountID], usageperiod.Unit(b.meters.Period[e.running.PlanID])
		known := func(at time.Time) (*period, error) {
			p := &period{Span: SpanOf(a.Zone(), unit, at), accountID: e.running.AccountID, productID: e.running.ProductID, zone: a.Zone().String()}
			if old := b.periods.known[p.key()]; old != nil {
				return old, nil
			}
			p.closesAt = p.To.Add(a.Figure(clause.BillCloseDelay).Duration())
			until, err := a.Deadline(a.DisputeRule(), p.closesAt)
			p.until, b.periods.known[p.key()] = until.At, p
			accounts[p.accountID], begins[p.From] = true, true
			return p, err
		}
		var err error
		for _, of := range []struct {
			p  **period
			at time.Time
		}{{&e.period, e.At}, {&e.current, b.tx.Now}} {
			if *of.p, err = known(of.at); err != nil {
				return err
			}
		}
		if e.following, err = known(e.current.To); err != nil {
			return err
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
					p.opened(row)
				}
			}
		}
	}
	return nil
}

// opened takes a period as it was opened, and closed.
func (p *period) opened(row *db.UsagePeriod) {
	p.id, p.To, p.closesAt = row.ID, row.ToAt, row.ClosesAt
	p.heldMicros, p.heldWorth = row.QuantityMicros, row.Worth
	if row.Status == usageperiod.StatusCLOSED { // whatever this process's clock says
		p.closesAt = row.FromAt
	}
	if row.DisputableUntil != nil {
		p.until = *row.DisputableUntil
	}
}

// billedIn is the period that an event is billed in: its own while that takes
// usage; then, as an adjustment, the first after it that does (3.4). Its totals
// are kept by the hour, so an adjustment's lies before those of the period.
func (b *batch) billedIn(e event) *period {
	switch {
	case e.period == nil || b.tx.Now.Before(e.period.closesAt):
		return e.period
	case b.tx.Now.Before(e.current.closesAt) && e.At.Before(e.current.From.Truncate(time.Hour)):
		return e.current
	}
	return e.following
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
	var opened []statement.PeriodUsage
	list := slices.Collect(maps.Values(b.periods.known))
	// sorted, so that two reports lock the periods in the same order
	slices.SortFunc(list, func(x, y *period) int {
		return cmp.Or(cmp.Compare(x.accountID, y.accountID), cmp.Compare(x.productID, y.productID), cmp.Compare(x.Unit, y.Unit), x.From.Compare(y.From))
	})
	for _, p := range list {
		switch {
		case p.events == 0:
		case p.id != "":
			opened = append(opened, statement.PeriodUsage{AccountID: p.accountID, PeriodID: p.id, Events: p.events, Micros: p.micros, Worth: p.worth, MostWorth: money.MaxMinor})
		default:
			p.id = ent.NewID("uper")
			created = append(created, b.tx.UsagePeriod.Create().SetID(p.id).SetAccountID(p.accountID).SetProductID(p.productID).SetUnit(p.Unit).
				SetFromAt(p.From).SetToAt(p.To).SetClosesAt(p.closesAt).SetStatus(usageperiod.StatusOPEN).SetZone(p.zone).
				SetEvents(p.events).SetQuantityMicros(p.micros).SetWorth(p.worth))
		}
	}
	if err := statement.EnterPeriods(b.tx.Tx, opened); err != nil {
		return err
	}
	for part := range slices.Chunk(created, idsPerQuery) {
		if err := stale(b.tx.UsagePeriod.CreateBulk(part...).Exec(b.tx)); err != nil {
			return err
		}
	}
	return nil
}

// takes adds an event to a period, as far as there is room: what a bill comes to
// can be told up to the largest amount, and a total holds so much (3.4).
func (p *period) takes(micros, worth int64) bool {
	if p.heldMicros+p.micros > statement.MostMicros-micros || p.heldWorth+p.worth > money.MaxMinor-worth {
		return false
	}
	p.events, p.micros, p.worth = p.events+1, p.micros+micros, p.worth+worth
	return true
}

// worth is at most how much an event comes to on its bill, in minor units: a
// line is rounded once, so each of its events by itself is rounded up. False if
// no amount can tell it.
func (b *batch) worth(e event) (int64, bool, error) {
	price := b.meters.PriceAt(e.running.AccountID, catalog.Listing{PlanID: e.running.PlanID, Metric: e.Metric}, e.At.Truncate(time.Hour))
	if price == nil { // within the hour in which it was listed
		return 0, true, nil
	}
	per, err := money.ParseDecimal(price.Per)
	if err != nil {
		return 0, false, err
	}
	unitPrice, err := money.ParseDecimal(price.UnitPrice)
	if err != nil || unitPrice.IsZero() || e.micros == 0 {
		return 0, err == nil, err
	}
	amount, err := money.Charge(money.Micros(e.micros), per, unitPrice, money.Currency(price.Currency))
	if errors.Is(err, money.ErrRange) {
		return 0, false, nil
	}
	return amount.Minor() + 1, err == nil, err
}

// ClosePeriod closes a billing period in the caller's transaction, to be billed, on condition
// that it is open and due; false if it was closed before, or isn't due. From
// then on no event is accepted for it, and none that was accepted is missing
// from its totals (3.4); until the deadline, that of its bill's disputes, what
// comes late is an adjustment. For unit billing.
func ClosePeriod(tx *ent.Tx, id string, disputable calendar.Deadline) (bool, error) {
	n, err := tx.UsagePeriod.Update().Where(usageperiod.ID(id), usageperiod.StatusEQ(usageperiod.StatusOPEN), usageperiod.ClosesAtLTE(tx.Now)).
		SetStatus(usageperiod.StatusCLOSED).SetClosedAt(tx.Now).SetOutcome(usageperiod.OutcomeBILLED).ClearRetryAt().ClearFailure().ClearFailureDetail().
		SetDisputableUntil(disputable.At).SetDisputeRule(string(disputable.Rule)).Save(tx)
	return n > 0, err
}

// EmptyPeriod notes of a period that was just closed that nothing was used in
// it: no usage, no bill (3.4). For unit billing.
func EmptyPeriod(tx *ent.Tx, id string) error {
	return tx.UsagePeriod.Update().Where(usageperiod.ID(id), usageperiod.StatusEQ(usageperiod.StatusCLOSED)).
		SetOutcome(usageperiod.OutcomeEMPTY).Exec(tx)
}

// FailPeriod notes of a due period why it could not be billed, and when that is
// tried again; it stays open. Of two that note it, or bill it meanwhile, one
// does. For unit billing.
func FailPeriod(tx *ent.Tx, p *db.UsagePeriod, code, detail string, retry time.Time) error {
	update := tx.UsagePeriod.Update().Where(usageperiod.ID(p.ID), usageperiod.StatusEQ(usageperiod.StatusOPEN), usageperiod.Failures(p.Failures)).
		SetOutcome(usageperiod.OutcomeFAILED).SetFailure(code).SetFailedAt(tx.Now).SetRetryAt(retry).AddFailures(1)
	if detail == "" {
		return update.ClearFailureDetail().Exec(tx)
	}
	return update.SetFailureDetail(detail).Exec(tx)
}

// EndPeriods lets the open billing periods of an account end now, where they
// would end later: once their closing delay is over, what was used in them is
// billed (0, 3.4). A step of unit closing.
func EndPeriods(tx *ent.Tx, accountID string) error {
	a, err := param.Of(tx, tx.Override, accountID, tx.Now)
	if err != nil {
		return err
	}
	closes := tx.Now.Add(a.Figure(clause.BillCloseDelay).Duration())
	return tx.UsagePeriod.Update().Where(usageperiod.AccountID(accountID), usageperiod.StatusEQ(usageperiod.StatusOPEN), usageperiod.ClosesAtGT(closes)).
		SetToAt(tx.Now).SetClosesAt(closes).Exec(tx)
}
