package order

import "portico/clause"

// again is the input of placeOrder, as it was sent, for remedies. The total is in
// it where it is the one that was confirmed, or that a preview shows.
func again(changed map[string]any) map[string]any {
	in := map[string]any{"accountId": "{accountId}", "planId": "{planId}", "applicationId": "{applicationId}",
		"term": "{term}", "promotionCode": "{promotionCode}", "confirmsReplacing": "{confirmsReplacing}",
		"expectedTotal": "{expectedTotal}"}
	for field, value := range changed {
		in[field] = value
	}
	return in
}

// The refusals of an order, in the order in which they are told.
var (
	// PlanNotFound: there is no such plan.
	PlanNotFound = clause.Declare(clause.Refusal{Code: "PLAN_NOT_FOUND",
		Text:   clause.Text{ZH: "没有这个套餐。", EN: "There is no such plan."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "从 products 中选择套餐。", EN: "Choose a plan from products."}, Operation: "products"}})
	// PlanWithdrawn: the catalogue no longer has the plan; what runs on it goes on
	// (2.1).
	PlanWithdrawn = clause.Declare(clause.Refusal{Code: "PLAN_WITHDRAWN", Clause: "2.1",
		Text:   clause.Text{ZH: "该套餐已停止订购。", EN: "The plan can't be ordered any more."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "从 products 中选择其他套餐。", EN: "Choose another plan from products."}, Operation: "products"}})
	// QuotationNeeded: only what is self-service is ordered at its shown price (3.4).
	QuotationNeeded = clause.Declare(clause.Refusal{Code: "QUOTATION_NEEDED", Clause: "3.4",
		Text:   clause.Text{ZH: "该套餐须先询价。", EN: "The plan can only be ordered by a quotation."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "联系我们取得报价。", EN: "Ask us for a quotation."}}})
	// OverseasPlanRequired: a foreign entity, or an application in an overseas data
	// centre, orders the overseas plans of the product (2.4).
	OverseasPlanRequired = clause.Declare(clause.Refusal{Code: "OVERSEAS_PLAN_REQUIRED", Clause: "2.4",
		Text: clause.Text{ZH: "外国主体或部署在海外数据中心的应用只能订购该产品的海外套餐。",
			EN: "A foreign entity, or an application in an overseas data centre, can order only the overseas plans of this product."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "改订海外套餐。", EN: "Order an overseas plan."},
			Operation: "placeOrder", Input: again(map[string]any{"planId": "{otherPlanId}"})}})
	// MainlandPlanRequired: the catalogue sells an overseas plan to foreign entities
	// and for applications overseas (2.1).
	MainlandPlanRequired = clause.Declare(clause.Refusal{Code: "MAINLAND_PLAN_REQUIRED", Clause: "2.1",
		Text: clause.Text{ZH: "海外套餐供外国主体或部署在海外数据中心的应用订购。",
			EN: "An overseas plan is only for foreign entities, or for applications in an overseas data centre."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "改订面向中国大陆的套餐，或把应用部署到海外数据中心。", EN: "Order a plan of the mainland, or place the application overseas."},
			Operation: "placeOrder", Input: again(map[string]any{"planId": "{otherPlanId}"})}})
	// TermRequired: a prepaid plan with a price is paid for a term (3.3).
	TermRequired = clause.Declare(clause.Refusal{Code: "TERM_REQUIRED", Clause: "3.3",
		Text:   clause.Text{ZH: "预付套餐须选择预付时长。", EN: "A prepaid plan needs a term."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "加上 term 后重试。", EN: "Send it again with a term."}, Operation: "placeOrder", Input: again(nil)}})
	// TermNotAllowed: a metered plan is billed by its usage (3.4).
	TermNotAllowed = clause.Declare(clause.Refusal{Code: "TERM_NOT_ALLOWED", Clause: "3.4",
		Text:   clause.Text{ZH: "按量套餐按用量出账，没有预付时长。", EN: "A metered plan is billed by usage and has no term."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "去掉 term 后重试。", EN: "Send it again without a term."}}})
	// TermNotOffered: no price in force is for such a term (3.1).
	TermNotOffered = clause.Declare(clause.Refusal{Code: "TERM_NOT_OFFERED", Clause: "3.1",
		Text:   clause.Text{ZH: "该套餐不提供这样的预付时长。", EN: "The plan is not offered for this term."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "从套餐的 prices 中选择时长。", EN: "Choose a term among the plan's prices."}, Operation: "products"}})
	// PriceNotInForce: the plan has no price yet (3.1).
	PriceNotInForce = clause.Declare(clause.Refusal{Code: "PRICE_NOT_IN_FORCE", Clause: "3.1",
		Text:   clause.Text{ZH: "该套餐的价格尚未生效。", EN: "The plan has no price in force yet."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "待价格生效后再订购。", EN: "Order it once its price has taken effect."}}})
	// PromotionUnknown: no promotion has this code (3.2).
	PromotionUnknown = clause.Declare(clause.Refusal{Code: "PROMOTION_UNKNOWN", Clause: "3.2",
		Text:   clause.Text{ZH: "没有这个优惠，或它已经结束。", EN: "There is no such promotion, or it has ended."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "去掉优惠码后重试。", EN: "Send it again without a promotion code."}}})
	// PriceChanged: an order is placed at the price that was confirmed (3.4). It
	// carries the new total.
	PriceChanged = clause.Declare(clause.Refusal{Code: "PRICE_CHANGED", Clause: "3.4",
		Text: clause.Text{ZH: "现在的价格是 {total} {currency}，与您确认的不同。", EN: "The price is now {total} {currency}, which differs from the total that you confirmed."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "确认新的价格后重试。", EN: "Confirm the new price, then send it again."},
			Operation: "placeOrder", Input: again(nil)}})
	// ReplacesPaid: ordering another plan of a product ends at once the one that
	// runs, and what of its term is paid and not used is lost (3.7); so it wants to
	// be confirmed. It carries the service, until when it is paid, and what is lost.
	ReplacesPaid = clause.Declare(clause.Refusal{Code: "REPLACES_PAID_SERVICE", Clause: "3.7",
		Text: clause.Text{ZH: "此订单会立即替换已付费至 {paidUntil} 的服务，其中未使用的 {lost} {currency} 不予退还。",
			EN: "This order replaces at once a service that is paid until {paidUntil}; {lost} {currency} paid for its unused time are lost."},
		Plain: clause.Text{ZH: "此订单会立即替换一项已付费的服务，其中未使用的部分不予退还。", EN: "This order replaces at once a service that is paid; what of that is unused is lost."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "确认替换该服务后重新提交，或在其到期后再订购。", EN: "Confirm that the service is replaced and send it again, or order when it expires."},
			Operation: "placeOrder", Input: again(map[string]any{"confirmsReplacing": "{serviceId}"})}})
	// SpendingLimitExceeded: one order may not cost more than the employee's role
	// lets it spend (1.5). It carries the limit.
	SpendingLimitExceeded = clause.Declare(clause.Refusal{Code: "SPENDING_LIMIT_EXCEEDED", Clause: "1.5",
		Text:   clause.Text{ZH: "您每单最多可支出 {limit} {currency}。", EN: "You may spend at most {limit} {currency} per order."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请权限更高的同事下单，或请管理员提高限额。", EN: "Ask a colleague with a higher limit to place it, or an administrator to raise yours."}}})
)
