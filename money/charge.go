package money

import (
	"fmt"
	"math/big"
)

// Charge returns the amount of one bill line: quantity / per x unitPrice, where
// unitPrice is the price of per units, in major units. It is computed exactly
// and rounded once, half to even, to the currency's minor unit: 1234.5 minutes
// at 0.0280 are 34.566, and 34.57 is charged. A bill is the sum of its lines,
// so nothing else may round (clause 3.4).
//
// Charge returns ErrRange if per isn't positive or the amount exceeds MaxMinor.
func Charge(quantity, per, unitPrice Decimal, c Currency) (Amount, error) {
	if !c.Known() {
		return Amount{}, fmt.Errorf("%w: unknown code %.8q", ErrCurrency, string(c))
	}
	if per.Sign() <= 0 {
		return Amount{}, fmt.Errorf("%w: a price per %s units", ErrRange, per)
	}
	r := new(big.Rat).Quo(quantity.rat(), per.rat())
	minor, _, err := toMinor(r.Mul(r, unitPrice.rat()), c)
	if err != nil {
		return Amount{}, err
	}
	return Amount{minor, c}, nil
}

// scaled converts a number of major units to minor units.
func scaled(major *big.Rat, c Currency) *big.Rat {
	return new(big.Rat).Mul(major, new(big.Rat).SetInt(pow10(int64(c.Exponent()))))
}

// toMinor converts a number of major units to minor units, rounding half to
// even, and reports whether the result is exact.
func toMinor(major *big.Rat, c Currency) (minor int64, exact bool, err error) {
	r := scaled(major, c)
	q, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	exact = rest.Sign() == 0
	if !exact {
		half := new(big.Int).Lsh(rest, 1).CmpAbs(r.Denom())
		if half > 0 || half == 0 && q.Bit(0) == 1 {
			q.Add(q, big.NewInt(int64(r.Sign())))
		}
	}
	if q.CmpAbs(big.NewInt(MaxMinor)) > 0 {
		return 0, false, fmt.Errorf("%w: more than %d minor units", ErrRange, int64(MaxMinor))
	}
	return q.Int64(), exact, nil
}
