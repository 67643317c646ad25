package payment

import (
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/money"
	"portico/portal/correspondence/notice"
)

// tellWaiting tells the owner that a payment waits, and what lifts that (3.5).
// It names no payer: that text is somebody else's.
func tellWaiting(tx *ent.Tx, t *db.TopUp, p *db.Payment) error {
	what := money.New(p.AmountMinor, money.Currency(p.Currency)).String() + " " + p.Currency
	body := clause.Text{
		ZH: "充值 " + t.PaymentReference + " 收到 " + what + "，但付款人既不是账户主体，也不是您指定的付款方，款项暂挂待核。若付款人受您委托，请指定该付款方（designatePayer），款项即时入账；或向我们提供证明，由运营人员核实入账或退回。款项足以结清欠费的，等待期间停服期限不推进。",
		EN: "For the top-up " + t.PaymentReference + " " + what + " came in, from a payer that is neither the account's legal entity nor designated by you, so it waits. If the payer pays for you, designate it (designatePayer), and the money counts at once; or give us proof, and an operator credits it or returns it. While it waits, and would cover what is owed, the days until services stop don't go on.",
	}
	if p.DecidedAt == nil { // there is nothing to compare with yet
		body = clause.Text{
			ZH: "充值 " + t.PaymentReference + " 收到 " + what + "。主体认证通过后即与付款人核对入账，此前款项暂挂。",
			EN: "For the top-up " + t.PaymentReference + " " + what + " came in. It waits until the legal entity is approved; then it is compared with the payer, and counts.",
		}
	}
	return tell(tx, p.AccountID, t.ID, clause.Text{ZH: "一笔充值待核", EN: "A payment waits"}, body)
}

// tellDecided tells the owner what an operator decided about a payment, and why.
func tellDecided(tx *ent.Tx, p *db.Payment, d PaymentDecision, reason string) error {
	what := money.New(p.AmountMinor, money.Currency(p.Currency)).String() + " " + p.Currency
	told := map[PaymentDecision]struct{ title, body clause.Text }{
		Credit: {clause.Text{ZH: "待核款项已入账", EN: "Money that waited was credited"},
			clause.Text{ZH: "待核的 " + what + " 已入账。", EN: what + " that waited was credited."}},
		Return: {clause.Text{ZH: "待核款项已退回", EN: "Money that waited was returned"},
			clause.Text{ZH: "待核的 " + what + " 已退回付款人。", EN: what + " that waited was returned to its payer."}},
		Attribute: {clause.Text{ZH: "一笔来款已归入您的账户", EN: "A payment was found to be yours"},
			clause.Text{ZH: "一笔 " + what + " 的来款经核实归入您的账户。", EN: "A payment of " + what + " was found to be of your account."}},
		Refund: {clause.Text{ZH: "一笔付款的退回已核实", EN: "A payment was found to have gone back"},
			clause.Text{ZH: what + " 的付款经核实已由渠道退回。", EN: "Of the payment of " + what + " money was found to have gone back."}},
		Waive: {clause.Text{ZH: "退回款项的差额已免除", EN: "What a refund left owing was waived"},
			clause.Text{ZH: what + " 的付款退回后的差额已免除。", EN: "What the refund of the payment of " + what + " left owing was waived."}},
		Note: {clause.Text{ZH: "一笔付款已核实", EN: "A payment was looked into"},
			clause.Text{ZH: what + " 的付款已核实，账目不变。", EN: "The payment of " + what + " was looked into; nothing is booked."}},
	}[d]
	told.body.ZH += "说明：" + reason
	told.body.EN += " Reason: " + reason
	return tell(tx, p.AccountID, p.TopUpID, told.title, told.body)
}

// tellSentBack tells the owner that a channel sent money back, and what of it is
// owed because it was spent.
func tellSentBack(tx *ent.Tx, p *db.Payment, back, missing money.Amount) error {
	c := " " + p.Currency
	body := clause.Text{ZH: "渠道已将一笔付款中的 " + back.String() + c + " 退回付款人，账目相应冲减。",
		EN: "The channel sent " + back.String() + c + " of a payment back to its payer; that is no longer on the account."}
	if !missing.IsZero() {
		body.ZH += "其中 " + missing.String() + c + " 已被使用，将从之后入账的现金中扣除。"
		body.EN += " " + missing.String() + c + " of it was spent already; it is taken from the cash that comes in next."
	}
	return tell(tx, p.AccountID, p.TopUpID, clause.Text{ZH: "一笔付款已退回", EN: "A payment went back"}, body)
}

func tell(tx *ent.Tx, accountID, topUpID string, title, body clause.Text) error {
	_, err := notice.Post(tx, notice.Posting{Kind: notice.Billing, AccountID: accountID, Clause: "3.5", SubjectID: topUpID,
		Title: title, Body: body, Email: true})
	return err
}
