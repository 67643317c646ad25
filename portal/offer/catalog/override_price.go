package catalog

import (
	"context"
	"strconv"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/plan"
	"portico/money"
	"portico/portal/customer/agreement"
	"portico/portal/kernel/command"
	"portico/text"
)

// OverridePriceInput is the input of overridePrice.
type OverridePriceInput struct {
	// The account that the agreement was signed with.
	AccountID string `json:"accountId"`
	// The plan whose listed price is overridden.
	PlanID string `json:"planId"`
	// The metric that the price is for; this or the term.
	Metric *string `json:"metric"`
	// The term that the price is for; this or the metric.
	Term *TermInput `json:"term"`
	// Price in the plan's currency, from zero, with at most 6 decimals.
	UnitPrice money.Decimal `json:"unitPrice"`
	// The number of units that the price is for; nil is as listed.
	Per *money.Decimal `json:"per"`
	// The number of the signed agreement, at most 100 printable ASCII characters.
	AgreementNumber string `json:"agreementNumber"`
	// From when it holds.
	From time.Time `json:"from"`
	// Until when it holds, later than From; nil is no end.
	Until *time.Time `json:"until"`
}

// OverridePricePayload is the answer of overridePrice.
type OverridePricePayload struct {
	clause.Answer
	// The record of the signed price.
	Override *db.Override `json:"override"`
}

// maxMetric is the maximum length of a metric's name, in characters.
const maxMetric = 100

// mostPrice limits a price and its number of units.
const mostPrice = 1_000_000_000

// OverridePrice records that a signed agreement sets a listed price of a plan
// for one account from an instant to another (13.3). It applies by the time of
// the order and of the use; what is already billed or ordered stays. For the
// provider's role platform (OVERRIDE_SET). Refusals: NOT_FOUND, INVALID_INPUT,
// PRICE_NOT_LISTED.
func OverridePrice(ctx context.Context, s *ent.Store, in OverridePriceInput) (*OverridePricePayload, error) {
	c := command.Command{Name: "overridePrice", Permission: authz.OverrideSet, Object: in.AccountID, Field: "accountId", Input: in}
	return command.Do(ctx, s, c, func(tx *command.Tx) (*OverridePricePayload, error) {
		row, err := tx.Plan.Query().Where(plan.ID(in.PlanID)).Only(tx)
		if db.IsNotFound(err) {
			return nil, clause.NotFound.At("planId")
		}
		if err != nil {
			return nil, err
		}
		if row.Free {
			return nil, clause.InvalidField("planId", "免费套餐没有价格可约定", "a free plan has no price to override")
		}
		var check clause.Check
		series, err := seriesOf(in)
		check.Add(err)
		check.Add(checkPrice(in))
		signed := agreement.Signed{AccountID: in.AccountID, Number: in.AgreementNumber, From: in.From, Until: in.Until}
		check.Add(signed.Check())
		if err := check.Err(); err != nil {
			return nil, err
		}
		listed, err := PriceAt(tx, tx.Client(), row.ID, series, signed.FromAt())
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
		if units, err := money.ParseDecimal(per); err != nil || !Tellable(series, units, in.UnitPrice, money.Currency(row.Currency)) {
			return nil, clause.InvalidField("unitPrice", "价格过高，最大用量或最长时长的金额无法表示", "is too high: the amount for the maximum usage, or the longest term, cannot be represented")
		}
		o, err := agreement.RecordPrice(tx.Tx, signed, agreement.Price{PlanID: row.ID, Figure: PriceFigure(row.Code, series), Value: in.UnitPrice.String(),
			Metric: series.Metric, TermUnit: string(series.Unit), TermCount: series.Count, Per: per})
		if err != nil {
			return nil, err
		}
		tx.AuditObject(in.AccountID, o.ID)
		tx.AuditDetail(o.Figure, o.Value)
		tx.AuditDetail("listed", listed.UnitPrice)
		return &OverridePricePayload{Override: o}, nil
	})
}

// PriceFigure returns the name of an overridden price.
func PriceFigure(planCode string, s Series) string {
	if s.Metric != "" {
		return "price." + planCode + "." + s.Metric
	}
	return "price." + planCode + "." + string(s.Unit) + "." + strconv.Itoa(s.Count)
}

func seriesOf(in OverridePriceInput) (Series, error) {
	switch {
	case (in.Metric == nil) == (in.Term == nil):
		return Series{}, clause.InvalidField("metric", "metric 与 term 须且只能给出一项", "give exactly one of metric and term")
	case in.Term != nil && (in.Term.Count < 1 || in.Term.Count > MostTerm):
		return Series{}, clause.InvalidField("term.count", "应为 1 至 36。", "it is 1 to 36.")
	case in.Term != nil:
		return Series{Unit: in.Term.Unit, Count: in.Term.Count}, nil
	case !text.Printable(*in.Metric, maxMetric):
		return Series{}, clause.InvalidField("metric", "应为 1 至 100 个可打印的 ASCII 字符", "must have 1 to 100 printable ASCII characters")
	}
	return Series{Metric: *in.Metric}, nil
}

// checkPrice refuses an invalid price.
func checkPrice(in OverridePriceInput) error {
	var check clause.Check
	if !sane(in.UnitPrice, 0) {
		check.Add(clause.InvalidField("unitPrice", "应为 0 至 10 亿，最多 6 位小数", "must be 0 to 1,000,000,000 with at most 6 decimals"))
	}
	if in.Metric != nil {
		for _, at := range []struct {
			field string
			time  *time.Time
		}{{"from", &in.From}, {"until", in.Until}} {
			if at.time != nil && !at.time.Equal(at.time.Truncate(time.Hour)) { // usage is totalled by the hour
				check.Add(clause.InvalidField(at.field, "按用量的价格在整点变更", "a usage price must change at a full hour"))
			}
		}
	}
	if in.Per != nil && (in.Term != nil || !sane(*in.Per, 1)) {
		check.Add(clause.InvalidField("per", "仅用于按用量的价格，大于 0 至 10 亿，最多 6 位小数", "is only for a usage price, and must be above 0 and at most 1,000,000,000 with at most 6 decimals"))
	}
	return check.Err()
}

// sane reports whether a number has at most 6 decimals and is within the limits
// of a price; least is in millionths.
func sane(d money.Decimal, least int64) bool {
	micros, ok := d.Micros()
	return ok && micros >= least && micros <= mostPrice*1_000_000
}
