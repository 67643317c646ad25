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
)

// Remind is the job that reminds of arrears: a day before paid services stop,
// and when they do, once each (3.8).
func Remind() job.Job { return job.Job{Name: "billing.remind", Next: nextDue, Run: remindDue} }

func nextDue(ctx context.Context, s *ent.Store) (time.Time, bool, error) {
	row, err := s.Read().Arrears.Query().Where(arrears.RemindAtNotNil()).Order(db.Asc(arrears.FieldRemindAt, arrears.FieldID)).First(ctx)
	if db.IsNotFound(err) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, err
	}
	return *row.RemindAt, true, nil
}

func remindDue(ctx context.Context, s *ent.Store) (int, error) {
	return each(ctx, func(after *db.Arrears) ([]*db.Arrears, error) {
		which := []predicate.Arrears{arrears.RemindAtLTE(s.Now())}
		if after != nil {
			which = append(which, arrears.Or(arrears.RemindAtGT(*after.RemindAt),
				arrears.And(arrears.RemindAt(*after.RemindAt), arrears.IDGT(after.ID))))
		}
		return s.Read().Arrears.Query().Where(which...).
			Order(db.Asc(arrears.FieldRemindAt, arrears.FieldID)).Limit(batch).All(ctx)
	}, func(row *db.Arrears) error { return remindOne(ctx, s, row) })
}

// remindOne sends one reminder, on condition that nobody sent it, or was paid,
// meanwhile.
func remindOne(ctx context.Context, s *ent.Store, row *db.Arrears) error {
	_, err := command.Do(ctx, s, command.Command{Name: "remindOfArrears"}, func(tx *ent.Tx) (*db.Arrears, error) {
		tx = tx.Within(row.AccountID)
		tx.On(row.AccountID, row.ID)
		which := []predicate.Arrears{arrears.ID(row.ID), arrears.RemindAtEQ(*row.RemindAt), arrears.StopsAt(row.StopsAt)}
		update := tx.Arrears.Update().Where(which...).AddReminded(1).ClearRemindAt()
		if next, more := nextReminder(tx.Now, row.StopsAt); more {
			update = tx.Arrears.Update().Where(which...).AddReminded(1).SetRemindAt(next)
		}
		n, err := update.Save(tx)
		if err != nil || n == 0 {
			return nil, err
		}
		a, err := agreedWith(tx, row.AccountID)
		if err != nil {
			return nil, err
		}
		return nil, remind(tx, row, a.zone)
	})
	return err
}

// Digest is the job that mails an account's hourly bills once a day (3.4).
func Digest() job.Job { return job.Job{Name: "billing.digest", Next: nextDigest, Run: digestDue} }

func nextDigest(ctx context.Context, s *ent.Store) (time.Time, bool, error) {
	row, err := s.Read().Bill.Query().Where(bill.DigestAtNotNil()).Order(db.Asc(bill.FieldDigestAt, bill.FieldAccountID)).First(ctx)
	if db.IsNotFound(err) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, err
	}
	return *row.DigestAt, true, nil
}

// digestDue goes from one account's day to the next: its first bill stands for
// all of them.
func digestDue(ctx context.Context, s *ent.Store) (int, error) {
	return each(ctx, func(after *db.Bill) ([]*db.Bill, error) {
		which := []predicate.Bill{bill.DigestAtLTE(s.Now())}
		if after != nil {
			which = append(which, bill.Or(bill.DigestAtGT(*after.DigestAt),
				bill.And(bill.DigestAt(*after.DigestAt), bill.AccountIDGT(after.AccountID))))
		}
		return s.Read().Bill.Query().Where(which...).
			Order(db.Asc(bill.FieldDigestAt, bill.FieldAccountID)).Limit(1).All(ctx)
	}, func(first *db.Bill) error { return digestOne(ctx, s, first.AccountID, *first.DigestAt) })
}

// digestOne mails the hourly bills of an account's day, on condition that each
// still waits for it.
func digestOne(ctx context.Context, s *ent.Store, accountID string, at time.Time) error {
	_, err := command.Do(ctx, s, command.Command{Name: "mailBills"}, func(tx *ent.Tx) (*db.Bill, error) {
		tx = tx.Within(accountID)
		tx.On(accountID, accountID)
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
		a, err := agreedWith(tx, accountID)
		if err != nil {
			return nil, err
		}
		tx.Detail("bills", n)
		return nil, send(tx, accountID, bills, a.zone)
	})
	return err
}
