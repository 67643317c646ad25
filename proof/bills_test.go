package proof_test

import (
	"sync"
	"time"

	"portico/calendar"
	"portico/ent"
	"portico/ent/db/arrears"
	"portico/ent/db/balance"
	"portico/ent/db/bill"
	"portico/ent/db/usageperiod"
	"portico/portal/kernel/standing"
)

// byHand are the IDs of rows that the stage writes directly, or that a program
// writes in place of a person. The ledger's check reports them.
var byHand sync.Map

// bill returns a bill of the account with one line, for its own hour. The
// quantity is so small that it costs nothing.
func (x *side) bill() string {
	return x.keep("bill", func() string {
		var id string
		running := x.service()
		err := x.Portal.Store.Write(x.System(), func(tx *ent.Tx) error {
			service, err := tx.Service.Get(tx, running)
			if err != nil {
				return err
			}
			hour := tx.Now.Truncate(time.Hour).Add(-time.Duration(x.serial()) * time.Hour)
			until := tx.Now.AddDate(0, 1, 0)
			period, err := tx.UsagePeriod.Create().SetAccountID(x.account).SetProductID(service.ProductID).SetUnit(usageperiod.UnitHOUR).
				SetFromAt(hour).SetToAt(hour.Add(time.Hour)).SetClosesAt(hour.Add(time.Hour)).SetStatus(usageperiod.StatusCLOSED).SetClosedAt(tx.Now).
				SetDisputableUntil(until).SetDisputeRule("months:1").SetEvents(1).SetOutcome(usageperiod.OutcomeBILLED).Save(tx)
			if err != nil {
				return err
			}
			byHand.Store(period.ID, true)
			row, err := tx.Bill.Create().SetAccountID(x.account).SetNumber("B" + ent.NewID("bill")).SetProductID(service.ProductID).
				SetPeriodID(period.ID).SetUnit(bill.UnitHOUR).SetFromAt(hour).SetToAt(hour.Add(time.Hour)).SetStatus(bill.StatusPAID).
				SetClass(bill.Class(service.Class)).SetTotalMinor(0).SetCurrency("CNY").SetProviderBody("Portico").
				SetSentAt(tx.Now).SetDisputableUntil(until).SetDisputeRule("months:1").SetPaidAt(tx.Now).Save(tx)
			if err != nil {
				return err
			}
			byHand.Store(row.ID, true)
			id = row.ID
			return tx.BillLine.Create().SetAccountID(x.account).SetBillID(id).SetPosition(0).SetApplicationID(service.ApplicationID).SetServiceID(service.ID).
				SetMetric("rtc.minutes").SetQuantity("0.1").SetUnitPrice("0.0280").SetPer("1").SetAmountMinor(0).SetCurrency("CNY").Exec(tx)
		})
		if err != nil {
			x.T.Fatal(err)
		}
		return id
	})
}

// unbilled adds an hour of usage that couldn't be billed.
func (x *side) unbilled() {
	running := x.service()
	err := x.Portal.Store.Write(x.System(), func(tx *ent.Tx) error {
		service, err := tx.Service.Get(tx, running)
		if err != nil {
			return err
		}
		hour := tx.Now.Truncate(time.Hour).Add(-time.Duration(x.serial()) * time.Hour)
		return tx.UsagePeriod.Create().SetAccountID(x.account).SetProductID(service.ProductID).SetUnit(usageperiod.UnitHOUR).
			SetFromAt(hour).SetToAt(hour.Add(time.Hour)).SetClosesAt(hour.Add(time.Hour)).SetStatus(usageperiod.StatusOPEN).SetEvents(1).
			SetOutcome(usageperiod.OutcomeFAILED).SetFailure("NO_PRICE").SetFailures(1).SetFailedAt(tx.Now).SetRetryAt(tx.Now.AddDate(0, 0, 1)).Exec(tx)
	})
	if err != nil {
		x.T.Fatal(err)
	}
}

// arrears starts arrears on the account; its services stop on the eighth day.
func (x *side) arrears() {
	err := x.Portal.Store.Write(x.System(), func(tx *ent.Tx) error {
		stops := calendar.Shanghai().DaysAfter(tx.Now, 7)
		n, err := tx.Arrears.Update().Where(arrears.OpenKey(x.account + "|CNY")).SetStopsAt(stops).SetStopRule("days-after:7").Save(tx)
		if err != nil || n > 0 {
			return err
		}
		row, err := tx.Arrears.Create().SetAccountID(x.account).SetBillID(ent.NewID("bill")).SetCurrency("CNY").SetBeganAt(tx.Now).
			SetStopsAt(stops).SetStopRule("days-after:7").SetOpenKey(x.account + "|CNY").Save(tx)
		if err != nil {
			return err
		}
		byHand.Store(row.ID, true)
		return x.owing(tx, true)
	})
	if err != nil {
		x.T.Fatal(err)
	}
}

// owing marks the account's balance as one that owes less than its arrears, or
// removes the mark.
func (x *side) owing(tx *ent.Tx, owes bool) error {
	ids, err := tx.Balance.Query().Where(balance.AccountID(x.account)).IDs(tx)
	for _, id := range ids {
		if byHand.Delete(id); owes {
			byHand.Store(id, true)
		}
	}
	return err
}

// paid ends the arrears that [side.arrears] started.
func (x *side) paid() {
	err := x.Portal.Store.Write(x.System(), func(tx *ent.Tx) error {
		rows, err := tx.Arrears.Query().Where(arrears.OpenKey(x.account + "|CNY")).All(tx)
		if err != nil {
			return err
		}
		for _, row := range rows {
			for _, code := range []string{"ARREARS", "ARREARS_OVERDUE"} {
				if err := standing.Lift(tx, x.account, code, row.ID); err != nil {
					return err
				}
			}
			if err := tx.Arrears.UpdateOne(row).SetEndedAt(tx.Now).ClearRemindAt().ClearOpenKey().Exec(tx); err != nil {
				return err
			}
		}
		return x.owing(tx, false)
	})
	if err != nil {
		x.T.Fatal(err)
	}
}
