package billing

import (
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/money"
	"portico/portal/correspondence/notice"
	"portico/portal/finance/ledger"
)

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
	owed, stops := b.Arrears.String()+" "+row.Currency, shown(row.StopsAt, zone)
	var body clause.Text
	switch {
	case untouched(row):
		body = clause.Text{
			ZH: "账户欠费 " + owed + "。已有足以结清的款项等待核对付款人，等待期间不停止服务。",
			EN: "The account owes " + owed + ". Money that would cover it waits for its payer to be known; until then nothing is stopped.",
		}
	case row.StopsAt.After(tx.Now):
		body = clause.Text{
			ZH: "账户欠费 " + owed + "。实时计量与第三方产品已停止；若未结清，其他付费服务将于 " + stops + " 停止。结清后服务自动恢复。",
			EN: "The account owes " + owed + ". Products metered in real time and third-party products are stopped; unless it is paid, every other paid service stops at " + stops + ". When everything is paid, they resume by themselves.",
		}
	default:
		body = clause.Text{
			ZH: "账户欠费 " + owed + "，已逾期，付费服务已停止。结清后服务自动恢复。",
			EN: "The account owes " + owed + ". It is overdue, and paid services are stopped. When everything is paid, they resume by themselves.",
		}
	}
	return tell(tx, row, clause.Text{ZH: "账户欠费", EN: "The account is in arrears"}, body)
}

// shown is an instant as it is written in texts about arrears.
func shown(at time.Time, zone calendar.Zone) string {
	return at.In(zone.Location()).Format("2006-01-02 15:04 MST")
}

// tell posts a notice about arrears.
func tell(tx *ent.Tx, row *db.Arrears, title, body clause.Text) error {
	_, err := notice.Post(tx, notice.Posting{Kind: notice.Billing, AccountID: row.AccountID, Clause: "3.8", SubjectID: row.ID,
		Title: title, Body: body, Email: true})
	return err
}
