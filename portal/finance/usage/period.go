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
	"portico/portal/offer/rating"
)

// Span is a billing period in the zone of an agreement, from its first instant
// to the first instant after it.
type Span struct {
	From, To time.Time
	Unit     usageperiod.Unit
}

// holds reports whether an instant falls in the period.
func (s Span) holds(at time.Time) bool { return !at.Before(s.From) && at.Before(s.To) }

// SpanOf returns the billing period of a unit that an instant falls in. The
// spans of a unit and zone follow each other without gap or overlap (3.4). An
// hour that is cut by a clock change of less than an hour becomes two.
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

// periodKey identifies a period of an account.
type periodKey struct {
	accountID, productID string
	unit                 usageperiod.Unit
	from                 time.Time
}

// periods holds the periods that a report falls in.
type periods struct {
	agreements map[string]param.Agreement // by account
	known      map[periodKey]*period
}

// period is one of these periods, with what the report adds to it.
type period struct {
	Span
	accountID, productID string
	id                   string // empty until it is opened
	closesAt             time.Time
	until                time.Time // late usage is accepted before this time
	zone                 string    // its zone, or the zone that it will be opened in

	// What the report adds, and what else the period contains.
	events, micros, worth     int64
	storedMicros, storedWorth int64
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

// findPeriods finds the period that each event belongs to, and the periods that
// take the event if that one is closed. A period that isn't opened yet is as it
// will be opened.
func (b *batch) findPeriods() error {
	accounts, begins := map[string]bool{}, map[time.Time]bool{}
	known := func(s *db.Service, at time.Time) (*period, error) {
		a := b.periods.agreements[s.AccountID]
		p := &period{Span: SpanOf(a.Zone(), usageperiod.Unit(b.meters.Period[s.PlanID]), at), accountID: s.AccountID, productID: s.ProductID, zone: a.Zone().String()}
		if old := b.periods.known[p.key()]; old != nil {
			return old, nil
		}
		p.closesAt = p.To.Add(a.Figure(clause.BillCloseDelay).Duration())
		until, err := a.Deadline(a.DisputeRule(), p.closesAt)
		p.until, b.periods.known[p.key()] = until.At, p
		accounts[p.accountID], begins[p.From] = true, true
		return p, err
	}
	present := map[*db.Service]*event{} // an event of a service that has its periods
	for i := range b.events {
		e := &b.events[i]
		if e.running == nil || e.gauge || e.running.Charging != service.ChargingMETERED {
			continue
		}
		var err error
		if one := present[e.running]; one == nil {
			present[e.running] = e
			if e.current, err = known(e.running, b.tx.Now); err != nil {
				return err
			}
			if e.following, err = known(e.running, e.current.To); err != nil {
				return err
			}
		} else if e.current, e.following = one.current, one.following; one.period.holds(e.At) {
			e.period = one.period
			continue
		}
		if e.period, err = known(e.running, e.At); err != nil {
			return err
		}
		present[e.running] = e
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

// opened copies the state of an opened or closed period.
func (p *period) opened(row *db.UsagePeriod) {
	p.id, p.To, p.closesAt = row.ID, row.ToAt, row.ClosesAt
	p.storedMicros, p.storedWorth = row.QuantityMicros, row.Worth
	if row.Status == usageperiod.StatusCLOSED { // regardless of this process's clock
		p.closesAt = row.FromAt
	}
	if row.DisputableUntil != nil {
		p.until = *row.DisputableUntil
	}
}

// billedIn returns the period that an event is billed in: its own if that takes
// usage, otherwise, as an adjustment, the first later one that does (3.4).
// Totals are kept by the hour, so the hour of an adjustment lies before its
// period.
func (b *batch) billedIn(e *event) *period {
	switch {
	case e.period == nil || b.tx.Now.Before(e.period.closesAt):
		return e.period
	case b.tx.Now.Before(e.current.closesAt) && e.At.Before(e.current.From.Truncate(time.Hour)):
		return e.current
	}
	return e.following
}

// priced reports whether the plan had a price for an event's metric. Without a
// price the event could never be billed.
func (b *batch) priced(e *event) bool {
	from, is := b.meters.Listed[catalog.Listing{PlanID: e.running.PlanID, Metric: e.Metric}]
	return is && !e.At.Before(from)
}

// enter opens the periods that have no usage yet, and counts the report's
// events in the others on condition that they are open. A transaction that
// closes a period waits for the report, or the report runs again and finds the
// period closed.
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

// takes adds an event to a period if there is room: the bill must stay within
// the largest amount, and the total within what can be stored (3.4).
func (p *period) takes(micros, worth int64) bool {
	if p.storedMicros+p.micros > statement.MostMicros-micros || p.storedWorth+p.worth > money.MaxMinor-worth {
		return false
	}
	p.events, p.micros, p.worth = p.events+1, p.micros+micros, p.worth+worth
	return true
}

// worth returns the most that an event can add to its bill, in minor units. A
// line is rounded once, so rounding up each event is an upper bound. It returns
// false if the value exceeds the largest amount.
func (b *batch) worth(e *event) (int64, bool, error) {
	price := b.meters.PriceAt(e.running.AccountID, catalog.Listing{PlanID: e.running.PlanID, Metric: e.Metric}, e.At.Truncate(time.Hour))
	if price == nil { // used within the hour in which the price was listed
		return 0, true, nil
	}
	rate, err := b.rate(price)
	if err != nil || rate == nil || e.micros == 0 {
		return 0, err == nil, err
	}
	amount, err := rate.Charge(e.micros)
	if errors.Is(err, money.ErrRange) {
		return 0, false, nil
	}
	return amount.Minor() + 1, err == nil, err
}

// rateKey is the part of a price by which usage is charged.
type rateKey struct{ per, unitPrice, currency string }

// rate returns a price as a rate, which is read once for all events of a report;
// nil if the price is zero.
func (b *batch) rate(p *db.Price) (*rating.Rate, error) {
	k := rateKey{p.Per, p.UnitPrice, p.Currency}
	if r, known := b.rates[k]; known {
		return r, nil
	}
	per, err := money.ParseDecimal(p.Per)
	if err != nil {
		return nil, err
	}
	unitPrice, err := money.ParseDecimal(p.UnitPrice)
	if err != nil {
		return nil, err
	}
	if b.rates == nil {
		b.rates = map[rateKey]*rating.Rate{}
	}
	b.rates[k] = nil
	if !unitPrice.IsZero() {
		r := rating.RateOf(per, unitPrice, money.Currency(p.Currency))
		b.rates[k] = &r
	}
	return b.rates[k], nil
}

// ClosePeriod closes a billing period in the caller's transaction, to be
// billed, on condition that it is open and due. It returns false if it was
// closed before, or isn't due. From then on the period accepts no event, and no
// accepted event is missing from its totals (3.4). Until the deadline, which is
// that of the bill's disputes, late events become adjustments. For unit
// billing.
func ClosePeriod(tx *ent.Tx, id string, disputable calendar.Deadline) (bool, error) {
	n, err := ClosePeriods(tx, []string{id}, disputable)
	return n > 0, err
}

// ClosePeriods is [ClosePeriod] for several periods with the same deadline, in one
// statement. It returns how many it closed. For unit billing.
func ClosePeriods(tx *ent.Tx, ids []string, disputable calendar.Deadline) (int, error) {
	return tx.UsagePeriod.Update().Where(usageperiod.IDIn(ids...), usageperiod.StatusEQ(usageperiod.StatusOPEN), usageperiod.ClosesAtLTE(tx.Now)).
		SetStatus(usageperiod.StatusCLOSED).SetClosedAt(tx.Now).SetOutcome(usageperiod.OutcomeBILLED).ClearRetryAt().ClearFailure().ClearFailureDetail().
		SetDisputableUntil(disputable.At).SetDisputeRule(string(disputable.Rule)).Save(tx)
}

// EmptyPeriod records that nothing was used in a period that was just closed:
// no usage, no bill (3.4). For unit billing.
func EmptyPeriod(tx *ent.Tx, id string) error {
	return tx.UsagePeriod.Update().Where(usageperiod.ID(id), usageperiod.StatusEQ(usageperiod.StatusCLOSED)).
		SetOutcome(usageperiod.OutcomeEMPTY).Exec(tx)
}

// FailPeriod records why a due period could not be billed, and when to retry
// it. The period stays open. Of concurrent transactions that record this or
// bill the period, one succeeds. For unit billing.
func FailPeriod(tx *ent.Tx, p *db.UsagePeriod, code, detail string, retry time.Time) error {
	update := tx.UsagePeriod.Update().Where(usageperiod.ID(p.ID), usageperiod.StatusEQ(usageperiod.StatusOPEN), usageperiod.Failures(p.Failures)).
		SetOutcome(usageperiod.OutcomeFAILED).SetFailure(code).SetFailedAt(tx.Now).SetRetryAt(retry).AddFailures(1)
	if detail == "" {
		return update.ClearFailureDetail().Exec(tx)
	}
	return update.SetFailureDetail(detail).Exec(tx)
}

// EndPeriods ends the open billing periods of an account now, where they would
// end later. After their closing delay their usage is billed (0, 3.4). For unit
// closing.
func EndPeriods(tx *ent.Tx, accountID string) error {
	a, err := param.Of(tx, tx.Override, accountID, tx.Now)
	if err != nil {
		return err
	}
	closes := tx.Now.Add(a.Figure(clause.BillCloseDelay).Duration())
	return tx.UsagePeriod.Update().Where(usageperiod.AccountID(accountID), usageperiod.StatusEQ(usageperiod.StatusOPEN), usageperiod.ClosesAtGT(closes)).
		SetToAt(tx.Now).SetClosesAt(closes).Exec(tx)
}
