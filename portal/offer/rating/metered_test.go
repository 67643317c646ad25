package rating_test

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"portico/money"
	"portico/portal/offer/rating"
)

func decimal(s string) money.Decimal { return money.MustDecimal(s) }

// shown returns a line as text.
func shown(l rating.MeteredLine) string {
	return fmt.Sprintf("%s %s %s %s x %s/%s = %s", l.ApplicationID, l.ServiceID, l.Metric, l.Quantity, l.UnitPrice, l.Per, l.Amount)
}

func words(lines []rating.MeteredLine) []string {
	list := make([]string, len(lines))
	for i, l := range lines {
		list[i] = shown(l)
	}
	return list
}

// month returns the start of a month in Shanghai, and the number of its hours.
func month(t *rapid.T) (begin time.Time, hours int) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	// 2026 has months of 28, 30 and 31 days, 2028 one of 29
	year, m := rapid.SampledFrom([]int{2026, 2028}).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month")
	begin = time.Date(year, time.Month(m), 1, 0, 0, 0, 0, shanghai).UTC()
	return begin, int(time.Date(year, time.Month(m)+1, 1, 0, 0, 0, 0, shanghai).Sub(begin) / time.Hour)
}

var plans, metrics = []string{"plan-a", "plan-b"}, []string{"m.one", "m.two"}

// drawPrices returns, for each plan and metric, a price from before the month
// and up to three changes within it.
func drawPrices(t *rapid.T, begin time.Time, hours int) (prices []rating.Price, changes []time.Time) {
	for _, plan := range plans {
		for _, metric := range metrics {
			from := begin.Add(-1000 * time.Hour)
			for range rapid.IntRange(1, 4).Draw(t, "prices") {
				prices = append(prices, rating.Price{PlanID: plan, Metric: metric, From: from,
					Per:       decimal(rapid.SampledFrom([]string{"1", "3", "7", "1000"}).Draw(t, "per")),
					UnitPrice: decimal(rapid.SampledFrom([]string{"0.005", "0.015", "0.0280", "0.35", "1", "0.00000001", "0.125"}).Draw(t, "price"))})
				changes = append(changes, from)
				from = begin.Add(time.Duration(rapid.IntRange(0, hours-1).Draw(t, "change")) * time.Hour)
				for slices.ContainsFunc(prices, func(p rating.Price) bool { return p.PlanID == plan && p.Metric == metric && p.From.Equal(from) }) {
					from = from.Add(time.Hour) // only one price of a metric takes effect at a time
				}
			}
		}
	}
	slices.SortFunc(prices, func(x, y rating.Price) int { return x.From.Compare(y.From) })
	return prices, changes
}

func drawUsage(t *rapid.T, begin time.Time, hours int) []rating.Usage {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) rating.Usage {
		n := rapid.IntRange(1, 3).Draw(t, "service")
		return rating.Usage{ApplicationID: fmt.Sprint("appl-", n%2), ServiceID: fmt.Sprint("serv-", n), PlanID: plans[n%2],
			Metric: rapid.SampledFrom(metrics).Draw(t, "metric"), From: begin.Add(time.Duration(rapid.IntRange(0, hours-1).Draw(t, "hour")) * time.Hour),
			Quantity: decimal(fmt.Sprintf("%d.%s", rapid.IntRange(0, 40).Draw(t, "units"), rapid.SampledFrom([]string{"0", "5", "000001", "333333"}).Draw(t, "part")))}
	}), 0, 40).Draw(t, "usage")
}

