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

// nextReminder returns the time of the first reminder after an instant: a day
// before paid services stop, or when they stop.
func nextReminder(after, stops time.Time) (time.Time, bool) {
	for _, at := range []time.Time{stops.AddDate(0, 0, -1), stops} {
		if at.After(after) {
			return at, true
		}
	}
	return time.Time{}, false
}

// remind notifies the owner of arrears, in the portal and by e-mail.
func remind(tx *ent.Tx, row *db.Arrears, zone calendar.Zone) error {
	b, err := ledger.Available(tx, row.AccountID, money.Currency(row.Currency))
	if err != nil {
		return err
	}
	owed, stops := b.Arrears.String()+" "+row.Currency, shown(row.StopsAt, zone)
	var body clause.Text
	switch {
	case nothingStopped(row):
		body = clause.Text{
			ZH: "账户欠费 " + owed + "。已有足以结清欠费的款项正在核对付款人，核对期间不停止服务。",
			EN: "The account owes " + owed + ". Money that would cover it has arrived, and its payer is being checked; until then no service is stopped.",
		}
	case row.StopsAt.After(tx.Now):
		body = clause.Text{
			ZH: "账户欠费 " + owed + "。实时计量产品与第三方产品已停止服务；如未结清，其他付费服务将于 " + stops + " 停止。结清后服务自动恢复。",
			EN: "The account owes " + owed + ". Products metered in real time and third-party products are stopped. All other paid services stop at " + stops + " unless the amount is paid. Services resume automatically when everything is paid.",
		}
	default:
		body = clause.Text{
			ZH: "账户欠费 " + owed + "，已逾期，付费服务已停止。结清后服务自动恢复。",
			EN: "The account owes " + owed + ". It is overdue, and paid services are stopped. They resume automatically when everything is paid.",
		}
	}
	return post(tx, row, clause.Text{ZH: "账户欠费", EN: "The account is in arrears"}, body)
}

// shown is an instant as it is written in texts about arrears.
func shown(at time.Time, zone calendar.Zone) string {
	return at.In(zone.Location()).Format("2006-01-02 15:04 MST")
}

// post posts a notice about arrears.
func post(tx *ent.Tx, row *db.Arrears, title, body clause.Text) error {
	_, err := notice.Post(tx, notice.Posting{Kind: notice.Billing, AccountID: row.AccountID, Clause: "3.8", SubjectID: row.ID,
		Title: title, Body: body, Email: true})
	return err
}
