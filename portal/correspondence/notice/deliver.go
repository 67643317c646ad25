package notice

import (
	"context"
	"errors"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/account"
	"portico/ent/db/employee"
	"portico/ent/db/message"
	"portico/ent/db/notice"
	"portico/ent/db/ownership"
	"portico/ent/db/person"
	"portico/ent/statement"
	"portico/portal/kernel/address"
	"portico/portal/kernel/job"
	"portico/portal/kernel/outbox"
)

// mailBatch is how many accounts one transaction mails; tests make it small.
var mailBatch = 200

// Deliver returns the job that mails notices to the owners of the accounts that
// they are for (9.7): 200 accounts a transaction, in the order of their ids.
// The notice stores how far it came, so that an interrupted run continues there
// and each account is mailed once. Accounts opened after the publication aren't
// mailed.
func Deliver() job.Job {
	return job.Job{Name: "notice.deliver", Next: nextMail, Run: mailDue}
}

// unmailed selects the notices that are still being mailed, by their own index;
// the one with the least progress is first.
func unmailed(q *db.NoticeQuery) *db.NoticeQuery {
	return q.Where(notice.Email(true), notice.MailAfterNotNil()).Order(db.Asc(notice.FieldMailAfter, notice.FieldID))
}

func nextMail(ctx context.Context, s *ent.Store) (time.Time, bool, error) {
	row, err := unmailed(s.Read().Notice.Query()).First(ctx)
	return job.First(row, err, func(n *db.Notice) time.Time { return n.PublishedAt })
}

func mailDue(ctx context.Context, s *ent.Store) (int, error) {
	return job.Batches(ctx, func() (int, error) {
		done := 0
		err := s.Write(ctx, func(tx *ent.Tx) error {
			done = 0
			row, err := unmailed(tx.Notice.Query()).First(tx)
			if db.IsNotFound(err) {
				return nil
			}
			if err != nil {
				return err
			}
			done = 1 // a notice with nobody left to mail counts as done too
			n, err := mail(tx, row)
			done += n
			return err
		})
		return done, err
	})
}

// mail mails the next accounts of a notice, and records its progress.
func mail(tx *ent.Tx, row *db.Notice) (int, error) {
	after := *row.MailAfter
	ids, err := tx.Account.Query().Where(account.IDGT(after), account.CreatedAtLTE(row.PublishedAt), statement.Addressed(row.ID, row.Audience == notice.AudienceALL, row.PublishedAt)).
		Order(db.Asc(account.FieldID)).Limit(mailBatch).IDs(tx)
	if err != nil {
		return 0, err
	}
	update := tx.Notice.Update().Where(notice.ID(row.ID), notice.MailAfter(after))
	if len(ids) < mailBatch {
		update.ClearMailAfter()
	} else {
		update.SetMailAfter(ids[len(ids)-1])
	}
	n, err := update.Save(tx)
	if err != nil {
		return 0, err
	}
	if n == 0 { // another replica was faster
		return 0, ent.ErrStale
	}
	owners, err := addresses(tx, ids)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := send(tx, owners[id], texts(row.Title, row.TitleEn), texts(row.Body, row.BodyEn)); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// texts returns a text in its original language, and in English if there is
// one.
func texts(zh string, en *string) clause.Text {
	t := clause.Text{ZH: zh}
	if en != nil {
		t.EN = *en
	}
	return t
}

// addressee is a person and its verified address; empty if it has none.
type addressee struct{ person, email string }

// addresses returns the owners of accounts, by account.
func addresses(tx *ent.Tx, accounts []string) (map[string]addressee, error) {
	open, err := tx.Ownership.Query().Where(ownership.OpenKeyIn(accounts...)).All(tx)
	if err != nil {
		return nil, err
	}
	var employees, persons []string
	accountOf := map[string]string{}
	for _, o := range open {
		employees = append(employees, o.EmployeeID)
		accountOf[o.EmployeeID] = o.AccountID
	}
	staff, err := tx.Employee.Query().Where(employee.IDIn(employees...)).All(tx)
	if err != nil {
		return nil, err
	}
	for _, e := range staff {
		persons = append(persons, e.PersonID)
	}
	rows, err := tx.Person.Query().Where(person.IDIn(persons...)).All(tx)
	if err != nil {
		return nil, err
	}
	mails := map[string]addressee{}
	for _, p := range rows {
		to, err := address.Mailbox(tx.Store(), p)
		if err != nil {
			return nil, err
		}
		mails[p.ID] = addressee{p.ID, to}
	}
	to := map[string]addressee{}
	for _, e := range staff {
		to[accountOf[e.ID]] = mails[e.PersonID]
	}
	return to, nil
}

// MailOwner sends an account's owner an e-mail in both languages, in the
// caller's transaction. It sends nothing while the owner's address isn't
// verified. For units.
func MailOwner(tx *ent.Tx, accountID string, subject, body clause.Text) error {
	owners, err := addresses(tx, []string{accountID})
	if err != nil {
		return err
	}
	if owners[accountID].person == "" {
		return errors.New("notice: an account without an owner")
	}
	return send(tx, owners[accountID], subject, body)
}

func send(tx *ent.Tx, to addressee, subject, body clause.Text) error {
	if to.email == "" {
		return nil
	}
	both := func(t clause.Text, between string) string {
		if t.EN == "" {
			return t.ZH
		}
		return t.ZH + between + t.EN
	}
	return outbox.Send(tx, outbox.Message{Channel: message.ChannelEMAIL, Person: to.person, To: to.email, Subject: both(subject, " "), Body: both(body, "\n\n") + "\n"})
}
