package proof_test

import (
	"time"

	"portico/calendar"
	"portico/ent"
	"portico/ent/db/arrears"
	"portico/ent/db/bill"
	"portico/portal/standing"
)

// bill is a bill of the account with one line, of an hour of its own: over so
// little that it costs nothing.
func (x *side) bill() string {
	return x.keep("bill", func() string {
		var id string
		app, running := x.served(), x.service()
		err := x.Portal.Store.Write(x.System(), func(tx *ent.Tx) error {
			service, err := tx.Service.Get(tx, running)
			if err != nil {
				return err
			}
			hour := tx.Now.Truncate(time.Hour).Add(-time.Duration(x.serial()) * time.Hour)
			row, err := tx.Bill.Create().SetAccountID(x.account).SetNumber("B" + ent.NewID("bill")).SetProductID(service.ProductID).
				SetPeriodID(ent.NewID("uper")).SetUnit(bill.UnitHOUR).SetFromAt(hour).SetToAt(hour.Add(time.Hour)).SetStatus(bill.StatusPAID).
				SetClass(bill.ClassMETERED).SetTotalMinor(0).SetCurrency("CNY").SetProviderBody("Portico").
				SetSentAt(tx.Now).SetDisputableUntil(tx.Now).SetDisputeRule("months:1").SetPaidAt(tx.Now).Save(tx)
			if err != nil {
				return err
			}
			id = row.ID
			return tx.BillLine.Create().SetAccountID(x.account).SetBillID(id).SetPosition(0).SetApplicationID(app).SetServiceID(service.ID).
				SetMetric("rtc.minutes").SetQuantity("0.1").SetUnitPrice("0.0280").SetPer("1").SetAmountMinor(0).SetCurrency("CNY").Exec(tx)
		})
		if err != nil {
			x.T.Fatal(err)
		}
		return id
	})
}

// arrears lets arrears run on the account that stop on the eighth day.
func (x *side) arrears() {
	err := x.Portal.Store.Write(x.System(), func(tx *ent.Tx) error {
		stops := calendar.Shanghai().DaysAfter(tx.Now, 7)
		n, err := tx.Arrears.Update().Where(arrears.OpenKey(x.account + "|CNY")).SetStopsAt(stops).SetStopRule("days-after:7").Save(tx)
		if err != nil || n > 0 {
			return err
		}
		return tx.Arrears.Create().SetAccountID(x.account).SetBillID(ent.NewID("bill")).SetCurrency("CNY").SetBeganAt(tx.Now).
			SetStopsAt(stops).SetStopRule("days-after:7").SetOpenKey(x.account + "|CNY").Exec(tx)
	})
	if err != nil {
		x.T.Fatal(err)
	}
}

// paid ends what [side.arrears] began.
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
		return nil
	})
	if err != nil {
		x.T.Fatal(err)
	}
}