// reference rates usage unit by unit, each at the price of its hour; it adds up
// exactly and rounds at the end.
func reference(usage []rating.Usage, prices []rating.Price) []string {
	type position struct {
		line        rating.MeteredLine
		used, costs *big.Rat
		first       time.Time
	}
	all := map[string]*position{}
	for _, u := range usage {
		var price rating.Price
		for _, p := range prices { // in chronological order
			if p.PlanID == u.PlanID && p.Metric == u.Metric && !p.From.After(u.From) {
				price = p
			}
		}
		left := rat(u.Quantity)
		for left.Sign() > 0 {
			unit := big.NewRat(1, 1)
			if left.Cmp(unit) < 0 {
				unit.Set(left)
			}
			left.Sub(left, unit)
			key := fmt.Sprint(u.ApplicationID, u.ServiceID, u.Metric, rat(price.UnitPrice), rat(price.Per))
			if all[key] == nil {
				all[key] = &position{line: rating.MeteredLine{ApplicationID: u.ApplicationID, ServiceID: u.ServiceID, Metric: u.Metric,
					Per: price.Per, UnitPrice: price.UnitPrice}, used: new(big.Rat), costs: new(big.Rat), first: u.From}
			}
			p := all[key]
			if u.From.Before(p.first) {
				p.first = u.From
			}
			p.used.Add(p.used, unit)
			p.costs.Add(p.costs, new(big.Rat).Mul(unit, new(big.Rat).Quo(rat(price.UnitPrice), rat(price.Per))))
		}
	}
	var list []string
	for _, p := range all {
		list = append(list, fmt.Sprintf("%s %s %s %s x %s/%s = %s", p.line.ApplicationID, p.line.ServiceID, p.line.Metric,
			p.used.FloatString(6), p.line.UnitPrice, p.line.Per, fen(p.costs)))
	}
	slices.Sort(list)
	return list
}

func rat(d money.Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		panic(d.String())
	}
	return r
}

// fen rounds to hundredths, half to even, by comparing with the values above
// and below.
func fen(r *big.Rat) string {
	hundred := big.NewRat(100, 1)
	in := new(big.Rat).Mul(r, hundred)
	below := new(big.Int).Quo(in.Num(), in.Denom())
	above := new(big.Int).Add(below, big.NewInt(1))
	down, up := new(big.Rat).Sub(in, new(big.Rat).SetInt(below)), new(big.Rat).Sub(new(big.Rat).SetInt(above), in)
	nearest := below
	if c := up.Cmp(down); c < 0 || c == 0 && below.Bit(0) == 1 {
		nearest = above
	}
	return new(big.Rat).Quo(new(big.Rat).SetInt(nearest), hundred).FloatString(2)
}

// exact returns the lines with six decimals, sorted, to compare them.
func exact(lines []rating.MeteredLine) []string {
	var list []string
	for _, l := range lines {
		list = append(list, fmt.Sprintf("%s %s %s %s x %s/%s = %s", l.ApplicationID, l.ServiceID, l.Metric, rat(l.Quantity).FloatString(6), l.UnitPrice, l.Per, l.Amount))
	}
	slices.Sort(list)
	return list
}

func TestMeteredEqualsTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		begin, hours := month(t)
		prices, changes := drawPrices(t, begin, hours)
		usage := drawUsage(t, begin, hours)
		lines, err := rating.Metered(usage, prices, money.CNY)
		if err != nil {
			t.Fatal(err)
		}
		got, want := exact(lines), reference(usage, prices)
		if !slices.Equal(got, want) {
			t.Fatalf("got  %q\nwant %q", got, want)
		}
		// Usage that is summed between changes of prices gives the same lines
		// in the same order.
		slices.SortFunc(changes, time.Time.Compare)
		var summed []rating.Usage
		for _, u := range usage {
			from := begin
			for _, c := range changes {
				if c.After(from) && !c.After(u.From) {
					from = c
				}
			}
			u.From = from
			i := slices.IndexFunc(summed, func(s rating.Usage) bool {
				return s.ServiceID == u.ServiceID && s.Metric == u.Metric && s.From.Equal(u.From)
			})
			if i < 0 {
				summed = append(summed, u)
			} else {
				summed[i].Quantity = summed[i].Quantity.Add(u.Quantity)
			}
		}
		again, err := rating.Metered(summed, prices, money.CNY)
		if err != nil {
			t.Fatal(err)
		}
		if got := exact(again); !slices.Equal(got, want) {
			t.Fatalf("summed: got  %q\nwant %q", got, want)
		}
		sorted := slices.IsSortedFunc(lines, func(x, y rating.MeteredLine) int {
			return slices.Compare([]string{x.ApplicationID, x.ServiceID, x.Metric}, []string{y.ApplicationID, y.ServiceID, y.Metric})
		})
		if !sorted {
			t.Fatalf("the lines aren't in order: %q", words(lines))
		}
	})
}

