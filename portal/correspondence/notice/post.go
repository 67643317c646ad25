package notice

import (
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/notice"
	"portico/portal/kernel/sequence"
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
