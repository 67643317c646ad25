package billing

import (
	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/arrears"
	"portico/ent/db/bill"
	"portico/ent/db/restriction"
	"portico/ent/db/service"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
	"portico/portal/kernel/param"
	"portico/portal/kernel/standing"
)

// stop is the effect of arrears on a class of services.
type stop struct {
	class  service.Class
	code   string
	atOnce bool
}

// stopped lists the classes of services that arrears stop, and when.
var stopped = []stop{
	{service.ClassREALTIME, InArrears.Code, true},
	{service.ClassTHIRD_PARTY, InArrears.Code, true},
	{service.ClassMETERED, Overdue.Code, false},
	{service.ClassSUBSCRIPTION, Overdue.Code, false},
}

func openKey(accountID, currency string) string { return accountID + "|" + currency }

// running returns the open arrears of an account in a currency; nil if there
// are none.
func running(tx *ent.Tx, accountID string, c money.Currency) (*db.Arrears, error) {
	row, err := tx.Arrears.Query().Where(arrears.OpenKey(openKey(accountID, c.String()))).Only(tx)
	if db.IsNotFound(err) {
		return nil, nil
	}
	return row, err
}

// begin starts arrears with a bill that the balance didn't cover, unless they
// are open already. The restrictions of day 0 and day 8 are written at once
// (3.8). The day on which arrears begin isn't counted. Nothing stops while
// waiting money would cover them (3.5).
func begin(tx *command.Tx, b *db.Bill, a param.Agreement) error {
	row, err := running(tx.Tx, b.AccountID, money.Currency(b.Currency))
	if err != nil {
		return err
	}
	if row != nil {
		return updatePause(tx, row)
	}
	stops, err := a.Deadline(calendar.Days(a.Figure(clause.ArrearsGraceDays).Int()), tx.Now)
	if err != nil {
		return err
	}
	waits, err := covered(tx.Tx, b.AccountID, money.Currency(b.Currency))
	if err != nil {
		return err
	}
	create := tx.Arrears.Create().SetAccountID(b.AccountID).SetBillID(b.ID).SetCurrency(b.Currency).SetBeganAt(tx.Now).
		SetStopsAt(stops.At).SetStopRule(string(stops.Rule)).SetReminded(1).SetOpenKey(openKey(b.AccountID, b.Currency))
	if waits {
		create.SetHeldAt(tx.Now)
	} else if next, more := nextReminder(tx.Now, stops.At); more {
		create.SetRemindAt(next)
	}
	row, err = create.Save(tx)
	if ent.IsDuplicate(err) { // a concurrent duplicate came first
		return ent.ErrStale
	}
	if err != nil {
		return err
	}
	if !waits {
		if err := restrict(tx.Tx, row); err != nil {
			return err
		}
	}
	tx.AuditDetail("arrears", row.ID)
	return remind(tx.Tx, row, a.Zone())
}

// restrict writes the restrictions of arrears that don't exist yet, in force
// now or from their instant on.
func restrict(tx *ent.Tx, row *db.Arrears) error {
	for _, s := range stopped {
		c := standing.Cause{Scope: restriction.ScopeCLASS, AccountID: row.AccountID, TargetID: string(s.class), Code: s.code,
			Clause: "3.8", ID: row.ID}
		if !s.atOnce {
			c.Since = row.StopsAt
			if row.ExtensionReason != nil {
				c.Reason = *row.ExtensionReason
			}
		}
		if err := standing.Restrict(tx, c); err != nil {
			return err
		}
	}
	return nil
}

// SettleArrears pays arrears from an account's cash, the oldest bill first
// (5.10). It is a step of every unit that books incoming money, after the
// booking. When everything is paid, the arrears end and the stopped services
// resume (3.8); a part payment changes neither the arrears nor the stop. It
// also pauses the stop while money waits that would cover the arrears, and
// resumes it when there is no such money any more (3.5).
func SettleArrears(tx *command.Tx, accountID string, c money.Currency) error {
	open, err := running(tx.Tx, accountID, c)
	if err != nil || open == nil {
		return err
	}
	tx.NoEarlier(open.BeganAt)
	unpaid, err := tx.Bill.Query().Where(bill.AccountID(accountID), bill.StatusEQ(bill.StatusUNPAID), bill.Currency(c.String())).
		Order(db.Asc(bill.FieldSentAt, bill.FieldID)).All(tx)
	if err != nil {
		return err
	}
	for _, b := range unpaid {
		tx.NoEarlier(b.SentAt)
		full, err := pay(tx.Tx, b)
		if err != nil {
			return err
		}
		if !full { // no cash is left
			return updatePause(tx, open)
		}
	}
	return end(tx, open)
}

// pay pays a bill from cash, as much as there is, and reports whether the bill
// is paid in full.
func pay(tx *ent.Tx, b *db.Bill) (full bool, err error) {
	owed := Owed(b)
	paid, err := ledger.PayBill(tx, b.AccountID, b.ID, owed)
	if err != nil || paid.IsZero() {
		return false, err
	}
	full = paid == owed
	update := tx.Bill.Update().Where(bill.ID(b.ID), bill.StatusEQ(bill.StatusUNPAID), bill.PaidCashMinor(b.PaidCashMinor)).
		AddPaidCashMinor(paid.Minor())
	if full {
		update.SetStatus(bill.StatusPAID).SetPaidAt(tx.Now)
	}
	n, err := update.Save(tx)
	if err == nil && n == 0 {
		return false, ent.ErrStale
	}
	return full, err
}

// end ends arrears when nothing is owed any more.
func end(tx *command.Tx, row *db.Arrears) error {
	n, err := tx.Arrears.Update().Where(arrears.ID(row.ID), arrears.EndedAtIsNil()).
		SetEndedAt(tx.Now).ClearHeldAt().ClearRemindAt().ClearOpenKey().Save(tx)
	if err != nil {
		return err
	}
	if n == 0 {
		return ent.ErrStale
	}
	for _, code := range []string{InArrears.Code, Overdue.Code} {
		if err := standing.Lift(tx.Tx, row.AccountID, code, row.ID); err != nil {
			return err
		}
	}
	tx.AuditDetail("arrearsEnded", row.ID)
	return nil
}
