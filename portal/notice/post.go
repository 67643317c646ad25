package notice

import (
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/message"
	"portico/ent/db/notice"
	"portico/ent/db/ownership"
	"portico/portal/identity"
	"portico/portal/outbox"
	"portico/portal/sequence"
)

// Posting is a notice that Portico itself posts.
type Posting struct {
	Kind Kind
	// AccountID is whom it is for; empty for every account.
	AccountID   string
	Title, Body clause.Text
	// Clause asks for it.
	Clause clause.Ref
	// SubjectID is what it is about, if it is an object.
	SubjectID   string
	EffectiveAt *time.Time
	// Email tells the owner by e-mail too.
	Email bool
}

// sequenceCode is what notices are numbered by.
const sequenceCode = "notice"

// Post publishes a notice of Portico's own in the caller's transaction, in-site
// and perhaps by e-mail. For units; which clause it serves is the posting's.
func Post(tx *ent.Tx, p Posting) (*db.Notice, error) {
	n, err := sequence.Next(tx, sequenceCode)
	if err != nil {
		return nil, err
	}
	create := tx.Notice.Create().SetSequence(n).SetKind(string(p.Kind)).SetAudience(notice.AudienceALL).
		SetTitle(p.Title.ZH).SetBody(p.Body.ZH).SetTitleEn(p.Title.EN).SetBodyEn(p.Body.EN).
		SetClause(string(p.Clause)).SetSubjectID(p.SubjectID).SetInSite(true).SetEmail(p.Email).SetPublic(false).
		SetPublishedAt(tx.Now).SetNillableEffectiveAt(p.EffectiveAt).SetPublishedBy("")
	if p.AccountID != "" {
		create.SetAudience(notice.AudienceNAMED)
	} else if p.Email {
		create.SetMailAfter("")
	}
	row, err := create.Save(tx)
	if err != nil || p.AccountID == "" {
		return row, err
	}
	if err := tx.NoticeTarget.Create().SetNoticeID(row.ID).SetSequence(n).SetTargetID(p.AccountID).Exec(tx); err != nil {
		return nil, err
	}
	if p.Email {
		err = MailOwner(tx, p.AccountID, p.Title, p.Body)
	}
	return row, err
}

// MailOwner sends an account's owner an e-mail in both languages, in the
// caller's transaction. For units.
func MailOwner(tx *ent.Tx, accountID string, subject, body clause.Text) error {
	open, err := tx.Ownership.Query().Where(ownership.OpenKey(accountID)).Only(tx)
	if err != nil {
		return err
	}
	employee, err := tx.Employee.Get(tx, open.EmployeeID)
	if err != nil {
		return err
	}
	person, err := tx.Person.Get(tx, employee.PersonID)
	if err != nil {
		return err
	}
	to, err := identity.Email(tx.Store(), person)
	if err != nil {
		return err
	}
	return outbox.Send(tx, outbox.Message{Channel: message.ChannelEMAIL, To: to,
		Subject: subject.ZH + " " + subject.EN, Body: body.ZH + "\n\n" + body.EN + "\n"})
}
