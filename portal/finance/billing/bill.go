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
	create := tx.Bill.Create().SetID(billID).SetAccountID(accountID).SetNumber(sequence.Quoted(tx.Now, a.Zone())).
		SetProductID(m.period.ProductID).SetPeriodID(m.period.ID).SetUnit(bill.Unit(m.period.Unit)).
		SetFromAt(m.period.FromAt).SetToAt(m.period.ToAt).SetStatus(bill.StatusPAID).SetClass(bill.Class(m.class)).
		SetTotalMinor(m.total.Minor()).SetPaidBonusMinor(paid.Bonus.Minor()).SetPaidCashMinor(paid.Cash.Minor()).
		SetCurrency(m.currency.String()).SetProviderBody(m.product.ProviderBody).SetNillablePartner(m.product.Partner).
		SetProductNameZh(m.product.NameZh).SetProductNameEn(m.product.NameEn).SetAccountName(named.account).SetNillableLegalName(named.entity).
		SetZone(m.zone.String()).SetSentAt(tx.Now).SetDisputableUntil(disputable.At).SetDisputeRule(string(disputable.Rule))
	if owed.IsZero() {
		create.SetPaidAt(tx.Now)
	} else {
		create.SetStatus(bill.StatusUNPAID)
	}
	if m.period.Unit == usageperiod.UnitHOUR { // shown in the portal at once, mailed with the day's other bills (3.4)
		create.SetDigestAt(m.zone.End(m.zone.Day(m.period.FromAt)).Add(a.Figure(clause.BillCloseDelay).Duration() + digestSlack))
	}
	row, err := create.Save(tx)
	if ent.IsDuplicate(err) { // the number is taken, or a concurrent duplicate came first
		return nil, ent.ErrStale
	}
	if err != nil {
		return nil, err
	}
	tx.AuditDetail("number", row.Number)
	tx.AuditDetail("amount", m.total.String())
	if err := m.write(tx.Tx, billID, named.plans); err != nil {
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

func (m *measured) write(tx *ent.Tx, billID string, plans map[string]*db.Plan) error {
	for from := 0; from < len(m.lines); from += linesPerInsert {
		lines := make([]*db.BillLineCreate, 0, linesPerInsert)
		for i, l := range m.lines[from:min(from+linesPerInsert, len(m.lines))] {
			line := tx.BillLine.Create().SetAccountID(m.period.AccountID).SetBillID(billID).SetPosition(int64(from + i)).
				SetApplicationID(l.ApplicationID).SetServiceID(l.ServiceID).SetMetric(l.Metric).SetQuantity(l.Quantity.String()).
				SetUnitPrice(l.UnitPrice.String()).SetPer(l.Per.String()).SetAmountMinor(l.Amount.Minor()).SetCurrency(m.currency.String())
			if s := m.services[l.ServiceID]; s != nil && plans[s.PlanID] != nil {
				line.SetPlanNameZh(plans[s.PlanID].NameZh).SetPlanNameEn(plans[s.PlanID].NameEn)
			}
			if !l.Of.IsZero() { // late usage of an earlier period
				of := usage.SpanOf(m.zone, m.period.Unit, l.Of)
				line.SetAdjustsFrom(of.From).SetAdjustsTo(of.To)
			}
			lines = append(lines, line)
		}
		if err := tx.BillLine.CreateBulk(lines...).Exec(tx); err != nil {
			return err
		}
	}
	return nil
}

// linesPerInsert keeps the number of a statement's parameters below the limit
// of both engines.
const linesPerInsert = 500

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
