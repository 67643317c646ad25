package billing

import "portico/clause"

// What arrears restrict (3.8). They carry since when, and are lifted when
// everything is paid.
var (
	// InArrears stops metered and third-party services at once.
	InArrears = clause.Declare(clause.Refusal{Code: "ARREARS", Clause: "3.8",
		Text: clause.Text{ZH: "账户自 {since} 起欠费，按量计费与第三方产品已停止。", EN: "The account is in arrears since {since}; metered and third-party products are stopped."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "充值结清欠费，服务即自动恢复。", EN: "Top up what is owed; the services resume by themselves."},
			Operation: "startTopUp", Input: map[string]any{"accountId": "{accountId}"}}})
	// Overdue stops every other paid service from the eighth day on.
	Overdue = clause.Declare(clause.Refusal{Code: "ARREARS_OVERDUE", Clause: "3.8",
		Text: clause.Text{ZH: "欠费逾期，自 {since} 起付费服务已停止。", EN: "The arrears are overdue; since {since} paid services are stopped."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "充值结清欠费，服务即自动恢复。", EN: "Top up what is owed; the services resume by themselves."},
			Operation: "startTopUp", Input: map[string]any{"accountId": "{accountId}"}}})
)
