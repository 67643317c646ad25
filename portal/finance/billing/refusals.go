package billing

import "portico/clause"

// The refusals of arrears, and of extending their grace (3.8). Those of arrears
// carry "since" and, for readers of the balance, the amount owed; paying
// everything, by the top-up of their remedy, lifts them.
var (
	// InArrears: services metered in real time and third parties' services are
	// stopped at once.
	InArrears = clause.Declare(clause.Refusal{Code: "ARREARS", Clause: "3.8", Carries: []string{"owed"},
		Text: clause.Text{ZH: "账户自 {since} 起欠费，实时计量产品与第三方产品已停止服务。", EN: "The account has been in arrears since {since}; products metered in real time and third-party products are stopped."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请充值结清欠费，结清后服务自动恢复。", EN: "Top up the amount owed; the services then resume automatically."},
			Operation: "startTopUp", Input: map[string]any{"accountId": "{accountId}", "amount": "{topUp}"}}})
	// Overdue: from the eighth day on all other paid services are stopped too.
	Overdue = clause.Declare(clause.Refusal{Code: "ARREARS_OVERDUE", Clause: "3.8", Carries: []string{"owed"},
		Text: clause.Text{ZH: "欠费已逾期，付费服务自 {since} 起停止。", EN: "The arrears are overdue; paid services have been stopped since {since}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请充值结清欠费，结清后服务自动恢复。", EN: "Top up the amount owed; the services then resume automatically."},
			Operation: "startTopUp", Input: map[string]any{"accountId": "{accountId}", "amount": "{topUp}"}}})
	// NotInArrears: an account without arrears needs no extension.
	NotInArrears = clause.Declare(clause.Refusal{Code: "NOT_IN_ARREARS", Clause: "3.8",
		Text: clause.Text{ZH: "该账户没有欠费。", EN: "The account is not in arrears."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请核对账户；如需长期延长该账户的宽限天数，请登记已签署协议中的 arrears.grace_days。",
			EN: "Check the account. To give it more days of grace in general, record arrears.grace_days of a signed agreement."}}})
	// NotLonger: the days of grace can't be shortened. It carries the time at
	// which paid services stop now.
	NotLonger = clause.Declare(clause.Refusal{Code: "GRACE_NOT_LONGER", Clause: "3.8",
		Text:   clause.Text{ZH: "新期限须晚于当前时间，并晚于现有期限 {stopsAt}。", EN: "The days must end later than now, and later than the present stop at {stopsAt}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请填写更多的天数。", EN: "Give more days."}, Operation: "extendGrace", Input: map[string]any{"accountId": "{accountId}"}}})
)
