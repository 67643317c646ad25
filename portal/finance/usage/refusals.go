package usage

import "portico/clause"

// again is the input of an order that lifts a limit.
var again = map[string]any{"accountId": "{accountId}", "planId": "{planId}", "applicationId": "{applicationId}"}

// Why a report is rejected or marked, or one more unit isn't allowed.
var (
	// LimitReached: the plan allows no more (2.3). It carries "metric", "limit",
	// its "scope" (ACCOUNT or APPLICATION), "used", counted over it, and the plan
	// that lifts it. It rejects no report: what is used already is recorded.
	LimitReached = clause.Declare(clause.Refusal{Code: "USAGE_LIMIT_REACHED", Clause: "2.3", Carries: []string{"used", "scope"},
		Text: clause.Text{ZH: "套餐的 {metric} 上限为 {limit}。", EN: "The plan is limited to {limit} of {metric}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "改订不设此上限的套餐。", EN: "Order a plan without this limit."},
			Operation: "placeOrder", Input: again}})
	// NoService: usage needs a service that runs and measures it (3.6).
	NoService = clause.Declare(clause.Refusal{Code: "USAGE_NO_SERVICE", Clause: "3.6",
		Text: clause.Text{ZH: "该应用当时没有运行计量 {metric} 的服务。", EN: "The application ran no service that measures {metric} at that time."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "先由客户为该应用订购计量此指标的套餐；若没有这样的套餐，请核对指标名称。",
			EN: "The customer orders a plan for the application that measures it; where no plan does, correct the metric's name."}}})
	// ApplicationUnknown: there is no such application.
	ApplicationUnknown = clause.Declare(clause.Refusal{Code: "USAGE_APPLICATION_UNKNOWN",
		Text:   clause.Text{ZH: "没有这个应用。", EN: "There is no such application."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "核对应用编号。", EN: "Check the application's id."}}})
	// QuantityInvalid: a quantity is a number from 0 with at most six decimals, and
	// no more than an event can be of ("most"; a level can be higher).
	QuantityInvalid = clause.Declare(clause.Refusal{Code: "USAGE_QUANTITY_INVALID", Clause: "3.4",
		Text:   clause.Text{ZH: "数量应为 0 至 {most}，最多六位小数。", EN: "A quantity must be 0 to {most}, with at most six decimals."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "改正数量后重新上报。", EN: "Correct the quantity and report it again."}}})
	// AmountTooLarge: what a period's usage comes to must be an amount that can be
	// told, and its sum one that can be kept (3.4). It carries the period, "from"
	// and "to".
	AmountTooLarge = clause.Declare(clause.Refusal{Code: "USAGE_AMOUNT_TOO_LARGE", Clause: "3.4",
		Text:   clause.Text{ZH: "计入此用量后，{from} 至 {to} 的账单将超出可表示的金额或用量上限。", EN: "With this usage the bill from {from} to {to} would exceed the largest amount or total that can be kept."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "核对数量；若数量无误，请联系我们。", EN: "Check the quantity; if it is right, contact us."}}})
	// InFuture: what wasn't used yet isn't reported.
	InFuture = clause.Declare(clause.Refusal{Code: "USAGE_IN_FUTURE", Clause: "3.4",
		Text:   clause.Text{ZH: "使用时间在将来。", EN: "The time of use is in the future."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "到时再上报。", EN: "Report it when the time has come."}}})
	// PeriodClosed: the period that the usage belongs to is closed, and its bill
	// can't be disputed any more (3.4). It carries the period, "from" and "to", and
	// "until" when late usage was accepted.
	PeriodClosed = clause.Declare(clause.Refusal{Code: "USAGE_PERIOD_CLOSED", Clause: "3.4",
		Text:   clause.Text{ZH: "{from} 至 {to} 的计费周期已结账，异议期已于 {until} 结束。", EN: "The billing period from {from} to {to} is closed, and its bill could be disputed until {until}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "在异议期结束前上报用量。", EN: "Report usage before its bill can't be disputed any more."}}})
	// Conflict: a source's event id was counted with other content; the first
	// stays (3.4).
	Conflict = clause.Declare(clause.Refusal{Code: "USAGE_CONFLICT", Clause: "3.4",
		Text:   clause.Text{ZH: "该来源的此事件编号已按不同内容计入。", EN: "This event ID of the source was already counted with other content."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "为不同的用量使用新的事件编号。", EN: "Use a new event id for other usage."}}})
)
