package rating_test

import (
	"errors"
	"testing"

	"portico/clause"
	"portico/money"
	"portico/portal/offer/rating"
)

var flagship = clause.Text{ZH: "旗舰版", EN: "Flagship"}

func TestPrepaid(t *testing.T) {
	for _, c := range []struct {
		term  rating.Term
		times int
		price string
		want  string
		en    string
	}{
		{rating.Term{Unit: "MONTH", Count: 1}, 1, "1500.00", "1500.00", "Flagship, 1 month prepaid"},
		{rating.Term{Unit: "MONTH", Count: 3}, 3, "1500.00", "4500.00", "Flagship, 3 months prepaid"},
		{rating.Term{Unit: "YEAR", Count: 2}, 2, "15000.00", "30000.00", "Flagship, 2 years prepaid"},
		{rating.Term{Unit: "MONTH", Count: 6}, 2, "0.00", "0.00", "Flagship, 6 months prepaid"},
		// The amount is rounded once, after the multiplication, half to even.
		{rating.Term{Unit: "MONTH", Count: 3}, 3, "0.335", "1.00", "Flagship, 3 months prepaid"},
		{rating.Term{Unit: "MONTH", Count: 1}, 1, "0.125", "0.12", "Flagship, 1 month prepaid"},
		{rating.Term{Unit: "MONTH", Count: 3}, 3, "0.125", "0.38", "Flagship, 3 months prepaid"},
	} {
		line, err := rating.Prepaid(flagship, c.term, c.times, money.MustDecimal(c.price), money.CNY)
		if err != nil || line.Amount.String() != c.want || line.Text.EN != c.en {
			t.Errorf("%+v: %s %q, %v", c, line.Amount, line.Text.EN, err)
		}
		if total := rating.Total([]rating.Line{line, line}, money.CNY); total != line.Amount.Add(line.Amount) {
			t.Errorf("a total of two is %s", total)
		}
	}
	if _, err := rating.Prepaid(flagship, rating.Term{Unit: "MONTH", Count: 36}, 36, money.MustDecimal("999999999999"), money.CNY); !errors.Is(err, money.ErrRange) {
		t.Errorf("an amount beyond all bounds is %v", err)
	}
}

func TestOpeningCostsNothing(t *testing.T) {
	for _, metered := range []bool{true, false} {
		line := rating.Opening(flagship, metered, money.CNY)
		if line.Amount != money.Zero(money.CNY) || line.Text.ZH == flagship.ZH || line.Text.EN == flagship.EN {
			t.Errorf("%+v", line)
		}
	}
}

func TestMonths(t *testing.T) {
	for term, want := range map[rating.Term]int{{Unit: "MONTH", Count: 5}: 5, {Unit: "YEAR", Count: 3}: 36} {
		if term.Months() != want {
			t.Errorf("%+v has %d months", term, term.Months())
		}
	}
}
