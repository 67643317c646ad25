package closing

import "portico/clause"

var (
	// AccountClosing: an account whose agreement ends can be read, settled and
	// exported, and nothing else. It is a restriction of policy.csv.
	AccountClosing = clause.Declare(clause.Refusal{Code: "ACCOUNT_CLOSING", Clause: "0",
		Text:   clause.Text{ZH: "条款已被拒绝，账户正在终止：只能查看、停止使用、导出数据和结清费用。", EN: "The terms were declined and the account is being closed: only reading, stopping, exporting data and settling are possible."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "如需继续使用服务，请另开账户。", EN: "To use the services again, open another account."}, Operation: "openAccount"}})
	// NotConfirmed: what declining ends is shown before it is confirmed.
	NotConfirmed = clause.Declare(clause.Refusal{Code: "CLOSING_NOT_CONFIRMED", Clause: "0",
		Text: clause.Text{ZH: "拒绝条款将立即停止 {services} 项服务，已付而未使用的 {lost} {currency} 不予退还；待付 {owed} {currency}，剩余未开票现金 {refundable} {currency}。请确认。",
			EN: "Declining stops {services} services at once, and {lost} {currency} paid for their unused time are lost; {owed} {currency} are owed, and {refundable} {currency} of cash are left and not invoiced. Confirm it."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "查看终止预览后确认。", EN: "Look at the preview of the closing, then confirm."}, Operation: "declineTerms",
			Input: map[string]any{"accountId": "{accountId}", "termsId": "{termsId}", "confirm": true}}})
)