func TestMetered(t *testing.T) {
	start := time.Date(2026, 2, 28, 16, 0, 0, 0, time.UTC)
	half := start.AddDate(0, 0, 15)
	use := func(at time.Time, quantity string) rating.Usage {
		return rating.Usage{ApplicationID: "a", ServiceID: "s", PlanID: "p", Metric: "m", From: at, Quantity: decimal(quantity)}
	}
	price := func(from time.Time, per, unit string) rating.Price {
		return rating.Price{PlanID: "p", Metric: "m", From: from, Per: decimal(per), UnitPrice: decimal(unit)}
	}
	old, changed := price(start, "1", "0.0450"), price(half, "1", "0.0525")
	for name, c := range map[string]struct {
		usage  []rating.Usage
		prices []rating.Price
		want   []string
	}{
		"3.4: no usage, no line":         {nil, []rating.Price{old}, []string{}},
		"3.4: nothing used, no line":     {[]rating.Usage{use(start, "0"), use(half, "0.000000")}, []rating.Price{old, changed}, []string{}},
		"3.3: the hour before a change":  {[]rating.Usage{use(half.Add(-time.Hour), "1000")}, []rating.Price{old, changed}, []string{"a s m 1000 x 0.0450/1 = 45.00"}},
		"3.3: the hour of a change":      {[]rating.Usage{use(half, "1000")}, []rating.Price{old, changed}, []string{"a s m 1000 x 0.0525/1 = 52.50"}},
		"3.3: a line a price":            {[]rating.Usage{use(half, "301"), use(start, "1000")}, []rating.Price{changed, old}, []string{"a s m 1000 x 0.0450/1 = 45.00", "a s m 301 x 0.0525/1 = 15.80"}},
		"3.4: rounded once, not by hour": {[]rating.Usage{use(start, "0.1"), use(half, "0.1"), use(half.Add(time.Hour), "0.1")}, []rating.Price{old}, []string{"a s m 0.3 x 0.0450/1 = 0.01"}},
		"3.4: a tie goes to the even 0":  {[]rating.Usage{use(start, "1")}, []rating.Price{price(start, "1", "0.005")}, []string{"a s m 1 x 0.005/1 = 0.00"}},
		"3.4: a tie goes to the even 2":  {[]rating.Usage{use(start, "3")}, []rating.Price{price(start, "1", "0.005")}, []string{"a s m 3 x 0.005/1 = 0.02"}},
		"3.4: above the tie":             {[]rating.Usage{use(start, "1.000001")}, []rating.Price{price(start, "1", "0.005")}, []string{"a s m 1.000001 x 0.005/1 = 0.01"}},
		"3.4: below the tie":             {[]rating.Usage{use(start, "2.999999")}, []rating.Price{price(start, "1", "0.005")}, []string{"a s m 2.999999 x 0.005/1 = 0.01"}},
		"3.3: a price for many":          {[]rating.Usage{use(start, "123456")}, []rating.Price{price(start, "1000", "0.35")}, []string{"a s m 123456 x 0.35/1000 = 43.21"}},
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := rating.Metered(c.usage, c.prices, money.CNY)
			if err != nil || !slices.Equal(words(lines), c.want) {
				t.Errorf("%q, %v", words(lines), err)
			}
		})
	}
	t.Run("3.3: what has no price yet can't be rated", func(t *testing.T) {
		if _, err := rating.Metered([]rating.Usage{use(start.Add(-time.Hour), "1")}, []rating.Price{old}, money.CNY); !errors.Is(err, rating.ErrNoPrice) {
			t.Error(err)
		}
	})
	t.Run("an amount beyond what money holds", func(t *testing.T) {
		if _, err := rating.Metered([]rating.Usage{use(start, "9000000000000000000")}, []rating.Price{price(start, "1", "100")}, money.CNY); !errors.Is(err, money.ErrRange) {
			t.Error(err)
		}
	})
}

func TestABillIsAtMostTheLargestAmount(t *testing.T) {
	lines := []rating.MeteredLine{{Amount: money.New(money.MaxMinor-1, money.CNY)}, {Amount: money.New(1, money.CNY)}}
	if total, err := rating.Sum(lines, money.CNY); err != nil || total.Minor() != money.MaxMinor {
		t.Errorf("3.4: the largest: %v, %v", total, err)
	}
	if _, err := rating.Sum(append(lines, lines[1]), money.CNY); !errors.Is(err, money.ErrRange) {
		t.Errorf("3.4: a fen more: %v", err)
	}
}
