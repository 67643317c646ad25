package rating

import (
	"math/bits"

	"portico/money"
)

// Rate is a price that is charged many times: UnitPrice for Per units. The zero
// Rate is not valid.
type Rate struct {
	per, unitPrice money.Decimal
	currency       money.Currency
	// up and down are what millionths of a unit are multiplied with and divided by
	// to get minor units; zero if they don't fit.
	up, down uint64
}

const million = 1_000_000

// RateOf returns a price as a rate. The currency must be known.
func RateOf(per, unitPrice money.Decimal, c money.Currency) Rate {
	r := Rate{per: per, unitPrice: unitPrice, currency: c}
	price, exact := unitPrice.Micros()
	units, also := per.Micros()
	if !exact || !also || price <= 0 || units <= 0 {
		return r
	}
	up, down := uint64(price), uint64(units)
	for range c.Exponent() {
		high, low := bits.Mul64(up, 10)
		if high > 0 {
			return r
		}
		up = low
	}
	high, low := bits.Mul64(down, million)
	if high > 0 {
		return r
	}
	a, b := up, low
	for b > 0 {
		a, b = b, a%b
	}
	r.up, r.down = up/a, low/a
	return r
}

// Charge is [money.Charge] of a quantity in millionths, with the same result.
// Numbers of usual size take no memory.
func (r Rate) Charge(micros int64) (money.Amount, error) {
	high, low := bits.Mul64(uint64(max(micros, 0)), r.up)
	if micros < 0 || high >= r.down { // also if there is no fraction
		return money.Charge(money.Micros(micros), r.per, r.unitPrice, r.currency)
	}
	minor, rest := bits.Div64(high, low, r.down)
	if left := r.down - rest; rest > left || rest == left && minor%2 == 1 {
		minor++
	}
	if minor > money.MaxMinor {
		return money.Charge(money.Micros(micros), r.per, r.unitPrice, r.currency)
	}
	return money.New(int64(minor), r.currency), nil
}
