package billing

import (
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/arrears"
	"portico/ent/db/bill"
	"portico/ent/db/restriction"
	"portico/ent/db/service"
	"portico/money"
	"portico/portal/ledger"
	"portico/portal/notice"
	"portico/portal/standing"
)

// stopped are the classes of services that arrears stop, and when.
var stopped = []struct {
	class  service.Class
	code   string
	atOnce bool
}{
	{service.ClassMETERED, InArrears.Code, true},
	{service.ClassTHIRD_PARTY, InArrears.Code, true},
	{service.ClassSUBSCRIPTION, Overdue.Code, false},
}

func openKey(accountID, currency string) string { return accountID + "|" + currency }

// begin lets arrears begin with a bill that the balance didn't cover, unless
// they run already: day 0 and day 8 are written at once (3.8). The day on which
// they begin isn't counted.
func begin(tx *ent.Tx, b *db.Bill, a agreed) error {
	runs, err := tx.Arrears.Query().Where(arrears.OpenKey(openKey(b.AccountID, b.Currency))).Exist(tx)
	if err != nil || runs {
		return err
	}
	stops, err := a.deadline(calendar.Days(a.graceDays), tx.Now)
	if err != nil {
		return err
	}
	create := tx.Arrears.Create().SetAccountID(b.AccountID).SetBillID(b.ID).SetCurrency(b.Currency).SetBeganAt(tx.Now).
		SetStopsAt(stops.At).SetStopRule(string(stops.Rule)).SetReminded(1).SetOpenKey(openKey(b.AccountID, b.Currency))
	if next, more := nextReminder(tx.Now, stops.At); more {
		create.SetRemindAt(next)
	}
	row, err := create.Save(tx)
	if ent.IsDuplicate(err) { // a twin was faster
		return ent.ErrStale
	}
	if err != nil {
		return err
	}
	for _, s := range stopped {
		c := standing.Cause{Scope: restriction.ScopeCLASS, AccountID: b.AccountID, TargetID: string(s.class), Code: s.code,
			Clause: "3.8", ID: row.ID}
		if !s.atOnce {
			c.Since = stops.At
		}
		if err := standing.Restrict(tx, c); err != nil {
			return err
		}
	}
	tx.Detail("arrears", row.ID)
	return remind(tx, row, a.zone)
}

// nextReminder is when the owner is reminded after an instant: a day before
// paid services stop, and when they do.
func nextReminder(after, stops time.Time) (time.Time, bool) {
	for _, at := range []time.Time{stops.AddDate(0, 0, -1), stops} {
		if at.After(after) {
			return at, true
		}
	}
	return time.Time{}, false
}

// remind tells the owner of arrears, in-site and by e-mail.
func remind(tx *ent.Tx, row *db.Arrears, zone calendar.Zone) error {
	b, err := ledger.Available(tx, row.AccountID, money.Currency(row.Currency))
	if err != nil {
		return err
	}
	owed, stops := b.Arrears.String()+" "+row.Currency, row.StopsAt.In(zone.Location()).Format("2006-01-02 15:04")
	body := clause.Text{
		ZH: "账户欠费 " + owed + "。按量计费与第三方产品已停止；若未结清，其他付费服务将于 " + stops + " 停止。结清后服务自动恢复。",
		EN: "The account owes " + owed + ". Metered and third-party products are stopped; unless it is paid, every other paid service stops at " + stops + ". When everything is paid, they resume by themselves.",
	}
	if !row.StopsAt.After(tx.Now) {
		body = clause.Text{
			ZH: "账户欠费 " + owed + "，已逾期，付费服务已停止。结清后服务自动恢复。",
			EN: "The account owes " + owed + ". It is overdue, and paid services are stopped. When everything is paid, they resume by themselves.",
		}
	}
	_, err = notice.Post(tx, notice.Posting{Kind: notice.Billing, AccountID: row.AccountID, Clause: "3.8", SubjectID: row.ID,
		Title: clause.Text{ZH: "账户欠费", EN: "The account is in arrears"}, Body: body, Email: true})
	return err
}

// Settle pays arrears from the cash of an account, the oldest bill first
// (5.10): a step of whoever brings money in, after it is booked. When all is
// paid the arrears end, and what they stopped resumes (3.8); a part payment
// neither lifts nor restarts anything.
func Settle(tx *ent.Tx, accountID string, c money.Currency) error { return settle(tx, accountID, c) }

func settle(tx *ent.Tx, accountID string, c money.Currency) error {
	open, err := tx.Arrears.Query().Where(arrears.OpenKey(openKey(accountID, c.String()))).Only(tx)
	if db.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	unpaid, err := tx.Bill.Query().Where(bill.AccountID(accountID), bill.StatusEQ(bill.StatusUNPAID), bill.Currency(c.String())).
		Order(db.Asc(bill.FieldSentAt, bill.FieldID)).All(tx)
	if err != nil {
		return err
	}
	for _, b := range unpaid {
		full, err := pay(tx, b)
		if err != nil || !full { // the cash ends here
			return err
		}
	}
	return end(tx, open)
}

// pay pays a bill as far as the cash goes, and tells whether that was all of it.
func pay(tx *ent.Tx, b *db.Bill) (full bool, err error) {
	owed := Owed(b)
	paid, err := ledger.Settle(tx, b.AccountID, b.ID, owed)
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

// end ends arrears: nothing is owed any more.
func end(tx *ent.Tx, row *db.Arrears) error {
	n, err := tx.Arrears.Update().Where(arrears.ID(row.ID), arrears.EndedAtIsNil()).
		SetEndedAt(tx.Now).ClearRemindAt().ClearOpenKey().Save(tx)
	if err != nil {
		return err
	}
	if n == 0 {
		return ent.ErrStale
	}
	for _, code := range []string{InArrears.Code, Overdue.Code} {
		if err := standing.Lift(tx, row.AccountID, code, row.ID); err != nil {
			return err
		}
	}
	tx.Detail("arrearsEnded", row.ID)
	return nil
}
