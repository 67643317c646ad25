package billing

import (
	"context"
	"slices"

	"portico/calendar"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/arrears"
	"portico/ent/db/override"
	"portico/ent/db/service"
	"portico/ent/db/usageperiod"
	"portico/ent/statement"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portal/finance/usage"
	"portico/portal/kernel/command"
	"portico/portal/kernel/param"
	"portico/portal/offer/catalog"
	"portico/portal/offer/rating"
)

// together is how many hours of different accounts one transaction bills. It is
// limited because on SQLite nobody else writes meanwhile, and on MySQL nobody else
// pays from these accounts: for some tens of milliseconds.
const together = 100

// tryHours bills hours of different accounts in one transaction, all or nothing,
// with a few statements for all of them. It leaves to [try], before it has written
// anything, each period about which something is special: another unit than the
// hour, usage of other hours, signed prices, a price that changes within the hour or
// is missing, arrears, and a balance that doesn't cover the bill. After an error all
// of them are left to it: it bills what is still open, and records what fails.
func tryHours(ctx context.Context, s *ent.Store, periods []*db.UsagePeriod) (left []*db.UsagePeriod, err error) {
	if len(periods) < 2 {
		return periods, nil
	}
	var billed map[string]bool
	err = command.DoSeveral(ctx, s, "billPeriod", func(tx *ent.Tx) ([]command.Done, error) {
		h := &hours{tx: tx}
		done, err := h.bill(periods)
		billed = h.closed
		return done, err
	})
	if err != nil {
		return periods, err
	}
	return slices.DeleteFunc(slices.Clone(periods), func(p *db.UsagePeriod) bool { return billed[p.ID] }), nil
}

// hours are hours of different accounts that are billed in one transaction.
type hours struct {
	tx         *ent.Tx
	agreements map[string]param.Agreement
	special    map[string]bool // accounts
	products   map[string]*db.Product
	plans      map[string]*db.Plan
	prices     []*db.Price
	closed     map[string]bool // periods
}

// hour is one of them.
type hour struct {
	*measured
	agreement  param.Agreement
	disputable calendar.Deadline
}

func (h *hours) bill(periods []*db.UsagePeriod) ([]command.Done, error) {
	open, accounts, err := h.open(periods)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	if err := h.read(accounts); err != nil {
		return nil, err
	}
	all, err := h.measure(open)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	balances, err := ledger.LockBalances(h.tx, accounts, all[0].currency)
	if err != nil {
		return nil, err
	}
	if err := h.owing(accounts); err != nil { // whoever goes into arrears changes the balance, which is locked
		return nil, err
	}
	all = slices.DeleteFunc(all, func(m hour) bool {
		return h.special[m.period.AccountID] || m.currency != all[0].currency || !balances.Covers(m.period.AccountID, m.total)
	})
	if len(all) == 0 {
		return nil, nil
	}
	if err := h.close(all); err != nil {
		return nil, err
	}
	return h.write(balances, all)
}

// open reads the hours that are still open and due, and locks them where the
// engine has locks: then no event is added to them.
func (h *hours) open(periods []*db.UsagePeriod) (open []*db.UsagePeriod, accounts []string, err error) {
	ids := make([]string, len(periods))
	for i, p := range periods {
		ids[i] = p.ID
	}
	open, err = h.tx.UsagePeriod.Query().Where(usageperiod.IDIn(ids...), usageperiod.UnitEQ(usageperiod.UnitHOUR),
		usageperiod.StatusEQ(usageperiod.StatusOPEN), usageperiod.ClosesAtLTE(h.tx.Now), statement.ForUpdate).All(h.tx)
	for _, p := range open {
		accounts = append(accounts, p.AccountID)
	}
	slices.Sort(accounts)
	return open, accounts, err
}

// read reads the agreements with accounts, and which of them have signed prices.
func (h *hours) read(accounts []string) (err error) {
	if h.agreements, err = param.OfEach(h.tx, h.tx.Override, accounts, h.tx.Now); err != nil {
		return err
	}
	h.special = map[string]bool{}
	signed, err := h.tx.Override.Query().Where(override.AccountIDIn(accounts...), override.PlanIDNEQ("")).All(h.tx)
	for _, o := range signed {
		h.special[o.AccountID] = true
	}
	return err
}

// owing reads which accounts are in arrears.
func (h *hours) owing(accounts []string) error {
	rows, err := h.tx.Arrears.Query().Where(arrears.AccountIDIn(accounts...), arrears.OpenKeyNotNil()).All(h.tx)
	for _, row := range rows {
		h.special[row.AccountID] = true
	}
	return err
}

