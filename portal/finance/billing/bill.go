package billing

import (
	"slices"
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/bill"
	"portico/ent/db/holding"
	"portico/ent/db/plan"
	"portico/ent/db/usageperiod"
	"portico/money"
	"portico/portal/correspondence/notice"
	"portico/portal/finance/ledger"
	"portico/portal/finance/usage"
	"portico/portal/kernel/command"
	"portico/portal/kernel/param"
	"portico/portal/kernel/sequence"
)

// digestSlack is the time that billing a day's last hour may take before that
// day's bills are mailed.
const digestSlack = time.Hour

// bill writes the bill, deducts it from the balance (3.4), starts arrears if
// money is missing (3.8), and sends the bill.
func (m *measured) bill(tx *command.Tx, a param.Agreement, disputable calendar.Deadline) (*db.Bill, error) {
	accountID, billID := m.period.AccountID, ent.NewID("bill")
	tx.AuditObject(accountID, billID)
	if err := SettleArrears(tx, accountID, m.currency); err != nil { // cash first pays older arrears (5.10)
		return nil, err
	}
	paid, owed, err := ledger.Charge(tx.Tx, accountID, billID, m.total)
	if err != nil {
		return nil, err
	}
	named, err := m.names(tx.Tx)
	if err != nil {
		return nil, err
	}
	row := m.row(tx.Tx, a, billID, disputable, paid, owed, named)
	err = ent.Insert(tx.Tx, row)
	if ent.IsDuplicate(err) { // the number is taken, or a concurrent duplicate came first
		return nil, ent.ErrStale
	}
	if err != nil {
		return nil, err
	}
	tx.AuditDetail("number", row.Number)
	tx.AuditDetail("amount", m.total.String())
	if err := ent.Insert(tx.Tx, m.lineRows(billID, named.plans)...); err != nil {
		return nil, err
	}
	if !owed.IsZero() {
		if err := begin(tx, row, a); err != nil {
			return nil, err
		}
	}
	if row.DigestAt != nil {
		return row, nil
	}
	return row, send(tx.Tx, accountID, []*db.Bill{row}, m.zone)
}

// row is the bill of a measured period.
func (m *measured) row(tx *ent.Tx, a param.Agreement, billID string, disputable calendar.Deadline, paid ledger.Split, owed money.Amount, named names) *db.Bill {
	zone := m.zone.String()
	b := &db.Bill{ID: billID, AccountID: m.period.AccountID, Number: sequence.Quoted(tx.Now, a.Zone()), ProductID: m.period.ProductID, PeriodID: m.period.ID,
		Unit: bill.Unit(m.period.Unit), FromAt: m.period.FromAt, ToAt: m.period.ToAt, Status: bill.StatusPAID, Class: bill.Class(m.class),
		TotalMinor: m.total.Minor(), PaidBonusMinor: paid.Bonus.Minor(), PaidCashMinor: paid.Cash.Minor(), Currency: m.currency.String(),
		ProviderBody: m.product.ProviderBody, Partner: m.product.Partner, ProductNameZh: &m.product.NameZh, ProductNameEn: &m.product.NameEn,
		AccountName: &named.account, LegalName: named.entity, Zone: &zone, SentAt: tx.Now, DisputableUntil: disputable.At, DisputeRule: string(disputable.Rule)}
	if owed.IsZero() {
		b.PaidAt = &tx.Now
	} else {
		b.Status = bill.StatusUNPAID
	}
	if m.period.Unit == usageperiod.UnitHOUR { // shown in the portal at once, mailed with the day's other bills (3.4)
		at := m.zone.End(m.zone.Day(m.period.FromAt)).Add(a.Figure(clause.BillCloseDelay).Duration() + digestSlack)
		b.DigestAt = &at
	}
	return b
}

// names are kept on a bill as they are when it is made.
type names struct {
	account string
	entity  *string
	plans   map[string]*db.Plan
}

// names reads the names of the account, the legal entity that holds it, and the
// plans.
func (m *measured) names(tx *ent.Tx) (names, error) {
	row, err := tx.Account.Get(tx, m.period.AccountID)
	if err != nil {
		return names{}, err
	}
	n := names{account: row.Name, plans: map[string]*db.Plan{}}
	held, err := tx.Holding.Query().Where(holding.OpenKey(row.ID)).Only(tx)
	if err == nil {
		entity, err := tx.LegalEntity.Get(tx, held.LegalEntityID)
		if err != nil {
			return n, err
		}
		n.entity = &entity.Name
	} else if !db.IsNotFound(err) {
		return n, err
	}
	ids := make([]string, 0, 1)
	for _, s := range m.services {
		ids = append(ids, s.PlanID)
	}
	slices.Sort(ids)
	plans, err := tx.Plan.Query().Where(plan.IDIn(slices.Compact(ids)...)).All(tx)
	for _, p := range plans {
		n.plans[p.ID] = p
	}
	return n, err
}

// lineRows are the lines of the bill of a measured period.
func (m *measured) lineRows(billID string, plans map[string]*db.Plan) []*db.BillLine {
	rows := make([]*db.BillLine, len(m.lines))
	for i, l := range m.lines {
		row := &db.BillLine{AccountID: m.period.AccountID, BillID: billID, Position: int64(i), ApplicationID: l.ApplicationID, ServiceID: l.ServiceID,
			Metric: l.Metric, Quantity: l.Quantity.String(), UnitPrice: l.UnitPrice.String(), Per: l.Per.String(), AmountMinor: l.Amount.Minor(),
			Currency: m.currency.String()}
		if s := m.services[l.ServiceID]; s != nil && plans[s.PlanID] != nil {
			row.PlanNameZh, row.PlanNameEn = &plans[s.PlanID].NameZh, &plans[s.PlanID].NameEn
		}
		if !l.Of.IsZero() { // late usage of an earlier period
			of := usage.SpanOf(m.zone, m.period.Unit, l.Of)
			row.AdjustsFrom, row.AdjustsTo = &of.From, &of.To
		}
		rows[i] = row
	}
	return rows
}

// Owed returns the part of a bill that is not paid yet.
func Owed(b *db.Bill) money.Amount {
	return money.New(b.TotalMinor-b.PaidBonusMinor-b.PaidCashMinor, money.Currency(b.Currency))
}

// Paid returns the part of a bill that is paid, from bonus and cash.
func Paid(b *db.Bill) money.Amount {
	return money.New(b.PaidBonusMinor+b.PaidCashMinor, money.Currency(b.Currency))
}

// send mails bills to the account's owner (3.4). The zone is that of bills that keep
// none.
func send(tx *ent.Tx, accountID string, bills []*db.Bill, zone calendar.Zone) error {
	body := clause.Text{ZH: "您的账单：", EN: "Your bills:"}
	for _, b := range bills {
		zone, err := param.ZoneKept(b.Zone, zone)
		if err != nil {
			return err
		}
		from, to := b.FromAt.In(zone.Location()).Format("2006-01-02 15:04"), b.ToAt.In(zone.Location()).Format("2006-01-02 15:04")
		total := money.New(b.TotalMinor, money.Currency(b.Currency))
		body.ZH += "\n" + b.Number + " " + from + " 至 " + to + "：" + total.String() + " " + b.Currency
		body.EN += "\n" + b.Number + " " + from + " to " + to + ": " + total.String() + " " + b.Currency
		if owed := Owed(b); !owed.IsZero() {
			body.ZH += "（待付 " + owed.String() + "）"
			body.EN += " (" + owed.String() + " owed)"
		}
	}
	return notice.MailOwner(tx, accountID, clause.Text{ZH: "账单", EN: "Bill"}, body)
}
