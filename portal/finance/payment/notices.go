package payment

import (
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/money"
	"portico/portal/correspondence/notice"
)

// notifyWaiting notifies the owner that a payment waits, and what releases it
// (3.5). It doesn't name the payer, whose name is somebody else's text.
func notifyWaiting(tx *ent.Tx, t *db.TopUp, p *db.Payment) error {
	what := money.New(p.AmountMinor, money.Currency(p.Currency)).String() + " " + p.Currency
	body := clause.Text{
		ZH: "充值 " + t.PaymentReference + " 收到 " + what + "，但付款人既不是账户主体，也不是您指定的付款方，款项暂挂待核。如付款人受您委托付款，请指定该付款方（designatePayer），款项随即入账；您也可以向我们提供证明，由运营人员核实后入账或退回。如该款项足以结清欠费，待核期间停服倒计时暂停。",
		EN: "We received " + what + " for the top-up " + t.PaymentReference + ". The payer is neither the account's legal entity nor a payer that you designated, so the money waits for review. If the payer pays for you, designate it (designatePayer), and the money is credited at once. Or send us proof, and an operator credits or returns the money. If the money would cover what you owe, the days until services stop aren't counted while it waits.",
	}
	if p.DecidedAt == nil { // there is no legal entity to compare with yet
		body = clause.Text{
			ZH: "充值 " + t.PaymentReference + " 收到 " + what + "。主体认证通过后，我们将核对付款人并入账，在此之前款项暂挂。",
			EN: "We received " + what + " for the top-up " + t.PaymentReference + ". The money waits until the legal entity is approved. Then the payer is checked and the money is credited.",
		}
	}
	return post(tx, p.AccountID, t.ID, clause.Text{ZH: "一笔充值待核", EN: "A payment waits for review"}, body)
}

// notifyDecided notifies the owner of an operator's decision about a payment,
// and of the reason.
func notifyDecided(tx *ent.Tx, p *db.Payment, d PaymentDecision, reason string) error {
	what := money.New(p.AmountMinor, money.Currency(p.Currency)).String() + " " + p.Currency
	message := map[PaymentDecision]struct{ title, body clause.Text }{
		Credit: {clause.Text{ZH: "待核款项已入账", EN: "A waiting payment was credited"},
			clause.Text{ZH: "待核款项 " + what + " 已入账。", EN: what + " that was waiting was credited to your account."}},
		Return: {clause.Text{ZH: "待核款项已退回", EN: "A waiting payment was returned"},
			clause.Text{ZH: "待核款项 " + what + " 已退回付款人。", EN: what + " that was waiting was returned to its payer."}},
		Attribute: {clause.Text{ZH: "一笔来款已归入您的账户", EN: "A payment was assigned to your account"},
			clause.Text{ZH: "一笔 " + what + " 的来款经核实，已归入您的账户。", EN: "A payment of " + what + " was found to be yours and was assigned to your account."}},
		Refund: {clause.Text{ZH: "一笔付款的退回已核实", EN: "The refund of a payment was confirmed"},
			clause.Text{ZH: "经核实，一笔 " + what + " 的付款已由渠道退款。", EN: "We confirmed that the channel refunded money of the payment of " + what + "."}},
		Waive: {clause.Text{ZH: "退款后的欠款已免除", EN: "The amount owed after a refund was waived"},
			clause.Text{ZH: "一笔 " + what + " 的付款退款后的欠款已免除。", EN: "The amount owed after the refund of the payment of " + what + " was waived."}},
		Note: {clause.Text{ZH: "一笔付款已核实", EN: "A payment was reviewed"},
			clause.Text{ZH: "一笔 " + what + " 的付款已核实，账目不变。", EN: "The payment of " + what + " was reviewed; no bookings were made."}},
	}[d]
	message.body.ZH += "说明：" + reason
	message.body.EN += " Reason: " + reason
	return post(tx, p.AccountID, p.TopUpID, message.title, message.body)
}

// notifySentBack notifies the owner that a channel sent money back, and which
// part of it is owed because it was spent.
func notifySentBack(tx *ent.Tx, p *db.Payment, back, missing money.Amount) error {
	c := " " + p.Currency
	body := clause.Text{ZH: "渠道已将一笔付款中的 " + back.String() + c + " 退回付款人，账目相应冲减。",
		EN: "The channel sent " + back.String() + c + " of a payment back to its payer. That amount is no longer on your account."}
	if !missing.IsZero() {
		body.ZH += "其中 " + missing.String() + c + " 已被使用，将从后续入账的现金中扣除。"
		body.EN += " " + missing.String() + c + " of it was already spent; it will be taken from the next cash that is credited."
	}
	return post(tx, p.AccountID, p.TopUpID, clause.Text{ZH: "一笔付款已退回", EN: "A payment was sent back"}, body)
}

func post(tx *ent.Tx, accountID, topUpID string, title, body clause.Text) error {
	_, err := notice.Post(tx, notice.Posting{Kind: notice.Billing, AccountID: accountID, Clause: "3.5", SubjectID: topUpID,
		Title: title, Body: body, Email: true})
	return err
}
