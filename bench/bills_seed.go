package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/account"
	"portico/ent/db/employee"
	"portico/ent/db/plan"
	"portico/ent/db/usageperiod"
	"portico/ent/statement"
	"portico/portal"
	"portico/portal/offer/catalog"
	catalogdemo "portico/portal/offer/catalog/demo"
)

const (
	billLines = 10 // of each account
	// billTotal is the total of the bill of an account that doesn't vary, and
	// billCash the cash of an account that can pay, in minor units.
	billTotal, billCash = billLines * 280, 1_000_000
	// accountsPerWrite is the number of accounts that one transaction seeds.
	accountsPerWrite = 100
)

// billed are accounts whose hour is due to be billed.
type billed struct {
	hour     time.Time
	accounts int
	// varied gives each account other amounts. Some have a bonus, and one of a
	// hundred can't pay its bill. Otherwise all pay the same from cash.
	varied bool
}

// billable opens a portal on an empty database and adds the accounts.
func billable(ctx context.Context, database string, keys *ent.Keys, of billed) (p *portal.Portal, err error) {
	if p, err = portal.Open(ctx, portal.Config{Database: database, Keys: keys, PublicURL: "http://portico.test"}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if _, err := p.Store.Migrate(ctx); err != nil {
		return nil, err
	}
	if err := p.Start(ctx); err != nil {
		return nil, err
	}
	system := authz.With(ctx, authz.AsSystem("bench"))
	if err := catalog.Load(system, p.Store, catalogdemo.Catalogue()); err != nil {
		return nil, err
	}
	for from := 0; from < of.accounts; from += accountsPerWrite {
		if err := p.Store.Write(system, func(tx *ent.Tx) error { return of.seed(tx, from, min(from+accountsPerWrite, of.accounts)) }); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// seed adds some of the accounts, with usage in the hour on ten services each.
func (b billed) seed(tx *ent.Tx, from, to int) error {
	pl, err := tx.Plan.Query().Where(plan.Code(meters[0].plan)).Only(tx)
	if err != nil {
		return err
	}
	var holders []*db.AccountCreate
	var balances []*db.BalanceCreate
	var periods []*db.UsagePeriodCreate
	var services []*db.ServiceCreate
	var sums []statement.UsageSum
	for i := from; i < to; i++ {
		accountID, periodID := number("acct", i), number("uper", i)
		cash, bonus := b.money(i)
		holders = append(holders, tx.Account.Create().SetID(accountID).SetNumber(accountID).SetName("Bench").SetStatus(account.StatusPENDING).
			SetSubjectKind(account.SubjectKindLEGAL_PERSON).SetCurrency("CNY").SetCreatedAt(b.hour))
		balances = append(balances, tx.Balance.Create().SetAccountID(accountID).SetCurrency("CNY").SetCashMinor(cash).SetBonusMinor(bonus))
		periods = append(periods, tx.UsagePeriod.Create().SetID(periodID).SetAccountID(accountID).SetProductID(pl.ProductID).
			SetUnit(usageperiod.UnitHOUR).SetFromAt(b.hour).SetToAt(b.hour.Add(time.Hour)).SetClosesAt(b.hour.Add(70*time.Minute)).
			SetStatus(usageperiod.StatusOPEN).SetEvents(billLines))
		for l := range billLines {
			app, id := number("appl", i*billLines+l), number("serv", i*billLines+l)
			services = append(services, meteredService(tx, pl, accountID, app).SetID(id))
			sums = append(sums, statement.UsageSum{AccountID: accountID, ApplicationID: app, ServiceID: id, PeriodID: periodID, Metric: meters[0].metric,
				Hour: b.hour, Micros: b.micros(i*billLines + l)})
		}
		if b.short(i) {
			if err := owner(tx, accountID, i); err != nil {
				return err
			}
		}
	}
	for len(services) > 0 {
		if err := tx.Service.CreateBulk(services[:min(500, len(services))]...).Exec(tx); err != nil {
			return err
		}
		services = services[min(500, len(services)):]
	}
	return errors.Join(tx.Account.CreateBulk(holders...).Exec(tx), tx.Balance.CreateBulk(balances...).Exec(tx), tx.UsagePeriod.CreateBulk(periods...).Exec(tx), statement.AddUsage(tx, sums))
}

// number returns the id of a seeded row, the same on each side.
func number(prefix string, n int) string { return fmt.Sprintf("%s_%026d", prefix, n) }

// short reports whether an account can't pay its bill: one of a hundred, if
// the accounts vary.
func (b billed) short(i int) bool { return b.varied && i%100 == 7 }

// money returns the cash and the bonus of an account, in minor units.
func (b billed) money(i int) (cash, bonus int64) {
	switch {
	case b.short(i):
		return 100, 50
	case b.varied && i%3 == 1:
		return billCash, 500
	}
	return billCash, 0
}

// micros returns the usage of a service, in millionths. At the price of 0.0280
// every other line that varies is rounded from half a minor unit.
func (b billed) micros(n int) int64 {
	if !b.varied {
		return 100_000_000
	}
	return 1_250_000 * int64(n%997+1)
}

// owner adds the owner of an account, whose address isn't verified.
func owner(tx *ent.Tx, accountID string, i int) error {
	personID, employeeID := number("pers", i), number("empl", i)
	return errors.Join(
		tx.Person.Create().SetID(personID).SetName("Owner").SetPhone([]byte{}).SetPhoneIndex(personID).SetEmail([]byte{}).SetEmailIndex(personID).
			SetPasswordHash("").SetPasswordChangedAt(tx.Now).SetCreatedAt(tx.Now).Exec(tx),
		tx.Employee.Create().SetID(employeeID).SetAccountID(accountID).SetPersonID(personID).SetStatus(employee.StatusACTIVE).SetJoinedAt(tx.Now).Exec(tx),
		tx.Ownership.Create().SetAccountID(accountID).SetEmployeeID(employeeID).SetFromAt(tx.Now).SetOpenKey(accountID).Exec(tx))
}
