package service

import "portico/clause"

var (
	// ApplicationDeleted: nothing is done for an application that is deleted; its
	// services were closed with it (3.6).
	ApplicationDeleted = clause.Declare(clause.Refusal{Code: "APPLICATION_DELETED", Clause: "3.6",
		Text: clause.Text{ZH: "该应用已删除，其服务已随之关闭。", EN: "The application was deleted, and its services were closed."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "新建一个应用。", EN: "Create an application."},
			Operation: "createApplication", Input: map[string]any{"accountId": "{accountId}"}}})
	// EndsPaid: deleting an application ends its services at once, and what of
	// their terms is paid and not used is lost (3.6, 3.7); so it wants to be
	// confirmed. It carries how many services, and what is lost.
	EndsPaid = clause.Declare(clause.Refusal{Code: "ENDS_PAID_SERVICES", Clause: "3.6",
		Text: clause.Text{ZH: "删除应用会立即结束 {services} 项已付费的服务，其中未使用的 {lost} {currency} 不予退还。",
			EN: "Deleting the application ends {services} paid services at once; {lost} {currency} paid for their unused time are lost."},
		Plain: clause.Text{ZH: "删除应用会立即结束 {services} 项已付费的服务，其中未使用的部分不予退还。",
			EN: "Deleting the application ends {services} paid services at once; what of them is unused is lost."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "确认结束这些服务后重新提交，或在其到期后再删除。", EN: "Confirm that these services end and send it again, or delete the application when they expire."},
			Operation: "deleteApplication", Input: map[string]any{"applicationId": "{applicationId}", "confirmsEnding": "{serviceIds}"}}})
	// ServiceEnded: a service that has ended can't be closed again (3.6).
	ServiceEnded = clause.Declare(clause.Refusal{Code: "SERVICE_ENDED", Clause: "3.6",
		Text: clause.Text{ZH: "该服务已经结束。", EN: "The service has already ended."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "如需继续使用，重新下单。", EN: "To use it again, place an order."},
			Operation: "placeOrder", Input: map[string]any{"accountId": "{accountId}", "planId": "{planId}", "applicationId": "{applicationId}"}}})
	// AlreadyRuns: an application runs at most one service of a product, and what
	// has no end has nothing to be renewed (3.7).
	AlreadyRuns = clause.Declare(clause.Refusal{Code: "SERVICE_ALREADY_RUNNING", Clause: "3.7",
		Text:   clause.Text{ZH: "该应用已在使用此套餐。", EN: "The application already runs this plan."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "直接使用正在运行的服务，或改订同一产品的其他套餐。", EN: "Use the service that runs, or order another plan of the product."}}})
	// PaidTooFar: renewals reach no further than the longest term (3.7). It
	// carries "months" and "expiresAt".
	PaidTooFar = clause.Declare(clause.Refusal{Code: "PAID_TOO_FAR_AHEAD", Clause: "3.7",
		Text:   clause.Text{ZH: "该服务已付费至 {expiresAt}，续费最多可提前 {months} 个月。", EN: "The service is paid until {expiresAt}; it can be renewed at most {months} months ahead."},
		Plain:  clause.Text{ZH: "续费最多可提前 {months} 个月。", EN: "It can be renewed at most {months} months ahead."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "选择较短的时长，或稍后续费。", EN: "Choose a shorter term, or renew later."}}})
	// PlanTooSmall: a plan that the present use doesn't fit can't replace the one
	// that runs (2.3, 3.7). It carries "metric", "limit", its "scope" (ACCOUNT or
	// APPLICATION), and "used", counted over it.
	PlanTooSmall = clause.Declare(clause.Refusal{Code: "PLAN_TOO_SMALL", Clause: "2.3", Carries: []string{"scope"},
		Text:  clause.Text{ZH: "该套餐的 {metric} 上限为 {limit}，少于现有的 {used}。", EN: "The plan is limited to {limit} of {metric}, but {used} are in use."},
		Plain: clause.Text{ZH: "该套餐的 {metric} 上限为 {limit}，少于现有用量。", EN: "The plan is limited to {limit} of {metric}, less than is in use."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "改订容量更大的套餐，或先减少用量。", EN: "Order a larger plan, or use less first."},
			Operation: "placeOrder", Input: map[string]any{"accountId": "{accountId}", "planId": "{liftingPlanId}", "applicationId": "{applicationId}"}}})
)
