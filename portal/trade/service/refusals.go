package service

import "portico/clause"

var (
	// ApplicationDeleted: a deleted application can't be used; its services
	// were closed with it (3.6).
	ApplicationDeleted = clause.Declare(clause.Refusal{Code: "APPLICATION_DELETED", Clause: "3.6",
		Text: clause.Text{ZH: "该应用已删除，其服务已随之关闭。", EN: "The application was deleted, and its services were closed."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请新建一个应用。", EN: "Create a new application."},
			Operation: "createApplication", Input: map[string]any{"accountId": "{accountId}"}}})
	// EndsPaid: deleting an application ends its services at once, and paid
	// time that isn't used is lost (3.6, 3.7), so it must be confirmed. It
	// carries the number of services and the lost amount.
	EndsPaid = clause.Declare(clause.Refusal{Code: "ENDS_PAID_SERVICES", Clause: "3.6",
		Text: clause.Text{ZH: "删除应用会立即结束 {services} 项已付费的服务，其中未使用的 {lost} {currency} 不予退还。",
			EN: "Deleting the application ends {services} paid services at once; {lost} {currency} paid for their unused time are lost."},
		Plain: clause.Text{ZH: "删除应用会立即结束 {services} 项已付费的服务，其中未使用的部分不予退还。",
			EN: "Deleting the application ends {services} paid services at once; the amounts paid for their unused time are lost."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请确认结束这些服务后重新提交，或在其到期后再删除。", EN: "Confirm the end of these services and try again, or delete the application when they expire."},
			Operation: "deleteApplication", Input: map[string]any{"applicationId": "{applicationId}", "confirmsEnding": "{serviceIds}"}}})
	// ServiceEnded: a service that has ended can't be closed again (3.6).
	ServiceEnded = clause.Declare(clause.Refusal{Code: "SERVICE_ENDED", Clause: "3.6",
		Text: clause.Text{ZH: "该服务已结束。", EN: "The service has already ended."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "如需继续使用，请重新下单。", EN: "To use it again, place a new order."},
			Operation: "placeOrder", Input: map[string]any{"accountId": "{accountId}", "planId": "{planId}", "applicationId": "{applicationId}"}}})
	// AlreadyRuns: an application runs at most one service of a product, and a
	// service without an end can't be renewed (3.7).
	AlreadyRuns = clause.Declare(clause.Refusal{Code: "SERVICE_ALREADY_RUNNING", Clause: "3.7",
		Text:   clause.Text{ZH: "该应用已在使用此套餐。", EN: "The application already runs this plan."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请直接使用运行中的服务，或改订同一产品的其他套餐。", EN: "Use the running service, or order another plan of the product."}}})
	// PaidTooFar: renewals can't exceed the longest term (3.7). It carries
	// "months" and "expiresAt".
	PaidTooFar = clause.Declare(clause.Refusal{Code: "PAID_TOO_FAR_AHEAD", Clause: "3.7",
		Text:   clause.Text{ZH: "该服务已付费至 {expiresAt}，续费最多可提前 {months} 个月。", EN: "The service is paid until {expiresAt}. It can be renewed at most {months} months ahead."},
		Plain:  clause.Text{ZH: "续费最多可提前 {months} 个月。", EN: "It can be renewed at most {months} months ahead."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请选择较短的时长，或稍后续费。", EN: "Choose a shorter term, or renew later."}}})
	// PlanTooSmall: the present use must fit the new plan (2.3, 3.7). It
	// carries "metric", "limit", its "scope" (ACCOUNT or APPLICATION), and
	// "used" within that scope.
	PlanTooSmall = clause.Declare(clause.Refusal{Code: "PLAN_TOO_SMALL", Clause: "2.3", Carries: []string{"scope"},
		Text:  clause.Text{ZH: "该套餐的 {metric} 上限为 {limit}，低于现有用量 {used}。", EN: "The plan is limited to {limit} of {metric}, but {used} are in use."},
		Plain: clause.Text{ZH: "该套餐的 {metric} 上限为 {limit}，低于现有用量。", EN: "The plan is limited to {limit} of {metric}, less than the present use."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请改订容量更大的套餐，或先减少用量。", EN: "Order a larger plan, or reduce the use first."},
			Operation: "placeOrder", Input: map[string]any{"accountId": "{accountId}", "planId": "{liftingPlanId}", "applicationId": "{applicationId}"}}})
)
