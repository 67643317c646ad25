package catalog

import "portico/clause"

// PriceFixed: a published price holds from its date and can't be changed; a
// load that changes it is refused. It carries "plan" and "price".
var PriceFixed = clause.Declare(clause.Refusal{Code: "PRICE_FIXED", Clause: "3.1",
	Text: clause.Text{ZH: "套餐 {plan} 的价格 {price} 已经公布，不能更改。",
		EN: "The price {price} of the plan {plan} is published and cannot be changed."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请新增一个将来生效的价格。", EN: "Add a price that takes effect in the future."}}})

// PriceBackdated: a price that follows another must take effect in the future.
// It carries "plan" and "price".
var PriceBackdated = clause.Declare(clause.Refusal{Code: "PRICE_BACKDATED", Clause: "3.1",
	Text: clause.Text{ZH: "套餐 {plan} 已有价格，新价格 {price} 不能追溯生效。",
		EN: "The plan {plan} already has a price, so the new price {price} cannot take effect in the past."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请把生效时间改为将来。", EN: "Change its effective time to the future."}}})

// PriceNotListed: a signed agreement can replace only a listed price. It
// carries "plan".
var PriceNotListed = clause.Declare(clause.Refusal{Code: "PRICE_NOT_LISTED", Clause: "13.3",
	Text:   clause.Text{ZH: "套餐 {plan} 在该时间没有列出这一价格。", EN: "The plan {plan} does not list this price at that time."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请查看价格表，给出其中列出的用量项或期限，以及不早于其生效的时间。", EN: "Check the price list. Give a metric or term on it, and a time from which it is listed."}, Operation: "products"}})
