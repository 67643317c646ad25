package billing

import (
	"context"
	"strings"
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/arrears"
	"portico/ent/db/bill"
	"portico/ent/db/billline"
	"portico/ent/db/closing"
	"portico/ent/db/override"
	"portico/ent/db/plan"
	"portico/ent/db/price"
	"portico/ent/db/service"
	"portico/ent/db/usageperiod"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portal/finance/usage"
	"portico/portal/kernel/param"
)

// Checks returns the rules for bills, periods and arrears. Each line is
// quantity x price, rounded as in unit rating, at a listed price. The lines of
// a bill are the usage of its period. Deadlines, bounds of periods and stops
// follow from their rules and from the figures in force at their time (3.4,
// 3.8). For `portico ledger check`.
func Checks() []ledger.Rule {
	return []ledger.Rule{{Name: "LINE", Find: checkBills}, {Name: "SPAN", Find: checkPeriods}, {Name: "STOP", Find: checkArrears}, {Name: "STOPPED", Find: checkStops}}
}

// used identifies the usage of a line: the service, the metric, and the start
// of the earlier period that it belongs to, if any.
type used struct {
	service, metric string
	of              time.Time
}

// billPage is a page of bills with everything that they are derived from.
type billPage struct {
	param.History
	lines    map[string][]*db.BillLine
	totals   map[string][]ent.Used // by period
	services map[string]*db.Service
	prices   map[string][]*db.Price // by plan
	signed   map[string][]*db.Override
	audited  map[string]ledger.Told
	report   func(ledger.Finding)
}

func checkBills(ctx context.Context, s *ent.Store, report func(ledger.Finding)) error {
	c := s.Read()
	prices, err := c.Price.Query().Where(price.MetricNEQ("")).All(ctx)
	if err != nil {
		return err
	}
	byPlan := map[string][]*db.Price{}
	for _, p := range prices {
		byPlan[p.PlanID] = append(byPlan[p.PlanID], p)
	}
	var dated ledger.Dated
	return ledger.EachPage(ctx, func(after string) ([]*db.Bill, error) {
		return c.Bill.Query().Where(bill.IDGT(after)).Order(db.Asc(bill.FieldID)).Limit(ledger.PageSize).All(ctx)
	}, func(bills []*db.Bill) error {
		p := billPage{report: report, prices: byPlan}
		if err := p.read(ctx, s, bills); err != nil {
			return err
		}
		for _, b := range bills {
			if dated.Back(b.SentAt) {
				p.find("DATED", b, b.ID, "a bill is dated before an earlier bill", 0, 0)
			}
			if err := p.check(b); err != nil {
				return err
			}
		}
		return nil
	})
}

// read reads everything that the bills of a page are derived from, each kind in
// one query.
func (p *billPage) read(ctx context.Context, s *ent.Store, bills []*db.Bill) error {
	c := s.Read()
	accounts := ledger.IDs(bills, func(b *db.Bill) string { return b.AccountID })
	var err error
	if p.History, err = param.HistoryOf(ctx, c.Override, accounts); err != nil {
		return err
	}
	if p.audited, err = ledger.ToldOf(ctx, c, "billPeriod", ledger.IDs(bills, func(b *db.Bill) string { return b.ID })); err != nil {
		return err
	}
	lines, err := c.BillLine.Query().Where(billline.BillIDIn(ledger.IDs(bills, func(b *db.Bill) string { return b.ID })...)).All(ctx)
	if err != nil {
		return err
	}
	totals, err := s.UsedOf(ctx, ledger.IDs(bills, func(b *db.Bill) string { return b.PeriodID }))
	if err != nil {
		return err
	}
	services, err := c.Service.Query().Where(service.IDIn(ledger.IDs(lines, func(l *db.BillLine) string { return l.ServiceID })...)).All(ctx)
	if err != nil {
		return err
	}
	signed, err := c.Override.Query().Where(override.AccountIDIn(accounts...), override.PlanIDNEQ(""), override.MetricNEQ("")).All(ctx)
	if err != nil {
		return err
	}
	p.lines, p.totals, p.services, p.signed = map[string][]*db.BillLine{}, map[string][]ent.Used{}, map[string]*db.Service{}, map[string][]*db.Override{}
	for _, l := range lines {
		p.lines[l.BillID] = append(p.lines[l.BillID], l)
	}
	for _, t := range totals {
		p.totals[t.PeriodID] = append(p.totals[t.PeriodID], t)
	}
	for _, row := range services {
		p.services[row.ID] = row
	}
	for _, o := range signed {
		p.signed[o.AccountID] = append(p.signed[o.AccountID], o)
	}
	return nil
}

