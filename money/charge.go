package money

import (
	"fmt"
	"math/big"
)

// Charge is the amount of one bill line: quantity / per x unitPrice, where
// unitPrice in major units is the price of per units. It is computed exactly
// and rounded once, half to even, to the currency's minor unit: 1234.5 minutes
// at 0.0280 are 34.566, charged 34.57. A bill is the sum of its lines, so
// nothing else may round (clause 3.4).
//
// A per that isn't positive, and an amount beyond MaxMinor, are ErrRange.
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

// scaled is a number of major units in minor ones.
func scaled(major *big.Rat, c Currency) *big.Rat {
	return new(big.Rat).Mul(major, new(big.Rat).SetInt(pow10(int64(c.Exponent()))))
}

// toMinor rounds a number of major units half to even, and tells whether
// nothing was lost.
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
