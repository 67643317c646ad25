package payment

import (
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/money"
	"portico/portal/notice"
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

// tellDecided tells the owner what an operator decided about what waited.
func tellDecided(tx *ent.Tx, decided []*db.Payment, d SuspenseDecision, reason string) error {
	sum := money.Zero(money.Currency(decided[0].Currency))
	for _, p := range decided {
		sum = sum.Add(money.New(p.AmountMinor, sum.Currency()))
	}
	what := sum.String() + " " + sum.Currency().String()
	title := clause.Text{ZH: "待核款项已入账", EN: "Money that waited was credited"}
	body := clause.Text{ZH: "待核的 " + what + " 已入账。说明：" + reason, EN: what + " that waited was credited. Reason: " + reason}
	if d == Return {
		title = clause.Text{ZH: "待核款项已退回", EN: "Money that waited was returned"}
		body = clause.Text{ZH: "待核的 " + what + " 已退回付款人。说明：" + reason, EN: what + " that waited was returned to its payer. Reason: " + reason}
	}
	return tell(tx, decided[0].AccountID, decided[0].TopUpID, title, body)
}

func tell(tx *ent.Tx, accountID, topUpID string, title, body clause.Text) error {
	_, err := notice.Post(tx, notice.Posting{Kind: notice.Billing, AccountID: accountID, Clause: "3.5", SubjectID: topUpID,
		Title: title, Body: body, Email: true})
	return err
}
