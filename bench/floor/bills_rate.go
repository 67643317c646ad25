package floor

import (
	"cmp"
	"database/sql"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	openQuery = "SELECT id, account_id, product_id, from_at, to_at, zone FROM usage_periods WHERE status = 'OPEN' AND id IN (...)"

	termsQuery = "SELECT account_id, figure, value, plan_id, metric, per, from_at, until_at FROM overrides WHERE account_id IN (...) ORDER BY from_at, id"

	usesQuery = "SELECT t.period_id, t.application_id, t.service_id, t.metric, t.hour, t.quantity_micros, s.plan_id, s.class, p.name_zh, p.name_en " +
		"FROM usage_totals t JOIN services s ON s.id = t.service_id JOIN plans p ON p.id = s.plan_id WHERE t.period_id IN (...)"

	pricesQuery = "SELECT plan_id, metric, per, unit_price, currency, effective_from FROM prices WHERE metric <> '' AND plan_id IN (...)"
)

// terms are what is signed with an account, and otherwise the standard
// agreement.
type terms struct {
	zone     *time.Location
	delay    time.Duration
	months   int
	monthEnd bool
	grace    int
	prices   []price
}

// price is a listed or signed price.
type price struct {
	plan, metric, per, unit, currency string
	from                              time.Time
	until                             sql.NullTime
}

// use is a service's usage of a metric in an hour.
type use struct {
	application, service, metric, plan string
	planZH, planEN                     string
	hour                               time.Time
	micros                             int64
}

// billLine is a line of a bill.
type billLine struct {
	use
	price
	// of is the earlier hour that late usage belongs to.
	of    time.Time
	minor int64
}

// open reads the hours that are still open, and locks them.
func (t *batch) open(ids []string) error {
	return t.each(openQuery+t.locked, nil, ids, func(rows *sql.Rows) error {
		h := &hour{}
		var zone sql.NullString
		if err := rows.Scan(&h.id, &h.account, &h.product, &h.from, &h.to, &zone); err != nil {
			return err
		}
		var err error
		if zone.Valid && zone.String != t.f.zone.String() {
			h.zone, err = time.LoadLocation(zone.String)
		} else if zone.Valid {
			h.zone = t.f.zone
		}
		t.hours = append(t.hours, h)
		return err
	})
}

// agreements reads the figures and prices that are signed with the accounts.
func (t *batch) agreements() error {
	for _, h := range t.hours {
		t.terms[h.account] = &terms{zone: t.f.zone, delay: closingDelay, months: 1, monthEnd: true, grace: 7}
	}
	err := t.each(termsQuery, nil, t.ids(func(h *hour) string { return h.account }), func(rows *sql.Rows) error {
		var account, figure, value string
		var p price
		if err := rows.Scan(&account, &figure, &value, &p.plan, &p.metric, &p.per, &p.from, &p.until); err != nil {
			return err
		}
		a := t.terms[account]
		if p.plan != "" {
			p.unit = value
			a.prices = append(a.prices, p)
			return nil
		}
		if p.from.After(t.now) || p.until.Valid && !p.until.Time.After(t.now) {
			return nil
		}
		var err error
		switch figure {
		case "agreement.zone":
			a.zone, err = time.LoadLocation(value)
		case "bill.close_delay":
			a.delay, err = time.ParseDuration(value)
		case "bill.dispute_months":
			a.months, err = strconv.Atoi(value)
		case "bill.dispute_to_month_end":
			a.monthEnd = value == "true"
		case "arrears.grace_days":
			a.grace, err = strconv.Atoi(value)
		}
		return err
	})
	for _, h := range t.hours {
		if h.zone == nil {
			h.zone = t.terms[h.account].zone
		}
	}
	return err
}

// ids returns a value of each hour.
func (t *batch) ids(of func(*hour) string) []string {
	list := make([]string, len(t.hours))
	for i, h := range t.hours {
		list[i] = of(h)
	}
	return list
}

// measure reads the usage of the hours, with its services and plans.
func (t *batch) measure() error {
	byID := make(map[string]*hour, len(t.hours))
	for _, h := range t.hours {
		byID[h.id] = h
	}
	return t.each(usesQuery, nil, t.ids(func(h *hour) string { return h.id }), func(rows *sql.Rows) error {
		var id, class string
		var u use
		if err := rows.Scan(&id, &u.application, &u.service, &u.metric, &u.hour, &u.micros, &u.plan, &class, &u.planZH, &u.planEN); err != nil {
			return err
		}
		byID[id].class = class
		byID[id].uses = append(byID[id].uses, u)
		return nil
	})
}

// listPrices reads the price list of the plans.
func (t *batch) listPrices() error {
	seen := map[string]bool{}
	var plans []string
	for _, h := range t.hours {
		for _, u := range h.uses {
			if !seen[u.plan] {
				seen[u.plan] = true
				plans = append(plans, u.plan)
			}
		}
	}
	return t.each(pricesQuery, nil, plans, func(rows *sql.Rows) error {
		var p price
		err := rows.Scan(&p.plan, &p.metric, &p.per, &p.unit, &p.currency, &p.from)
		t.prices = append(t.prices, p)
		return err
	})
}

