package catalog

import "portico/clause"

// PriceFixed: a price that was published holds from its date as it was told;
// a load that says otherwise is refused. It carries "plan" and "price".
var PriceFixed = clause.Declare(clause.Refusal{Code: "PRICE_FIXED", Clause: "3.1",
	Text: clause.Text{ZH: "套餐 {plan} 的价格 {price} 已经公布，不能更改。",
		EN: "The price {price} of the plan {plan} is published and can't be changed."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "另加一个自将来某时生效的价格。", EN: "Add a price that takes effect at a time to come."}}})

// PriceBackdated: a price that has one before it holds from a time to come. It
// carries "plan" and "price".
var PriceBackdated = clause.Declare(clause.Refusal{Code: "PRICE_BACKDATED", Clause: "3.1",
	Text: clause.Text{ZH: "套餐 {plan} 已有价格，新价格 {price} 不能追溯生效。",
		EN: "The plan {plan} already has a price; the new price {price} can't take effect in the past."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "把生效时间改为将来。", EN: "Let it take effect at a time to come."}}})

// PriceNotListed: a signed agreement replaces a price of the list. It carries
// "plan".
var PriceNotListed = clause.Declare(clause.Refusal{Code: "PRICE_NOT_LISTED", Clause: "13.3",
	Text:   clause.Text{ZH: "套餐 {plan} 自该时间起没有这一价格。", EN: "The plan {plan} has no such price listed at that time."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "查看价格表，给出所列的用量项或期限，以及不早于其生效的时间。", EN: "Look at the price list and give a metric or term that is on it, from a time when it is."}, Operation: "products"}})
