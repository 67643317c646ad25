package usage

import "portico/clause"

// again is the input of an order that lifts a limit.
var again = map[string]any{"accountId": "{accountId}", "planId": "{planId}", "applicationId": "{applicationId}"}

// Reasons for which an event is rejected or marked, or one more unit isn't
// allowed.
var (
	// LimitReached: the plan allows no more (2.3). It carries "metric",
	// "limit", its "scope" (ACCOUNT or APPLICATION), "used" within that scope,
	// and the plan that lifts the limit. It rejects no event: what is used
	// already is recorded.
	LimitReached = clause.Declare(clause.Refusal{Code: "USAGE_LIMIT_REACHED", Clause: "2.3", Carries: []string{"used", "scope"},
		Text: clause.Text{ZH: "当前套餐的 {metric} 上限为 {limit}。", EN: "The plan is limited to {limit} of {metric}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请改订不设此上限的套餐。", EN: "Order a plan without this limit."},
			Operation: "placeOrder", Input: again}})
	// NoService: usage needs a running service that measures the metric (3.6).
	NoService = clause.Declare(clause.Refusal{Code: "USAGE_NO_SERVICE", Clause: "3.6",
		Text: clause.Text{ZH: "该应用当时没有计量 {metric} 的运行中服务。", EN: "The application had no running service that measures {metric} at that time."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请先由客户为该应用订购计量此指标的套餐；如没有这样的套餐，请核对指标名称。",
			EN: "The customer must order a plan that measures this metric for the application. If no plan does, correct the metric's name."}}})
	// ApplicationUnknown: there is no such application.
	ApplicationUnknown = clause.Declare(clause.Refusal{Code: "USAGE_APPLICATION_UNKNOWN",
		Text:   clause.Text{ZH: "应用不存在。", EN: "The application does not exist."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请核对应用编号。", EN: "Check the application's id."}}})
	// QuantityInvalid: a quantity is a number from 0 with at most six decimals,
	// and at most "most" for one event. A level can be higher.
	QuantityInvalid = clause.Declare(clause.Refusal{Code: "USAGE_QUANTITY_INVALID", Clause: "3.4",
		Text:   clause.Text{ZH: "数量应为 0 至 {most}，最多六位小数。", EN: "A quantity must be 0 to {most}, with at most six decimals."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请改正数量后重新上报。", EN: "Correct the quantity and report it again."}}})
	// AmountTooLarge: the bill of a period must stay within the largest amount,
	// and the total of a metric within what can be stored (3.4). It carries the
	// period's "from" and "to".
	AmountTooLarge = clause.Declare(clause.Refusal{Code: "USAGE_AMOUNT_TOO_LARGE", Clause: "3.4",
		Text:   clause.Text{ZH: "计入此用量后，{from} 至 {to} 的账单将超出可表示的金额或用量上限。", EN: "With this usage the bill from {from} to {to} would exceed the largest amount or total that can be kept."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请核对数量；如数量无误，请联系我们。", EN: "Check the quantity. If it is right, contact us."}}})
	// InFuture: future usage can't be reported.
	InFuture = clause.Declare(clause.Refusal{Code: "USAGE_IN_FUTURE", Clause: "3.4",
		Text:   clause.Text{ZH: "使用时间晚于当前时间。", EN: "The time of use is in the future."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请在使用后上报。", EN: "Report usage after it happened."}}})
	// PeriodClosed: the period of the usage is closed, and its bill can't be
	// disputed any more (3.4). It carries the period's "from" and "to", and
	// "until", the end of the time in which late usage was accepted.
	PeriodClosed = clause.Declare(clause.Refusal{Code: "USAGE_PERIOD_CLOSED", Clause: "3.4",
		Text:   clause.Text{ZH: "{from} 至 {to} 的计费周期已结账，异议期已于 {until} 结束。", EN: "The billing period from {from} to {to} is closed, and its bill could only be disputed until {until}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请在异议期结束前上报用量。", EN: "Report usage while its bill can still be disputed."}}})
	// Conflict: the source's event id was counted with other content, which
	// stays (3.4).
	Conflict = clause.Declare(clause.Refusal{Code: "USAGE_CONFLICT", Clause: "3.4",
		Text:   clause.Text{ZH: "该来源的此事件编号已按不同内容计入。", EN: "This event ID of the source was already counted with other content."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请为不同的用量使用新的事件编号。", EN: "Use a new event id for different usage."}}})
)