// rate computes the lines of each bill. An hour that can't be rated is left out.
func (t *batch) rate() error {
	t.hours = slices.DeleteFunc(t.hours, func(h *hour) bool {
		err := t.lines(h)
		if err != nil {
			t.refused = append(t.refused, fmt.Errorf("floor: %s: %w", h.id, err))
		}
		return err != nil
	})
	return nil
}

// lines makes one line for each service, metric, price, and earlier hour that
// late usage belongs to.
func (t *batch) lines(h *hour) error {
	own := h.from.Truncate(time.Hour)
	for _, u := range h.uses {
		if u.micros == 0 {
			continue
		}
		l := billLine{use: u}
		at := u.hour
		if at.Before(own) {
			l.of = startOfHour(u.hour, h.zone)
		} else if at.Before(h.from) {
			at = h.from
		}
		var found bool
		if l.price, found = t.priceAt(h.account, u, at); !found {
			return fmt.Errorf("no price of %s on %s", u.metric, u.plan)
		}
		h.currency = l.currency
		same := func(o billLine) bool {
			return o.service == l.service && o.use.metric == l.use.metric && o.application == l.application && o.of.Equal(l.of) && o.unit == l.unit && o.per == l.per
		}
		if i := slices.IndexFunc(h.lines, same); i >= 0 {
			h.lines[i].micros += l.micros
		} else {
			h.lines = append(h.lines, l)
		}
	}
	slices.SortFunc(h.lines, func(x, y billLine) int {
		return cmp.Or(cmp.Compare(x.application, y.application), cmp.Compare(x.service, y.service), cmp.Compare(x.use.metric, y.use.metric),
			x.of.Compare(y.of), x.hour.Compare(y.hour))
	})
	for i := range h.lines {
		l := &h.lines[i]
		var err error
		if l.minor, err = charge(l.micros, l.per, l.unit); err != nil {
			return err
		}
		if h.total += l.minor; h.total > mostMinor {
			return errTooMuch
		}
	}
	return nil
}

// startOfHour returns the last full hour of the zone's clock.
func startOfHour(at time.Time, zone *time.Location) time.Time {
	l := at.In(zone)
	return at.Add(-time.Duration(l.Minute())*time.Minute - time.Duration(l.Second())*time.Second)
}

// priceAt returns the price of a use: the signed price that covers the instant
// and began last, or else the latest of the price list.
func (t *batch) priceAt(account string, u use, at time.Time) (best price, found bool) {
	latest := func(prices []price) {
		for _, p := range prices {
			if p.plan == u.plan && p.metric == u.metric && !p.from.After(at) && (!p.until.Valid || p.until.Time.After(at)) &&
				(!found || !p.from.Before(best.from)) {
				best, found = p, true
			}
		}
	}
	latest(t.prices)
	if signed := t.terms[account].prices; found && len(signed) > 0 {
		currency := best.currency
		listed := best
		found = false
		if latest(signed); !found {
			best, found = listed, true
		}
		best.currency = currency
	}
	return best, found
}

const (
	mostMinor   = 999_999_999_999_999
	mostBalance = 1_000 * mostMinor
)

var errTooMuch = fmt.Errorf("an amount of more than %d minor units", int64(mostMinor))

// charge returns quantity / per x unit in minor units, computed exactly and
// rounded once, half to even.
func charge(micros int64, per, unit string) (int64, error) {
	units, unitPlaces, ok := digits(unit)
	pers, perPlaces, also := digits(per)
	if !ok || !also || pers.Sign() <= 0 {
		return 0, fmt.Errorf("a price of %q per %q", unit, per)
	}
	n := units.Mul(units, big.NewInt(micros))
	n.Mul(n, power(perPlaces+2)) // minor units
	d := pers.Mul(pers, power(unitPlaces+6))
	q, rest := new(big.Int).QuoRem(n, d, new(big.Int))
	if half := rest.Lsh(rest, 1).Cmp(d); half > 0 || half == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(1))
	}
	if !q.IsInt64() || q.Int64() > mostMinor {
		return 0, errTooMuch
	}
	return q.Int64(), nil
}

// digits returns a decimal as a whole number and the number of its decimals.
func digits(s string) (n *big.Int, places int, ok bool) {
	whole, part, _ := strings.Cut(s, ".")
	n, ok = new(big.Int).SetString(whole+part, 10)
	return n, len(part), ok
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// quantity writes millionths as a decimal without trailing zeros.
func quantity(micros int64) string {
	s := strconv.FormatInt(micros/micro, 10)
	if part := micros % micro; part != 0 {
		s += "." + strings.TrimRight(fmt.Sprintf("%06d", part), "0")
	}
	return s
}
