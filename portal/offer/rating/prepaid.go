// Package rating computes the cost of orders and usage. It is pure: no
// database, no clock, no context.
package rating

import (
	"fmt"

	"portico/clause"
	"portico/money"
)

// Line is one rated position, described in both languages.
type Line struct {
	Text clause.Text
	// Quantity at UnitPrice, in major units of the currency.
	Quantity, UnitPrice money.Decimal
	// Amount is rounded once (3.4).
	Amount money.Amount
}

// Term is a length of time that is paid in advance.
type Term struct {
	// Unit is MONTH or YEAR.
	Unit  string
	Count int
}

// Months returns the length of the term in calendar months.
func (t Term) Months() int {
	if t.Unit == "YEAR" {
		return 12 * t.Count
	}
	return t.Count
}

// Text returns the length in words.
func (t Term) Text() clause.Text {
	zh, en := "个月", "month"
	if t.Unit == "YEAR" {
		zh, en = "年", "year"
	}
	if t.Count != 1 {
		en += "s"
	}
	return clause.Text{ZH: fmt.Sprintf("%d %s", t.Count, zh), EN: fmt.Sprintf("%d %s", t.Count, en)}
}

// Prepaid rates a term of a plan: times the price of one offered term, rounded
// once (3.4). An amount beyond the range of money is money.ErrRange.
func Prepaid(plan clause.Text, term Term, times int, unitPrice money.Decimal, c money.Currency) (Line, error) {
	length := term.Text()
	quantity := money.NewDecimal(int64(times))
	amount, err := money.Charge(quantity, money.NewDecimal(1), unitPrice, c)
	if err != nil {
		return Line{}, err
	}
	return Line{
		Text:     clause.Text{ZH: plan.ZH + "，预付 " + length.ZH, EN: plan.EN + ", " + length.EN + " prepaid"},
		Quantity: quantity, UnitPrice: unitPrice, Amount: amount,
	}, nil
}

// Opening rates a plan that is paid later, or never: a metered plan, whose
// usage is billed (3.4), or a free one without a term (9.8). It costs nothing
// now.
func Opening(plan clause.Text, metered bool, c money.Currency) Line {
	how := clause.Text{ZH: "，免费", EN: ", free"}
	if metered {
		how = clause.Text{ZH: "，按用量出账", EN: ", billed by usage"}
	}
	return Line{
		Text:     clause.Text{ZH: plan.ZH + how.ZH, EN: plan.EN + how.EN},
		Quantity: money.NewDecimal(1), UnitPrice: money.Zero(c).Amount(), Amount: money.Zero(c),
	}
}

// Total returns the sum of lines: nothing else is rounded (3.4).
func Total(lines []Line, c money.Currency) money.Amount {
	total := money.Zero(c)
	for _, l := range lines {
		total = total.Add(l.Amount)
	}
	return total
}
