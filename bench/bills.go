package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/account"
	"portico/ent/db/bill"
	"portico/ent/db/plan"
	"portico/ent/db/usageperiod"
	"portico/ent/statement"
	"portico/portal"
	"portico/portal/finance/billing"
	"portico/portal/offer/catalog"
	catalogdemo "portico/portal/offer/catalog/demo"
)

const (
	billLines = 10 // of each account
	// billTotal is the total of each account's bill, and billCash the cash that
	// the account has, in minor units.
	billTotal, billCash = billLines * 280, 1_000_000
	// accountsPerWrite is the number of accounts that one transaction seeds.
	accountsPerWrite = 100
)

// bills measures a run that closes and bills one hour of many accounts. It uses
// a new database for each number of accounts.
func (c settings) bills(ctx context.Context, engineName, folder string) error {
	for _, accounts := range c.accounts {
		database, drop, err := open(ctx, engineName, filepath.Join(folder, fmt.Sprint("bills-", accounts)))
		if err != nil {
			return err
		}
		line, err := c.billRun(ctx, database, accounts)
		if err := errors.Join(err, drop()); err != nil {
			return fmt.Errorf("bills of %d accounts: %w", accounts, err)
		}
		fmt.Printf("%-8s %s\n", engineName, line)
	}
	return nil
}

func (c settings) billRun(ctx context.Context, database string, accounts int) (line string, err error) {
	keys, _, err := ent.NewKeys()
	if err != nil {
		return "", err
	}
	p, err := billable(ctx, database, keys, accounts)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	system := authz.With(ctx, authz.AsSystem("bench"))
	peak, stop := watchHeap()
	before, began := cpu(), time.Now()
	n, err := billing.Run().Run(system, p.Store)
	took, spent := time.Since(began), cpu()-before
	stop()
	if err != nil {
		return "", err
	}
	paid, err := p.Store.Read().Bill.Query().Where(bill.StatusEQ(bill.StatusPAID), bill.TotalMinor(billTotal)).Count(system)
	if err != nil {
		return "", err
	}
	if n != accounts || paid != accounts {
		return "", fmt.Errorf("%d periods were closed, but %d bills are correct", n, paid)
	}
	return fmt.Sprintf("bills of %6d accounts: %6.2f ms an account, %6.2f ms CPU, %6.1f s in all; heap at most %.1f MiB above the %.1f MiB before",
		accounts, took.Seconds()*1000/float64(accounts), spent.Seconds()*1000/float64(accounts), took.Seconds(), peak.above(), peak.start/mib), nil
}

// billable opens a portal on an empty database and adds accounts whose hour is
// due to be billed.
func billable(ctx context.Context, database string, keys *ent.Keys, accounts int) (p *portal.Portal, err error) {
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
	for seeded := 0; seeded < accounts; seeded += accountsPerWrite {
		if err := p.Store.Write(system, func(tx *ent.Tx) error { return seedPeriods(tx, min(accountsPerWrite, accounts-seeded)) }); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// seedPeriods adds accounts with usage in an hour that is due to close, on ten
// services each, and enough cash to pay for it.
func seedPeriods(tx *ent.Tx, accounts int) error {
	pl, err := tx.Plan.Query().Where(plan.Code(meters[0].plan)).Only(tx)
	if err != nil {
		return err
	}
	hour := tx.Now.Truncate(time.Hour).Add(-2 * time.Hour)
	var holders []*db.AccountCreate
	var balances []*db.BalanceCreate
	var periods []*db.UsagePeriodCreate
	var services []*db.ServiceCreate
	var sums []statement.UsageSum
	for range accounts {
		accountID, periodID := ent.NewID("acct"), ent.NewID("uper")
		holders = append(holders, tx.Account.Create().SetID(accountID).SetNumber(accountID).SetName("Bench").SetStatus(account.StatusPENDING).
			SetSubjectKind(account.SubjectKindLEGAL_PERSON).SetCurrency("CNY").SetCreatedAt(hour))
		balances = append(balances, tx.Balance.Create().SetAccountID(accountID).SetCurrency("CNY").SetCashMinor(billCash))
		periods = append(periods, tx.UsagePeriod.Create().SetID(periodID).SetAccountID(accountID).SetProductID(pl.ProductID).
			SetUnit(usageperiod.UnitHOUR).SetFromAt(hour).SetToAt(hour.Add(time.Hour)).SetClosesAt(hour.Add(70*time.Minute)).
			SetStatus(usageperiod.StatusOPEN).SetEvents(billLines))
		for range billLines {
			app, id := ent.NewID("appl"), ent.NewID("serv")
			services = append(services, meteredService(tx, pl, accountID, app).SetID(id))
			sums = append(sums, statement.UsageSum{AccountID: accountID, ApplicationID: app, ServiceID: id, PeriodID: periodID, Metric: meters[0].metric,
				Hour: hour, Micros: 100_000_000})
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

const mib = 1 << 20

// heap holds the size of the heap, in bytes: at the start, and at most.
type heap struct{ start, most float64 }

func (h *heap) above() float64 { return (h.most - h.start) / mib }

// watchHeap measures the heap until stop is called.
func watchHeap() (h *heap, stop func()) {
	const objects = "/memory/classes/heap/objects:bytes"
	sample := []metrics.Sample{{Name: objects}}
	read := func() float64 {
		metrics.Read(sample)
		return float64(sample[0].Value.Uint64())
	}
	runtime.GC()
	h = &heap{start: read()}
	h.most = h.start
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				h.most = max(h.most, read())
			}
		}
	})
	return h, func() { close(done); watching.Wait() }
}
