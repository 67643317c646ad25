package order

import "portico/clause"

// again returns the input of placeOrder as it was sent, for remedies. It
// includes the total if that was confirmed, or is shown by a preview.
func again(changed map[string]any) map[string]any {
	in := map[string]any{"accountId": "{accountId}", "planId": "{planId}", "applicationId": "{applicationId}",
		"term": "{term}", "promotionCode": "{promotionCode}", "confirmsReplacing": "{confirmsReplacing}",
		"expectedTotal": "{expectedTotal}"}
	for field, value := range changed {
		in[field] = value
	}
	return in
}

// The refusals of an order, in the order in which they are returned.
var (
	// PlanNotFound: the plan doesn't exist.
	PlanNotFound = clause.Declare(clause.Refusal{Code: "PLAN_NOT_FOUND",
		Text:   clause.Text{ZH: "套餐不存在。", EN: "The plan does not exist."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请从 products 中选择套餐。", EN: "Choose a plan from products."}, Operation: "products"}})
	// PlanWithdrawn: the catalogue no longer has the plan; services on it
	// continue (2.1).
	PlanWithdrawn = clause.Declare(clause.Refusal{Code: "PLAN_WITHDRAWN", Clause: "2.1",
		Text:   clause.Text{ZH: "该套餐已停止订购。", EN: "The plan can no longer be ordered."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请从 products 中选择其他套餐。", EN: "Choose another plan from products."}, Operation: "products"}})
	// QuotationNeeded: only self-service plans can be ordered at the shown
	// price (3.4).
	QuotationNeeded = clause.Declare(clause.Refusal{Code: "QUOTATION_NEEDED", Clause: "3.4",
		Text:   clause.Text{ZH: "该套餐须先询价。", EN: "The plan can only be ordered by a quotation."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请联系我们获取报价。", EN: "Contact us for a quotation."}}})
	// OverseasPlanRequired: a foreign entity, or an application in an overseas
	// data centre, must order an overseas plan of the product (2.4).
	OverseasPlanRequired = clause.Declare(clause.Refusal{Code: "OVERSEAS_PLAN_REQUIRED", Clause: "2.4",
		Text: clause.Text{ZH: "外国主体或部署在海外数据中心的应用只能订购该产品的海外套餐。",
			EN: "A foreign entity, or an application in an overseas data centre, can only order the overseas plans of this product."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请改订海外套餐。", EN: "Order an overseas plan."},
			Operation: "placeOrder", Input: again(map[string]any{"planId": "{otherPlanId}"})}})
	// MainlandPlanRequired: overseas plans are for foreign entities and for
	// applications overseas (2.1).
	MainlandPlanRequired = clause.Declare(clause.Refusal{Code: "MAINLAND_PLAN_REQUIRED", Clause: "2.1",
		Text: clause.Text{ZH: "海外套餐仅供外国主体或部署在海外数据中心的应用订购。",
			EN: "An overseas plan is only for foreign entities, or for applications in an overseas data centre."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请改订面向中国大陆的套餐，或将应用部署到海外数据中心。", EN: "Order a mainland plan, or place the application in an overseas data centre."},
			Operation: "placeOrder", Input: again(map[string]any{"planId": "{otherPlanId}"})}})
	// TermRequired: a prepaid plan with a price must be paid for a term (3.3).
	TermRequired = clause.Declare(clause.Refusal{Code: "TERM_REQUIRED", Clause: "3.3",
		Text:   clause.Text{ZH: "预付套餐须选择预付时长。", EN: "A prepaid plan needs a term."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请填写 term 后重试。", EN: "Add a term and try again."}, Operation: "placeOrder", Input: again(nil)}})
	// TermNotAllowed: a metered plan is billed by its usage (3.4).
	TermNotAllowed = clause.Declare(clause.Refusal{Code: "TERM_NOT_ALLOWED", Clause: "3.4",
		Text:   clause.Text{ZH: "按量套餐按用量出账，不能选择预付时长。", EN: "A metered plan is billed by usage and has no term."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请去掉 term 后重试。", EN: "Remove the term and try again."}}})
	// TermNotOffered: no price in force is for this term (3.1).
	TermNotOffered = clause.Declare(clause.Refusal{Code: "TERM_NOT_OFFERED", Clause: "3.1",
		Text:   clause.Text{ZH: "该套餐不提供这样的预付时长。", EN: "The plan is not offered for this term."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请从套餐的 prices 中选择时长。", EN: "Choose one of the terms in the plan's prices."}, Operation: "products"}})
	// PriceNotInForce: the plan has no price yet (3.1).
	PriceNotInForce = clause.Declare(clause.Refusal{Code: "PRICE_NOT_IN_FORCE", Clause: "3.1",
		Text:   clause.Text{ZH: "该套餐的价格尚未生效。", EN: "The plan has no price in force yet."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请在价格生效后再订购。", EN: "Order it after its price takes effect."}}})
	// PromotionUnknown: no promotion has this code (3.2).
	PromotionUnknown = clause.Declare(clause.Refusal{Code: "PROMOTION_UNKNOWN", Clause: "3.2",
		Text:   clause.Text{ZH: "优惠不存在，或已结束。", EN: "The promotion does not exist or has ended."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请去掉优惠码后重试。", EN: "Remove the promotion code and try again."}}})
	// PriceChanged: an order is placed at the confirmed price (3.4). It carries
	// the new total.
	PriceChanged = clause.Declare(clause.Refusal{Code: "PRICE_CHANGED", Clause: "3.4",
		Text: clause.Text{ZH: "当前价格为 {total} {currency}，与您确认的价格不同。", EN: "The price is now {total} {currency}, which differs from the total that you confirmed."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请确认新的价格后重试。", EN: "Confirm the new price and try again."},
			Operation: "placeOrder", Input: again(nil)}})
	// ReplacesPaid: ordering another plan of a product ends the running service
	// at once, and its paid time that isn't used is lost (3.7), so it must be
	// confirmed. It carries the service, the end of its paid term, and the lost
	// amount.
	ReplacesPaid = clause.Declare(clause.Refusal{Code: "REPLACES_PAID_SERVICE", Clause: "3.7",
		Text: clause.Text{ZH: "此订单会立即替换已付费至 {paidUntil} 的服务，其中未使用的 {lost} {currency} 不予退还。",
			EN: "This order replaces at once a service that is paid until {paidUntil}; {lost} {currency} paid for its unused time are lost."},
		Plain: clause.Text{ZH: "此订单会立即替换一项已付费的服务，其中未使用的部分不予退还。", EN: "This order replaces a paid service at once; the amount paid for its unused time is lost."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请确认替换该服务后重新提交，或在其到期后再订购。", EN: "Confirm the replacement and try again, or order when the service expires."},
			Operation: "placeOrder", Input: again(map[string]any{"confirmsReplacing": "{serviceId}"})}})
	// SpendingLimitExceeded: an order may not cost more than the limit of the
	// employee's role (1.5). It carries the limit.
	SpendingLimitExceeded = clause.Declare(clause.Refusal{Code: "SPENDING_LIMIT_EXCEEDED", Clause: "1.5",
		Text:   clause.Text{ZH: "您每单最多可支出 {limit} {currency}。", EN: "You may spend at most {limit} {currency} per order."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请由限额更高的同事下单，或请管理员提高限额。", EN: "Ask a colleague with a higher limit to place the order, or an administrator to raise your limit."}}})
	// MonthlyLimitExceeded: the orders of a month may not cost more than the monthly
	// limit of the employee's role (1.5). It carries the limit, what is left of it,
	// and when the next month begins.
	MonthlyLimitExceeded = clause.Declare(clause.Refusal{Code: "MONTHLY_LIMIT_EXCEEDED", Clause: "1.5",
		Text: clause.Text{ZH: "您每月最多可支出 {limit} {currency}，本月还可支出 {left} {currency}；额度于 {renewsAt} 恢复。",
			EN: "You may spend at most {limit} {currency} per month, of which {left} {currency} are left. The limit starts anew at {renewsAt}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请由尚有额度的同事下单，或请管理员提高限额，或在下月再下单。",
			EN: "Ask a colleague who has enough left to place the order, or an administrator to raise your limit, or order next month."}}})
)
