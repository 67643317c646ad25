package billing

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/arrears"
	"portico/ent/db/bill"
	"portico/ent/db/predicate"
	"portico/portal/kernel/command"
	"portico/portal/kernel/job"
	"portico/portal/kernel/param"
)

// Remind is the job that sends reminders of arrears: one a day before paid
// services stop, and one when they stop (3.8).
func Remind() job.Job {
	return job.Each("billing.remind", remindOne, job.List[*db.Arrears]{
		Rows: func(ctx context.Context, c *db.Client, within job.Range, most int) ([]*db.Arrears, error) {
			return c.Arrears.Query().Where(within.By(arrears.FieldRemindAt, arrears.FieldID)).
				Order(db.Asc(arrears.FieldRemindAt, arrears.FieldID)).Limit(most).All(ctx)
		},
		Key: func(row *db.Arrears) job.Key { return job.Key{At: *row.RemindAt, ID: row.ID, Account: row.AccountID} }})
}

// remindOne sends one reminder, unless it was sent or the arrears were paid in
// the meantime.
func remindOne(ctx context.Context, s *ent.Store, row *db.Arrears) error {
	_, err := command.Do(ctx, s, command.Command{Name: "remindOfArrears"}, func(tx *command.Tx) (*db.Arrears, error) {
		tx = tx.Within(row.AccountID)
		tx.AuditObject(row.AccountID, row.ID)
		which := []predicate.Arrears{arrears.ID(row.ID), arrears.RemindAtEQ(*row.RemindAt), arrears.StopsAt(row.StopsAt)}
		update := tx.Arrears.Update().Where(which...).AddReminded(1).ClearRemindAt()
		if next, more := nextReminder(tx.Now, row.StopsAt); more {
			update = tx.Arrears.Update().Where(which...).AddReminded(1).SetRemindAt(next)
		}
		n, err := update.Save(tx)
		if err != nil || n == 0 {
			return nil, err
		}
		a, err := param.Of(tx, tx.Override, row.AccountID, tx.Now)
		if err != nil {
			return nil, err
		}
		return nil, remind(tx.Tx, row, a.Zone())
	})
	return err
}

// day is a day of an account whose hourly bills are to be mailed.
type day struct {
	DigestAt  time.Time `json:"digest_at"`
	AccountID string    `json:"account_id"`
}

// Digest is the job that mails an account's hourly bills once a day (3.4).
func Digest() job.Job {
	return job.Each("billing.digest", digestOne, job.List[day]{
		Rows: func(ctx context.Context, c *db.Client, within job.Range, most int) (days []day, err error) {
			err = c.Bill.Query().Where(within.By(bill.FieldDigestAt, bill.FieldAccountID)).
				Order(db.Asc(bill.FieldDigestAt, bill.FieldAccountID)).Limit(most).
				GroupBy(bill.FieldDigestAt, bill.FieldAccountID).Scan(ctx, &days)
			return days, err
		},
		Key: func(d day) job.Key { return job.Key{At: d.DigestAt, ID: d.AccountID, Account: d.AccountID} }})
}

// digestOne mails the hourly bills of an account's day, on condition that none
// of them was mailed in the meantime.
func digestOne(ctx context.Context, s *ent.Store, d day) error {
	accountID, at := d.AccountID, d.DigestAt
	_, err := command.Do(ctx, s, command.Command{Name: "mailBills"}, func(tx *command.Tx) (*db.Bill, error) {
		tx = tx.Within(accountID)
		tx.AuditObject(accountID, accountID)
		bills, err := tx.Bill.Query().Where(bill.AccountID(accountID), bill.DigestAtEQ(at)).
			Order(db.Asc(bill.FieldFromAt, bill.FieldID)).All(tx)
		if err != nil || len(bills) == 0 {
			return nil, err
		}
		n, err := tx.Bill.Update().Where(bill.AccountID(accountID), bill.DigestAtEQ(at)).ClearDigestAt().Save(tx)
		if err != nil {
			return nil, err
		}
		if n != len(bills) {
			return nil, ent.ErrStale
		}
		a, err := param.Of(tx, tx.Override, accountID, tx.Now)
		if err != nil {
			return nil, err
		}
		tx.AuditDetail("bills", n)
		return nil, send(tx.Tx, accountID, bills, a.Zone())
	})
	return err
}
