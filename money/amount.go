// Package money holds exact money: Amount counts minor units of a currency,
// Decimal is an exact number for prices, rates and quantities. There is no
// float near either, and a product is rounded once (Charge).
package money

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// The errors of this package, told apart with errors.Is. They are about
// values, not about clauses: whoever takes an input turns them into a refusal
// that names the field.
var (
	// ErrSyntax: not a number in plain decimal notation.
	ErrSyntax = errors.New("money: not a plain decimal number")
	// ErrPrecision: more decimals than the currency or a Decimal has.
	ErrPrecision = errors.New("money: too many decimals")
	// ErrRange: larger than an amount or a Decimal may be, or a division by zero.
	ErrRange = errors.New("money: out of range")
	// ErrCurrency: an unknown currency, or two different ones in one sum.
	ErrCurrency = errors.New("money: currency")
)

// MaxMinor is the largest amount that may come in, in minor units: fifteen
// digits, which every JSON reader holds exactly, and 9,223 of which still fit
// the sum.
const MaxMinor = 999_999_999_999_999

// MaxBalance is the largest figure that a balance may reach, in minor units: a
// thousand of the largest amounts. Nine such figures still fit a sum.
const MaxBalance = 1_000 * MaxMinor

// Amount is an immutable sum of money: a whole number of minor units (fen,
// cents, yen) of one currency, negative ones included. The zero Amount is
// nothing, in no currency; it may be added to any other, so that a sum can
// begin with it. Amounts compare with ==.
//
// Adding or comparing amounts of two currencies, and a sum beyond an int64,
// panic with an error that wraps ErrCurrency or ErrRange: both are programming
// errors, since inputs are bounded by Parse and a ledger account has one
// currency. Sum is for amounts whose currencies aren't known to agree.
type Amount struct {
	minor    int64
	currency Currency
}

// New makes an amount of minor units: New(150000, CNY) is 1500.00 CNY. It
// panics on an unknown currency.
func New(minor int64, c Currency) Amount {
	c.Exponent()
	return Amount{minor, c}
}

// Zero is nothing of a currency.
func Zero(c Currency) Amount { return New(0, c) }

// Parse reads an amount in major units ("1500", "1500.00", "-0.5"): plain
// notation, ASCII digits, no more decimals than the currency has, at most
// MaxMinor minor units. Errors: ErrSyntax, ErrPrecision, ErrRange, ErrCurrency.
func Parse(decimal string, c Currency) (Amount, error) {
	d, err := ParseDecimal(decimal)
	if err != nil {
		return Amount{}, err
	}
	return Exact(d, c)
}

// Exact makes an amount of a decimal number of major units, without rounding:
// one with more decimals than the currency has is an ErrPrecision (trailing
// zeros don't count).
func Exact(d Decimal, c Currency) (Amount, error) {
	if !c.Known() {
		return Amount{}, fmt.Errorf("%w: unknown code %.8q", ErrCurrency, string(c))
	}
	minor, exact, err := toMinor(d.rat(), c)
	if err != nil {
		return Amount{}, err
	}
	if !exact {
		return Amount{}, fmt.Errorf("%w: %s has %d", ErrPrecision, c, c.Exponent())
	}
	return Amount{minor, c}, nil
}

// Minor is the number of minor units.
func (a Amount) Minor() int64 { return a.minor }

// Currency is the amount's currency, empty for the zero Amount.
func (a Amount) Currency() Currency { return a.currency }

// Amount is the number of major units with the currency's decimals; the field
// `amount` of the API's Money.
func (a Amount) Amount() Decimal {
	d, err := ParseDecimal(a.String())
	if err != nil {
		panic(err)
	}
	return d
}

// Add is a + b; see Amount for when it panics.
func (a Amount) Add(b Amount) Amount {
	c := common(a, b)
	sum := a.minor + b.minor
	if (sum > a.minor) != (b.minor > 0) {
		panic(fmt.Errorf("%w: %d + %d", ErrRange, a.minor, b.minor))
	}
	return Amount{sum, c}
}

// Sub is a - b; see Amount for when it panics.
func (a Amount) Sub(b Amount) Amount {
	c := common(a, b)
	diff := a.minor - b.minor
	if (diff < a.minor) != (b.minor > 0) {
		panic(fmt.Errorf("%w: %d - %d", ErrRange, a.minor, b.minor))
	}
	return Amount{diff, c}
}

