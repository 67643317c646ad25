package floor

import (
	"database/sql"
	"math/big"
	"math/bits"
	"time"
)

// signedAgreement is what the agreement of an account says about its usage.
type signedAgreement struct {
	zone   *time.Location
	delay  time.Duration
	prices map[metered][]meterPrice // in the order in which they begin
}

// meterPrice is a listed or signed price of a metric.
type meterPrice struct {
	rate
	from  time.Time
	until sql.NullTime
}

// rate is a price as a fraction: minor units for a millionth of a unit. Down is
// zero if the fraction doesn't fit.
type rate struct {
	per, unit string
	up, down  uint64
}

func rateOf(per, unit string) rate {
	r := rate{per: per, unit: unit}
	up, unitPlaces, ok := digits(unit)
	down, perPlaces, also := digits(per)
	if !ok || !also || down.Sign() <= 0 || up.Sign() < 0 {
		return r
	}
	up.Mul(up, power(perPlaces+2))
	down.Mul(down, power(unitPlaces+6))
	if common := new(big.Int).GCD(nil, nil, up, down); common.Sign() > 0 {
		up.Quo(up, common)
		down.Quo(down, common)
	}
	if up.IsUint64() && down.IsUint64() {
		r.up, r.down = up.Uint64(), down.Uint64()
	}
	return r
}

// free reports whether the price is zero.
func (r rate) free() bool { return r.down > 0 && r.up == 0 }

// charge is the function charge, without big numbers where that is possible.
func (r rate) charge(micros int64) (int64, error) {
	high, low := bits.Mul64(uint64(micros), r.up)
	if high >= r.down {
		return charge(micros, r.per, r.unit)
	}
	minor, rest := bits.Div64(high, low, r.down)
	if left := r.down - rest; rest > left || rest == left && minor%2 == 1 {
		minor++
	}
	if minor > mostMinor {
		return 0, errTooMuch
	}
	return int64(minor), nil
}

// priced reports whether a price was listed for the metric at the time of an event.
func (u *reporting) priced(e *usageEvent) bool {
	for _, p := range u.prices[metered{e.service.plan, e.Metric}] {
		if !p.from.After(e.At) {
			return true
		}
	}
	return false
}

// worth returns the most that an event can add to its bill, in minor units: its
// charge, rounded up. It returns false if that is too much.
func (u *reporting) worth(e *usageEvent) (int64, bool) {
	m, at := metered{e.service.plan, e.Metric}, e.At.Truncate(time.Hour)
	var best *meterPrice
	for i := range u.prices[m] {
		if p := &u.prices[m][i]; !p.from.After(at) && (best == nil || p.from.After(best.from)) {
			best = p
		}
	}
	if best == nil { // used within the hour in which the price was listed
		return 0, true
	}
	signed := u.signed[e.service.accountID].prices[m]
	for i := range signed {
		if p := &signed[i]; !p.from.After(at) && (!p.until.Valid || p.until.Time.After(at)) {
			best = p
		}
	}
	if e.micros == 0 || best.free() {
		return 0, true
	}
	minor, err := best.charge(e.micros)
	return minor + 1, err == nil
}

// checkPrime keeps the check within what a database adds up.
const checkPrime = 1_000_000_007

// check is the sum of the quantities that were counted, each modulo a prime. The
// audit event keeps it.
func (u *reporting) check() (sum int64) {
	for _, e := range u.accepted {
		sum += e.micros % checkPrime
	}
	return sum
}