func (p *billPage) find(rule string, b *db.Bill, subject, problem string, want, have int64) {
	currency := b.Currency
	if rule == "USAGE" {
		currency = ""
	}
	p.report(ledger.Finding{Rule: rule, AccountID: b.AccountID, Subject: subject, Problem: problem, Want: want, Have: have, Currency: currency})
}

func (p *billPage) check(b *db.Bill) error {
	a, err := p.At(b.AccountID, b.SentAt)
	if err != nil {
		return err
	}
	deadline, err := a.Deadline(calendar.Rule(b.DisputeRule), b.SentAt)
	if err != nil || b.DisputeRule != string(a.DisputeRule()) || !deadline.At.Equal(b.DisputableUntil) {
		p.find("DISPUTE", b, b.ID, "the dispute deadline of a bill does not follow from its rule", 0, 0)
	}
	if t := p.audited[b.ID]; t.Differs("number", b.Number) || t.DiffersFrom(b.TotalMinor, b.Currency) {
		p.find("NUMBERED", b, b.ID, "a bill has another number or total than its audit event", 0, 0)
	}
	if !strings.HasPrefix(b.Number, b.SentAt.In(a.Zone().Location()).Format("20060102-")) {
		p.find("NUMBERED", b, b.ID, "the number of a bill is of another day", 0, 0)
	}
	zone, err := param.ZoneKept(b.Zone, a.Zone())
	if err != nil {
		p.find("ZONE", b, b.ID, "the zone of a bill does not exist", 0, 0)
		return nil
	}
	if b.DigestAt != nil && !b.DigestAt.Equal(zone.End(zone.Day(b.FromAt)).Add(a.Figure(clause.BillCloseDelay).Duration()+digestSlack)) {
		p.find("DIGEST", b, b.ID, "a bill is mailed at another time than its day's other bills", 0, 0)
	}
	billed := map[used]int64{}
	for _, l := range p.lines[b.ID] {
		if err := p.line(b, l, zone, billed); err != nil {
			return err
		}
	}
	for _, t := range p.totals[b.PeriodID] {
		u := used{t.ServiceID, t.Metric, time.Time{}}
		if t.Late != nil {
			u.of = usage.SpanOf(zone, usageperiod.Unit(b.Unit), *t.Late).From
		}
		billed[u] -= t.Micros
	}
	for u, micros := range billed {
		if micros != 0 {
			p.find("USAGE", b, b.ID, "a bill does not match the usage of its period: "+u.metric, 0, micros)
		}
	}
	return nil
}

// line checks one line, and adds its quantity to what is billed.
func (p *billPage) line(b *db.Bill, l *db.BillLine, zone calendar.Zone, billed map[used]int64) error {
	quantity, err1 := money.ParseDecimal(l.Quantity)
	per, err2 := money.ParseDecimal(l.Per)
	unit, err3 := money.ParseDecimal(l.UnitPrice)
	if err1 != nil || err2 != nil || err3 != nil {
		p.find("LINE", b, l.ID, "the numbers of a line are not valid", 0, 0)
		return nil
	}
	if amount, err := money.Charge(quantity, per, unit, money.Currency(b.Currency)); err != nil || amount.Minor() != l.AmountMinor {
		p.find("LINE", b, l.ID, "the amount of a line is not quantity x price", amount.Minor(), l.AmountMinor)
	}
	micros, whole := quantity.Micros()
	if !whole {
		p.find("LINE", b, l.ID, "the quantity of a line cannot have been reported", 0, 0)
		return nil
	}
	u := used{service: l.ServiceID, metric: l.Metric}
	if l.AdjustsFrom != nil {
		u.of = l.AdjustsFrom.UTC()
		of := usage.SpanOf(zone, usageperiod.Unit(b.Unit), u.of)
		if !of.From.Equal(u.of) || l.AdjustsTo == nil || !of.To.Equal(*l.AdjustsTo) {
			p.find("ADJUSTS", b, l.ID, "a line adjusts something that is not a period", 0, 0)
		}
		u.of = of.From
	}
	billed[u] += micros
	if !p.listed(b, l, per, unit) {
		p.find("PRICE", b, l.ID, "the price of a line was never listed for its metric", 0, 0)
	}
	return nil
}

// listed reports whether a line's price was listed, or signed, before its bill.
func (p *billPage) listed(b *db.Bill, l *db.BillLine, per, unit money.Decimal) bool {
	s := p.services[l.ServiceID]
	if s == nil {
		return false
	}
	same := func(price, of string) bool {
		u, err1 := money.ParseDecimal(price)
		o, err2 := money.ParseDecimal(of)
		return err1 == nil && err2 == nil && u.Cmp(unit) == 0 && o.Cmp(per) == 0
	}
	for _, c := range p.prices[s.PlanID] {
		if c.Metric == l.Metric && c.EffectiveFrom.Before(b.ToAt) && same(c.UnitPrice, c.Per) {
			return true
		}
	}
	for _, o := range p.signed[b.AccountID] {
		if o.PlanID == s.PlanID && o.Metric == l.Metric && o.FromAt.Before(b.ToAt) && same(o.Value, o.Per) {
			return true
		}
	}
	return false
}

