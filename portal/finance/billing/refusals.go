package billing

import "portico/clause"

// What arrears restrict, and what stands against extending them (3.8). They carry since when, and for who may read the
// balance what is owed; they are lifted when everything is paid, as by the top-up of their remedy.
var (
	// InArrears stops at once what is metered in real time, and third parties' services.
	InArrears = clause.Declare(clause.Refusal{Code: "ARREARS", Clause: "3.8", Carries: []string{"owed"},
		Text: clause.Text{ZH: "账户自 {since} 起欠费，实时计量与第三方产品已停止。", EN: "The account has been in arrears since {since}; products metered in real time and third-party products are stopped."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "充值结清欠费，服务即自动恢复。", EN: "Top up what is owed; the services resume by themselves."},
			Operation: "startTopUp", Input: map[string]any{"accountId": "{accountId}", "amount": "{topUp}"}}})
	// Overdue stops every other paid service from the eighth day on.
	Overdue = clause.Declare(clause.Refusal{Code: "ARREARS_OVERDUE", Clause: "3.8", Carries: []string{"owed"},
		Text: clause.Text{ZH: "欠费逾期，自 {since} 起付费服务已停止。", EN: "The arrears are overdue; paid services have been stopped since {since}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "充值结清欠费，服务即自动恢复。", EN: "Top up what is owed; the services resume by themselves."},
			Operation: "startTopUp", Input: map[string]any{"accountId": "{accountId}", "amount": "{topUp}"}}})
	// NotInArrears: there is nothing to extend.
	NotInArrears = clause.Declare(clause.Refusal{Code: "NOT_IN_ARREARS", Clause: "3.8",
		Text: clause.Text{ZH: "该账户没有欠费。", EN: "The account is not in arrears."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "核对账户；如需为该账户约定更长的天数，按签署的协议设置 arrears.grace_days。",
			EN: "Check the account; for more days in general, record a signed agreement's arrears.grace_days."}}})
	// NotLonger: the days of grace are never shortened. It carries when paid
	// services stop as it is.
	NotLonger = clause.Declare(clause.Refusal{Code: "GRACE_NOT_LONGER", Clause: "3.8",
		Text:   clause.Text{ZH: "延长后的期限须晚于当前时间，且晚于现有期限 {stopsAt}。", EN: "The days must end later than now, and later than the present stop at {stopsAt}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "给出更多的天数。", EN: "Give more days."}, Operation: "extendGrace", Input: map[string]any{"accountId": "{accountId}"}}})
)
