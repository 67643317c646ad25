package rating

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"portico/money"
)

// Usage is a service's use of a metric from an instant on, at one price.
type Usage struct {
	ApplicationID, ServiceID, PlanID, Metric string
	// From is an instant of the use; it determines the price.
	From time.Time
	// Of is the beginning of the earlier period that it belongs to, if it was
	// reported too late for that bill; different periods have separate lines.
	Of       time.Time
	Quantity money.Decimal
}

// Price is the price of a plan's metric from an instant on: UnitPrice for Per
// units.
type Price struct {
	PlanID, Metric string
	From           time.Time
	Per, UnitPrice money.Decimal
}

// MeteredLine is one position of a bill: a service's use of a metric at one
// price.
type MeteredLine struct {
	ApplicationID, ServiceID, Metric string
	// Of is the beginning of the earlier period that an adjustment belongs to;
	// zero for the bill's own period.
	Of                       time.Time
	Quantity, Per, UnitPrice money.Decimal
	// Amount is Quantity / Per x UnitPrice, rounded once, half to even.
	Amount money.Amount
}

// ErrNoPrice: a metric was used for which no price was listed at that time.
var ErrNoPrice = fmt.Errorf("rating: no price")

// Metered rates usage at the prices in force when it was used (3.3): one line
// for a service, metric, price and period, rounded once (3.4), sorted by
// application, service, metric, period and the time of the price. A metric
// without use has no line. Errors: [ErrNoPrice], money.ErrRange.
func Metered(usage []Usage, prices []Price, c money.Currency) ([]MeteredLine, error) {
	type key struct {
		applicationID, serviceID, metric, unitPrice, per string
		of                                               time.Time
	}
	at := map[key]int{}
	var lines []MeteredLine
	sorted := slices.Clone(usage)
	slices.SortStableFunc(sorted, func(x, y Usage) int {
		return cmp.Or(cmp.Compare(x.ApplicationID, y.ApplicationID), cmp.Compare(x.ServiceID, y.ServiceID),
			cmp.Compare(x.Metric, y.Metric), x.Of.Compare(y.Of), x.From.Compare(y.From))
	})
	for _, u := range sorted {
		if u.Quantity.IsZero() {
			continue
		}
		p, ok := priceAt(prices, u)
		if !ok {
			return nil, fmt.Errorf("%w of %s on %s at %s", ErrNoPrice, u.Metric, u.PlanID, u.From.Format(time.RFC3339))
		}
		k := key{u.ApplicationID, u.ServiceID, u.Metric, p.UnitPrice.String(), p.Per.String(), u.Of}
		i, known := at[k]
		if !known {
			i = len(lines)
			at[k] = i
			lines = append(lines, MeteredLine{ApplicationID: u.ApplicationID, ServiceID: u.ServiceID, Metric: u.Metric,
				Of: u.Of, Per: p.Per, UnitPrice: p.UnitPrice})
		}
		lines[i].Quantity = lines[i].Quantity.Add(u.Quantity)
	}
	for i := range lines {
		l := &lines[i]
		var err error
		if l.Amount, err = money.Charge(l.Quantity, l.Per, l.UnitPrice, c); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// priceAt returns the price of a use: the latest that took effect by then.
func priceAt(prices []Price, u Usage) (best Price, found bool) {
	for _, p := range prices {
		if p.PlanID == u.PlanID && p.Metric == u.Metric && !p.From.After(u.From) && (!found || p.From.After(best.From)) {
			best, found = p, true
		}
	}
	return best, found
}

// Sum returns the sum of lines: nothing else is rounded (3.4). A sum beyond an
// amount's range is money.ErrRange.
func Sum(lines []MeteredLine, c money.Currency) (money.Amount, error) {
	total := money.Zero(c)
	for _, l := range lines { // each is at most MaxMinor, and so is the sum before it
		if total = total.Add(l.Amount); total.Minor() > money.MaxMinor {
			return money.Amount{}, fmt.Errorf("%w: a bill of more than %d minor units", money.ErrRange, int64(money.MaxMinor))
		}
	}
	return total, nil
}
