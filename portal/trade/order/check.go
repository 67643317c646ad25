package order

import (
	"context"
	"slices"
	"strings"
	"time"

	"portico/calendar"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/order"
	"portico/ent/db/orderline"
	"portico/ent/db/service"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/param"
	"portico/portal/offer/rating"
)

// Checks returns the rules for orders and their services: each line is quantity
// x price, rounded as in unit rating, and a service runs for the term that its
// order paid for (3.4, 3.7). For `portico ledger check`.
func Checks() []ledger.Rule {
	return []ledger.Rule{{Name: "EXPIRY", Find: checkOrders}, {Name: "LISTED", Find: checkListed}}
}

func checkOrders(ctx context.Context, s *ent.Store, report func(ledger.Finding)) error {
	c := s.Read()
	var dated ledger.Dated
	return ledger.EachPage(ctx, func(after string) ([]*db.Order, error) {
		return c.Order.Query().Where(order.IDGT(after)).Order(db.Asc(order.FieldID)).Limit(ledger.PageSize).All(ctx)
	}, func(orders []*db.Order) error {
		p := orderPage{report: report, dated: &dated}
		if err := p.read(ctx, c, orders); err != nil {
			return err
		}
		for _, o := range orders {
			if err := p.check(o); err != nil {
				return err
			}
		}
		return nil
	})
}

// orderPage is a page of orders with everything that they are derived from.
type orderPage struct {
	param.History
	lines   map[string][]*db.OrderLine
	opened  map[string]*db.Service // by order
	before  map[string][]*db.Service
	audited map[string]ledger.Told
	dated   *ledger.Dated
	report  func(ledger.Finding)
}

// product identifies a product of an application.
func product(s *db.Service) string { return s.ApplicationID + "|" + s.ProductID }

// read reads everything that the orders of a page are derived from, each kind
// in one query.
func (p *orderPage) read(ctx context.Context, c *db.Client, orders []*db.Order) (err error) {
	p.lines, p.opened, p.before = map[string][]*db.OrderLine{}, map[string]*db.Service{}, map[string][]*db.Service{}
	accounts := ledger.IDs(orders, func(o *db.Order) string { return o.AccountID })
	if p.History, err = param.HistoryOf(ctx, c.Override, accounts); err != nil {
		return err
	}
	ids := ledger.IDs(orders, func(o *db.Order) string { return o.ID })
	if p.audited, err = ledger.ToldOf(ctx, c, "placeOrder", ids); err != nil {
		return err
	}
	lines, err := c.OrderLine.Query().Where(orderline.AccountIDIn(accounts...), orderline.OrderIDIn(ids...)).Order(db.Asc(orderline.FieldOrderID, orderline.FieldPosition)).All(ctx)
	if err != nil {
		return err
	}
	for _, l := range lines {
		p.lines[l.OrderID] = append(p.lines[l.OrderID], l)
	}
	services, err := c.Service.Query().Where(service.IDIn(ledger.IDs(orders, func(o *db.Order) string { return o.ServiceID })...)).All(ctx)
	if err != nil {
		return err
	}
	var applications []string
	var instants []time.Time
	for _, row := range services {
		p.opened[row.OrderID] = row
		if row.ExpiresAt != nil {
			applications, instants = append(applications, row.ApplicationID), append(instants, row.OpenedAt)
		}
	}
	if len(applications) == 0 {
		return nil
	}
	prolonged, err := c.Service.Query().Where(service.ApplicationIDIn(applications...), service.StatusEQ(service.StatusREPLACED),
		service.ExpiresAtNotNil(), service.ClosedAtIn(instants...)).All(ctx)
	for _, row := range prolonged {
		p.before[product(row)] = append(p.before[product(row)], row)
	}
	return err
}

func (p *orderPage) find(rule, subject, problem string, o *db.Order, want, have int64) {
	p.report(ledger.Finding{Rule: rule, AccountID: o.AccountID, Subject: subject, Problem: problem, Want: want, Have: have, Currency: o.Currency})
}

func (p *orderPage) check(o *db.Order) error {
	a, err := p.At(o.AccountID, o.PlacedAt)
	if err != nil {
		return err
	}
	zone := a.Zone()
	if !strings.HasPrefix(o.Number, o.PlacedAt.In(zone.Location()).Format("20060102-")) {
		p.find("ORDER_NUMBER", o.ID, "the number of an order is of another day", o, 0, 0)
	}
	if p.dated.Back(o.PlacedAt) {
		p.find("DATED", o.ID, "an order is dated before an earlier order", o, 0, 0)
	}
	if t := p.audited[o.ID]; t.Differs("number", o.Number) || t.DiffersFrom(o.TotalMinor, o.Currency) || t.Differs("lines", auditedLines(p.lines[o.ID])) {
		p.find("ORDER_NUMBER", o.ID, "an order has another number, total or lines than its audit event", o, 0, 0)
	}
	for _, l := range p.lines[o.ID] {
		quantity, err1 := money.ParseDecimal(l.Quantity)
		unit, err2 := money.ParseDecimal(l.UnitPrice)
		if err1 != nil || err2 != nil {
			p.find("ORDER_LINE", l.ID, "the numbers of a line are not valid", o, 0, 0)
			continue
		}
		amount, err := money.Charge(quantity, money.NewDecimal(1), unit, money.Currency(o.Currency))
		if err != nil || amount.Minor() != l.AmountMinor || o.TermCount == 0 && (!unit.IsZero() || !quantity.Equal(money.NewDecimal(1))) {
			p.find("ORDER_LINE", l.ID, "the amount of a line is not quantity x price", o, amount.Minor(), l.AmountMinor)
		}
	}
	if s := p.opened[o.ID]; s != nil && s.ExpiresAt != nil && !p.ends(o, s, zone) {
		p.find("EXPIRY", s.ID, "a service does not end with the term that its order paid for", o, 0, 0)
	}
	return nil
}

// lastDays are the possible anchors of terms that a shorter month cut.
var lastDays = []int{0, 29, 30, 31}

// ends reports whether a service ends with the term that its order paid for,
// counted from its opening, or from the expiry of the service that it renewed
// (3.7).
func (p *orderPage) ends(o *db.Order, s *db.Service, zone calendar.Zone) bool {
	months := rating.Term{Unit: o.TermUnit, Count: int(o.TermCount)}.Months()
	if s.AnchorDay != nil && int(*s.AnchorDay) == zone.Day(s.OpenedAt).Day && s.ExpiresAt.Equal(zone.AddMonths(s.OpenedAt, months, int(*s.AnchorDay))) {
		return true
	}
	var begins []time.Time
	if s.AnchorDay == nil {
		begins = append(begins, s.OpenedAt)
	}
	for _, b := range p.before[product(s)] {
		if b.ID != s.ID && b.PlanID == s.PlanID && b.ClosedAt.Equal(s.OpenedAt) && b.ExpiresAt.After(s.OpenedAt) && (b.AnchorDay == nil || s.AnchorDay == nil || *s.AnchorDay == *b.AnchorDay) {
			begins = append(begins, *b.ExpiresAt)
		}
	}
	return slices.ContainsFunc(begins, func(from time.Time) bool {
		if s.AnchorDay != nil {
			return s.ExpiresAt.Equal(zone.AddMonths(from, months, int(*s.AnchorDay)))
		}
		return slices.ContainsFunc(lastDays, func(anchor int) bool {
			return (anchor == 0 || zone.Day(from).Day >= 28) && s.ExpiresAt.Equal(zone.AddMonths(from, months, anchor))
		})
	})
}