// Neg is -a.
func (a Amount) Neg() Amount {
	if a.minor == math.MinInt64 {
		panic(fmt.Errorf("%w: -(%d)", ErrRange, a.minor))
	}
	return Amount{-a.minor, a.currency}
}

// Cmp is -1, 0 or 1 as a is less than, equal to or more than b; see Amount for
// when it panics.
func (a Amount) Cmp(b Amount) int {
	common(a, b)
	switch {
	case a.minor < b.minor:
		return -1
	case a.minor > b.minor:
		return 1
	}
	return 0
}

// Less tells whether a < b.
func (a Amount) Less(b Amount) bool { return a.Cmp(b) < 0 }

// Min is the smaller of two amounts.
func (a Amount) Min(b Amount) Amount {
	c := common(a, b)
	return Amount{min(a.minor, b.minor), c}
}

// Sign is -1, 0 or 1.
func (a Amount) Sign() int {
	switch {
	case a.minor < 0:
		return -1
	case a.minor > 0:
		return 1
	}
	return 0
}

// IsZero tells whether the amount is nothing, in whichever currency.
func (a Amount) IsZero() bool { return a.minor == 0 }

// Sum adds amounts and gives ErrCurrency or ErrRange where Add would panic.
// The sum of none is the zero Amount.
func Sum(amounts ...Amount) (sum Amount, err error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(error)
			if !ok || !errors.Is(e, ErrCurrency) && !errors.Is(e, ErrRange) {
				panic(r)
			}
			sum, err = Amount{}, e
		}
	}()
	for _, a := range amounts {
		sum = sum.Add(a)
	}
	return sum, nil
}

// common is the currency of both.
func common(a, b Amount) Currency {
	switch {
	case a.currency == b.currency, b.currency == "" && b.minor == 0:
		return a.currency
	case a.currency == "" && a.minor == 0:
		return b.currency
	}
	panic(fmt.Errorf("%w: %s and %s in one sum", ErrCurrency, a.currency, b.currency))
}

// String is the number of major units with all decimals of the currency and
// without its code: "1500.00", "-0.05", "1200" for yen.
func (a Amount) String() string {
	e := exponents[a.currency]
	neg, digits := a.minor < 0, strconv.FormatUint(magnitude(a.minor), 10)
	for len(digits) <= e {
		digits = "0" + digits
	}
	if e > 0 {
		digits = digits[:len(digits)-e] + "." + digits[len(digits)-e:]
	}
	if neg {
		digits = "-" + digits
	}
	return digits
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// wire is an amount in JSON: as the API's Money.
type wire struct {
	Amount   string   `json:"amount"`
	Currency Currency `json:"currency"`
}

// MarshalJSON writes {"amount":"1500.00","currency":"CNY"}.
func (a Amount) MarshalJSON() ([]byte, error) {
	return json.Marshal(wire{a.String(), a.currency})
}

// UnmarshalJSON reads what MarshalJSON writes; amounts as JSON numbers are an
// error, since readers of JSON may have rounded them.
func (a *Amount) UnmarshalJSON(b []byte) error {
	var w struct {
		Amount   *string `json:"amount"`
		Currency string  `json:"currency"`
	}
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	if w.Amount == nil {
		return fmt.Errorf("%w: amount is missing", ErrSyntax)
	}
	if w.Currency == "" && *w.Amount == "0" {
		*a = Amount{}
		return nil
	}
	p, err := parseStored(*w.Amount, Currency(w.Currency))
	if err == nil {
		*a = p
	}
	return err
}

// parseStored reads an amount of our own writing: sums may exceed MaxMinor.
func parseStored(s string, c Currency) (Amount, error) {
	d, err := ParseDecimal(s)
	if err != nil {
		return Amount{}, err
	}
	if !c.Known() {
		return Amount{}, fmt.Errorf("%w: unknown code %.8q", ErrCurrency, string(c))
	}
	r := scaled(d.rat(), c)
	if !r.IsInt() {
		return Amount{}, fmt.Errorf("%w: %s has %d", ErrPrecision, c, c.Exponent())
	}
	if !r.Num().IsInt64() {
		return Amount{}, ErrRange
	}
	return Amount{r.Num().Int64(), c}, nil
}

// Input is the API's MoneyInput: an amount as a caller sent it, not yet known
// to fit its currency.
type Input struct {
	// Amount in major units.
	Amount Decimal `json:"amount"`
	// Currency of the amount.
	Currency Currency `json:"currency"`
}

// Exact is the input as an Amount; see the function Exact for its errors.
func (i Input) Exact() (Amount, error) { return Exact(i.Amount, i.Currency) }
