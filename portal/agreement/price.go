package agreement

import (
	"context"
	"strconv"
	"strings"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/plan"
	"portico/money"
	"portico/portal/act"
	"portico/portal/catalog"
	"portico/text"
)

// OverridePriceInput is what overridePrice takes.
type OverridePriceInput struct {
	// The account that the agreement was signed with.
	AccountID string `json:"accountId"`
	// The plan whose listed price is overridden.
	PlanID string `json:"planId"`
	// The metric that the price is for; this or the term.
	Metric *string `json:"metric"`
	// The term that the price is for; this or the metric.
	Term *catalog.TermInput `json:"term"`
	// Price in the plan's currency, from zero, with at most 6 decimals.
	UnitPrice money.Decimal `json:"unitPrice"`
	// The price is for so many units; nil is as many as listed.
	Per *money.Decimal `json:"per"`
	// Number of the signed agreement, at most 100 printable ASCII characters.
	AgreementNumber string `json:"agreementNumber"`
	// From when it holds.
	From time.Time `json:"from"`
	// Until when it holds, later than From; nil doesn't end by itself.
	Until *time.Time `json:"until"`
}

// OverridePricePayload is the answer of overridePrice.
type OverridePricePayload struct {
	clause.Answer
	// The record of the signed price.
	Override *db.Override `json:"override"`
}

// SignedPrice is what an overridden price is, in words.
var SignedPrice = clause.Text{ZH: "签署的协议为该账户约定的价格", EN: "a price that a signed agreement sets for the account"}

// mostPrice bounds a price and what it is for, in units.
const mostPrice = 1_000_000_000

// OverridePrice records that a signed agreement sets a listed price of a plan
// for one account from an instant to another (13.3): orders are made and use is
// rated at it, by the time of the order and of the use. What is billed or
// ordered already stays. For the provider's role platform (OVERRIDE_SET).
// Refusals: NOT_FOUND, INVALID_INPUT, PRICE_NOT_LISTED.
func OverridePrice(ctx context.Context, s *ent.Store, in OverridePriceInput) (*OverridePricePayload, error) {
	c := act.Command{Name: "overridePrice", Permission: authz.OverrideSet, Object: in.AccountID, Field: "accountId", Input: in}
	return act.Do(ctx, s, c, func(tx *ent.Tx) (*OverridePricePayload, error) {
		row, err := tx.Plan.Query().Where(plan.ID(in.PlanID)).Only(tx)
		if db.IsNotFound(err) {
			return nil, clause.NotFound.At("planId")
		}
		if err != nil {
			return nil, err
		}
		if row.Free {
			return nil, wrong("planId", "免费套餐没有价格可约定", "a free plan has no price to agree on")
		}
		var check clause.Check
		series, err := seriesOf(in)
		check.Add(err)
		check.Add(checkPrice(in))
		check.Add(checkSigned(in.AgreementNumber, in.From, in.Until))
		if err := check.Err(); err != nil {
			return nil, err
		}
		listed, err := catalog.PriceAt(tx, tx.Client(), row.ID, series, stored(in.From))
		if err != nil {
			return nil, err
		}
		if listed == nil {
			return nil, PriceNotListed.At("planId").With("plan", row.Code)
		}
		per := listed.Per
		if in.Per != nil {
			per = in.Per.String()
		}
		if units, err := money.ParseDecimal(per); err != nil || !catalog.Tellable(series, units, in.UnitPrice, money.Currency(row.Currency)) {
			return nil, wrong("unitPrice", "价格过高，最大用量或最长时长的金额无法表示", "it is too high: what the most usage, or the longest term, comes to can't be told")
		}
		create := tx.Override.Create().SetAccountID(in.AccountID).SetFigure(PriceFigure(row.Code, series)).SetValue(in.UnitPrice.String()).
			SetPlanID(row.ID).SetMetric(series.Metric).SetTermUnit(string(series.Unit)).SetTermCount(int64(series.Count)).SetPer(per).
			SetAgreement(strings.TrimSpace(in.AgreementNumber)).SetFromAt(stored(in.From)).
			SetRecordedBy(tx.Principal().ID).SetRecordedAt(tx.Now)
		if in.Until != nil {
			create.SetUntilAt(stored(*in.Until))
		}
		o, err := create.Save(tx)
		if err != nil {
			return nil, err
		}
		tx.On(in.AccountID, o.ID)
		tx.Detail(o.Figure, o.Value)
		tx.Detail("listed", listed.UnitPrice)
		return &OverridePricePayload{Override: o}, nil
	})
}

// PriceFigure is the name of an overridden price.
func PriceFigure(planCode string, s catalog.Series) string {
	if s.Metric != "" {
		return "price." + planCode + "." + s.Metric
	}
	return "price." + planCode + "." + string(s.Unit) + "." + strconv.Itoa(s.Count)
}

func seriesOf(in OverridePriceInput) (catalog.Series, error) {
	switch {
	case (in.Metric == nil) == (in.Term == nil):
		return catalog.Series{}, wrong("metric", "metric 与 term 须且只能给出一项", "give exactly one of metric and term")
	case in.Term != nil:
		return catalog.Series{Unit: in.Term.Unit, Count: in.Term.Count}, nil
	case !text.Printable(*in.Metric, maxAgreementNumber):
		return catalog.Series{}, wrong("metric", "应为 1 至 100 个可打印的 ASCII 字符", "it has 1 to 100 printable ASCII characters")
	}
	return catalog.Series{Metric: *in.Metric}, nil
}

// checkPrice refuses what can't be a price.
func checkPrice(in OverridePriceInput) error {
	var check clause.Check
	if !sane(in.UnitPrice, 0) {
		check.Add(wrong("unitPrice", "应为 0 至 10 亿，最多 6 位小数", "it is 0 to 1,000,000,000 with at most 6 decimals"))
	}
	if in.Metric != nil {
		for _, at := range []struct {
			field string
			time  *time.Time
		}{{"from", &in.From}, {"until", in.Until}} {
			if at.time != nil && !at.time.Equal(at.time.Truncate(time.Hour)) { // as use is kept
				check.Add(wrong(at.field, "按用量的价格在整点变更", "a price by use changes at a full hour"))
			}
		}
	}
	if in.Per != nil && (in.Term != nil || !sane(*in.Per, 1)) {
		check.Add(wrong("per", "仅用于按用量的价格，大于 0 至 10 亿，最多 6 位小数", "it is for a price by use alone, above 0 to 1,000,000,000 with at most 6 decimals"))
	}
	return check.Err()
}

// sane reports whether a number has at most 6 decimals and is of the bounds of a
// price; least is in millionths.
func sane(d money.Decimal, least int64) bool {
	micros, ok := d.Micros()
	return ok && micros >= least && micros <= mostPrice*1_000_000
}