// checkPeriods checks that periods are those of the calendar or ended with
// their account, and that they close at the time that the agreement sets.
func checkPeriods(ctx context.Context, s *ent.Store, report func(ledger.Finding)) error {
	c := s.Read()
	plans, err := c.Plan.Query().All(ctx)
	if err != nil {
		return err
	}
	units := map[string]bool{}
	for _, p := range plans {
		if p.Charging == plan.ChargingMETERED {
			units[p.ProductID+"|"+string(p.BillingPeriod)] = true
		}
	}
	return ledger.EachPage(ctx, func(after string) ([]*db.UsagePeriod, error) {
		return c.UsagePeriod.Query().Where(usageperiod.IDGT(after)).Order(db.Asc(usageperiod.FieldID)).Limit(ledger.PageSize).All(ctx)
	}, func(periods []*db.UsagePeriod) error {
		accounts := ledger.IDs(periods, func(p *db.UsagePeriod) string { return p.AccountID })
		history, err := param.HistoryOf(ctx, c.Override, accounts)
		if err != nil {
			return err
		}
		ends, err := c.Closing.Query().Where(closing.AccountIDIn(accounts...)).All(ctx)
		if err != nil {
			return err
		}
		ended := map[string]time.Time{}
		for _, e := range ends {
			ended[e.AccountID] = e.StartedAt
		}
		for _, p := range periods {
			at, is := ended[p.AccountID]
			good, err := asAgreed(history, p, at, is)
			if err != nil {
				return err
			}
			if p.RetryAt != nil && p.FailedAt != nil && !p.RetryAt.Equal(p.FailedAt.Add(retryAfter(p.Failures-1))) {
				report(ledger.Finding{Rule: "RETRY", AccountID: p.AccountID, Subject: p.ID, Problem: "the retry of a period does not follow from its failures"})
			}
			if !good || !units[p.ProductID+"|"+string(p.Unit)] {
				report(ledger.Finding{Rule: "SPAN", AccountID: p.AccountID, Subject: p.ID, Problem: "the bounds or the closing time of a period do not follow from the agreement"})
			}
		}
		return nil
	})
}

// asAgreed reports whether a period's bounds follow from the agreement at some
// instant within the period. The agreement of the moment at which usage opened
// the period isn't recorded.
func asAgreed(h param.History, p *db.UsagePeriod, ended time.Time, isEnded bool) (bool, error) {
	for _, at := range []time.Time{p.FromAt, p.ToAt, p.ClosesAt} {
		a, err := h.At(p.AccountID, at)
		if err != nil {
			return false, err
		}
		zone, err := param.ZoneKept(p.Zone, a.Zone())
		if err != nil {
			return false, nil // the agreement has no such period
		}
		span := usage.SpanOf(zone, p.Unit, p.FromAt)
		to := span.To
		if isEnded && ended.Equal(p.ToAt) {
			to = ended
		}
		if span.From.Equal(p.FromAt) && to.Equal(p.ToAt) && p.ClosesAt.Equal(p.ToAt.Add(a.Figure(clause.BillCloseDelay).Duration())) {
			return true, nil
		}
	}
	return false, nil
}

// checkArrears checks that paid services stop at the time that the arrears'
// rule sets.
func checkArrears(ctx context.Context, s *ent.Store, report func(ledger.Finding)) error {
	c := s.Read()
	return ledger.EachPage(ctx, func(after string) ([]*db.Arrears, error) {
		return c.Arrears.Query().Where(arrears.IDGT(after)).Order(db.Asc(arrears.FieldID)).Limit(ledger.PageSize).All(ctx)
	}, func(rows []*db.Arrears) error {
		history, err := param.HistoryOf(ctx, c.Override, ledger.IDs(rows, func(a *db.Arrears) string { return a.AccountID }))
		if err != nil {
			return err
		}
		for _, row := range rows {
			good := false
			for _, at := range []*time.Time{&row.BeganAt, row.ExtendedAt, row.HeldAt, row.EndedAt} {
				if at == nil {
					continue
				}
				a, err := history.At(row.AccountID, *at)
				if err != nil {
					return err
				}
				stops, err := a.Deadline(calendar.Rule(row.StopRule), row.BeganAt)
				good = good || err == nil && stops.At.Equal(row.StopsAt)
			}
			if !good {
				report(ledger.Finding{Rule: "STOP", AccountID: row.AccountID, Subject: row.ID, Problem: "the stop of paid services does not follow from the rule of the arrears"})
			}
		}
		return nil
	})
}