// measure rates the usage of the hours. It leaves out those that are special.
func (h *hours) measure(open []*db.UsagePeriod) ([]hour, error) {
	ids := make([]string, len(open))
	for i, p := range open {
		ids[i] = p.ID
	}
	used, err := statement.MeteredHours(h.tx, h.tx.Client(), ids)
	if err != nil {
		return nil, err
	}
	byPeriod := make(map[string][]statement.MeteredHour, len(open))
	h.plans, h.products = map[string]*db.Plan{}, map[string]*db.Product{}
	var plans []string
	for _, u := range used {
		byPeriod[u.PeriodID] = append(byPeriod[u.PeriodID], u)
		if h.plans[u.PlanID] == nil {
			h.plans[u.PlanID] = &db.Plan{ID: u.PlanID, NameZh: u.PlanNameZh, NameEn: u.PlanNameEn}
			plans = append(plans, u.PlanID)
		}
	}
	slices.Sort(plans)
	if h.prices, err = catalog.Prices(h.tx, h.tx.Client(), plans...); err != nil {
		return nil, err
	}
	all := make([]hour, 0, len(open))
	for _, p := range open {
		m, ok, err := h.one(p, byPeriod[p.ID])
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, m)
		}
	}
	return all, nil
}

// one rates the usage of one hour. It isn't ok if the hour is special.
func (h *hours) one(p *db.UsagePeriod, used []statement.MeteredHour) (m hour, ok bool, err error) {
	if len(used) == 0 || h.special[p.AccountID] || !firstHour(p).Equal(p.FromAt) {
		return m, false, nil
	}
	m.measured, m.agreement = &measured{period: p, services: make(map[string]*db.Service, len(used))}, h.agreements[p.AccountID]
	if m.zone, err = param.ZoneKept(p.Zone, m.agreement.Zone()); err != nil {
		return m, false, err
	}
	if m.disputable, err = m.agreement.Deadline(m.agreement.DisputeRule(), h.tx.Now); err != nil {
		return m, false, err
	}
	all := make([]rating.Usage, len(used))
	for i, u := range used {
		if !u.Hour.Equal(p.FromAt) || !u.Hour.Before(p.ToAt) {
			return m, false, nil
		}
		m.class = u.Class
		m.services[u.ServiceID] = &db.Service{ID: u.ServiceID, PlanID: u.PlanID, Class: service.Class(u.Class)}
		all[i] = rating.Usage{ApplicationID: u.ApplicationID, ServiceID: u.ServiceID, PlanID: u.PlanID, Metric: u.Metric, From: p.FromAt,
			Quantity: money.Micros(u.Micros)}
	}
	rows := slices.DeleteFunc(slices.Clone(h.prices), func(r *db.Price) bool {
		return !slices.ContainsFunc(used, func(u statement.MeteredHour) bool { return u.PlanID == r.PlanID })
	})
	prices, changes, err := priced(rows, p)
	if err != nil || len(changes) > 0 || len(rows) == 0 {
		return m, false, err
	}
	m.currency = money.Currency(rows[0].Currency)
	if m.lines, err = rating.Metered(all, prices, m.currency); err != nil { // the period's own transaction records it
		return m, false, nil
	}
	if m.total, err = rating.Sum(m.lines, m.currency); err != nil {
		return m, false, nil
	}
	if m.product = h.products[p.ProductID]; m.product == nil {
		if m.product, err = h.tx.Product.Get(h.tx, p.ProductID); err != nil {
			return m, false, err
		}
		h.products[p.ProductID] = m.product
	}
	return m, len(m.lines) > 0, nil
}

// close closes the hours, on condition that all of them are open.
func (h *hours) close(all []hour) error {
	h.closed = make(map[string]bool, len(all))
	ids := map[calendar.Deadline][]string{}
	for _, m := range all {
		h.closed[m.period.ID] = true
		ids[m.disputable] = append(ids[m.disputable], m.period.ID)
	}
	for disputable, some := range ids {
		n, err := usage.ClosePeriods(h.tx, some, disputable)
		if err != nil {
			return err
		}
		if n != len(some) {
			return ent.ErrStale
		}
	}
	return nil
}

// write writes the bills and deducts them from the balances.
func (h *hours) write(balances ledger.LockedBalances, all []hour) ([]command.Done, error) {
	charges, accounts := make([]ledger.Bill, len(all)), make([]string, len(all))
	for i, m := range all {
		accounts[i] = m.period.AccountID
		charges[i] = ledger.Bill{AccountID: m.period.AccountID, ID: ent.NewID("bill"), Total: m.total}
	}
	paid, err := balances.Charge(h.tx, charges)
	if err != nil {
		return nil, err
	}
	holders, err := statement.Holders(h.tx, h.tx.Client(), accounts)
	if err != nil {
		return nil, err
	}
	bills, done := make([]*db.Bill, len(all)), make([]command.Done, len(all))
	var lines []*db.BillLine
	for i, m := range all {
		id, who := charges[i].ID, holders[accounts[i]]
		bills[i] = m.row(h.tx, m.agreement, id, m.disputable, paid[i], money.Zero(m.currency), names{account: who.Account, entity: who.Entity})
		lines = append(lines, m.lineRows(id, h.plans)...)
		done[i] = command.Done{AccountID: accounts[i], ObjectID: id, Details: map[string]any{"number": bills[i].Number, "amount": m.total.String()}}
	}
	err = ent.Insert(h.tx, bills...)
	if ent.IsDuplicate(err) { // a number is taken, or a concurrent duplicate came first
		return nil, ent.ErrStale
	}
	if err != nil {
		return nil, err
	}
	return done, ent.Insert(h.tx, lines...)
}
