package account

import (
	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/verification"
	"portico/portal/correspondence/notice"
	"portico/portal/kernel/standing"
)

// announce posts the decision on a verification to the account, in-site and by
// e-mail, in both languages (5.2).
func announce(tx *ent.Tx, v *db.Verification) error {
	title := clause.Text{ZH: "账户已通过审核", EN: "The account is approved"}
	body := clause.Text{ZH: "主体“{name}”已通过审核。", EN: "The legal entity \"{name}\" is verified."}
	next, then := authz.OrderPlace, clause.Text{ZH: "账户现在可以订购服务。", EN: " The account can now order services."}
	ref := clause.Ref("5.2")
	if v.Purpose == verification.PurposeRENAME {
		ref, title = "1.1", clause.Text{ZH: "更名已通过审核", EN: "The new name is approved"}
		then = clause.Text{}
		body = clause.Text{ZH: "主体现名为“{name}”。此后付款人和发票抬头按新名称核对；此前发起的仍按旧名称核对。", EN: "The legal entity is now called \"{name}\". Payers and invoice titles are checked against the new name; those of earlier transactions against the old one."}
	}
	params := map[string]any{"name": v.LegalName, "reason": ""}
	if v.Status == verification.StatusREJECTED {
		title = clause.Text{ZH: "账户审核未通过", EN: "The verification was rejected"}
		body = clause.Text{ZH: "主体“{name}”的认证被驳回，理由：{reason}", EN: "The verification of \"{name}\" was rejected. Reason: {reason}"}
		next, then = authz.VerificationSubmit, clause.Text{ZH: " 您可以更正后重新提交。", EN: " You can correct it and submit it again."}
		params["reason"] = *v.Reason
	}
	then, err := possible(tx, v.AccountID, next, then)
	if err != nil {
		return err
	}
	body.ZH, body.EN = body.ZH+then.ZH, body.EN+then.EN
	filled := func() clause.Text { return clause.Text{ZH: body.In(clause.ZH, params), EN: body.In(clause.EN, params)} }
	_, err = notice.Post(tx, notice.Posting{Kind: notice.Account, AccountID: v.AccountID, Clause: ref, SubjectID: v.ID, Title: title, Body: filled()})
	if err != nil {
		return err
	}
	params["name"], params["reason"] = clip(v.LegalName, mailedName), clip(params["reason"].(string), mailedReason)
	return notice.MailOwner(tx, v.AccountID, title, filled())
}

// possible returns what the account can do next, or if it is restricted, for
// example closed, the refusal.
func possible(tx *ent.Tx, accountID string, p authz.Permission, then clause.Text) (clause.Text, error) {
	if then.EN == "" {
		return then, nil
	}
	due, err := standing.Due(tx, tx.Client().Restriction, accountID, tx.Now)
	if err != nil {
		return then, err
	}
	if r, denied := standing.Denial(due, p, authz.On(accountID)); denied {
		return clause.Text{ZH: r.Message(clause.ZH), EN: " " + r.Message(clause.EN)}, nil
	}
	return then, nil
}

// The lengths of what a mail quotes of a decision, in characters; the notice
// has the full text.
const (
	mailedName   = 60
	mailedReason = 200
)

// clip shortens a text.
func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
