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
	// AccountID is the account it is for; empty for every account.
	AccountID   string
	Title, Body clause.Text
	// Clause is the clause that requires it.
	Clause clause.Ref
	// SubjectID is the object that it is about, if any.
	SubjectID   string
	EffectiveAt *time.Time
	// Email also sends it to the owner by e-mail.
	Email bool
}

// sequenceCode is the sequence that numbers notices.
const sequenceCode = "notice"

// Post publishes a notice of Portico's own in the caller's transaction, in-site
// and optionally by e-mail. For units; the posting states its clause.
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
