// Package money represents exact money: Amount counts minor units of a
// currency, and Decimal is an exact number for prices, rates and quantities.
// Neither uses floating point, and a product is rounded once (Charge).
package money

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

// The errors of this package; use errors.Is. They are about values, not about
// clauses: a command that takes an input turns them into a refusal that names
// the field.
var (
	// ErrSyntax means that the text isn't a number in plain decimal notation.
	ErrSyntax = errors.New("money: not a plain decimal number")
	// ErrPrecision means that there are more decimals than the currency or a
	// Decimal permits.
	ErrPrecision = errors.New("money: too many decimals")
	// ErrRange means that the value is larger than an amount or a Decimal may
	// be, or that something was divided by zero.
	ErrRange = errors.New("money: out of range")
	// ErrCurrency means that the currency is unknown, or that one sum has two
	// different currencies.
	ErrCurrency = errors.New("money: currency")
)

// MaxMinor is the largest amount that an input may have, in minor units. It has
// fifteen digits, which every JSON reader holds exactly; a sum can hold 9,223
// such amounts.
const MaxMinor = 999_999_999_999_999

// MaxBalance is the largest value that a balance may reach, in minor units: a
// thousand times the largest amount. A sum can hold nine such values.
const MaxBalance = 1_000 * MaxMinor

// Amount is an immutable amount of money: a whole number of minor units (fen,
// cents, yen) of one currency. It may be negative. The zero Amount is zero
// without a currency. It can be added to any other amount, so a sum can start
// with it. Amounts compare with ==.
//
// Adding or comparing amounts of two currencies panics with an error that wraps
// ErrCurrency. A sum that doesn't fit an int64 panics with one that wraps
// ErrRange. Both are programming errors, because Parse limits inputs and a
// ledger account has one currency. Use Sum if the currencies may differ.
type Amount struct {
	minor    int64
	currency Currency
}

// New returns an amount of minor units: New(150000, CNY) is 1500.00 CNY. It
// panics on an unknown currency.
func New(minor int64, c Currency) Amount {
	c.Exponent()
	return Amount{minor, c}
}

// Zero returns a zero amount of a currency.
func Zero(c Currency) Amount { return New(0, c) }

// Parse parses an amount in major units ("1500", "1500.00", "-0.5"): plain
// notation in ASCII digits, with no more decimals than the currency has and at
// most MaxMinor minor units. Errors: ErrSyntax, ErrPrecision, ErrRange,
// ErrCurrency.
func Parse(decimal string, c Currency) (Amount, error) {
	d, err := ParseDecimal(decimal)
	if err != nil {
		return Amount{}, err
	}
	return Exact(d, c)
}

// Exact converts a decimal number of major units to an amount, without
// rounding. If it has more decimals than the currency, not counting trailing
// zeros, it returns ErrPrecision.
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

// Minor returns the number of minor units.
func (a Amount) Minor() int64 { return a.minor }

// Currency returns the amount's currency; it is empty for the zero Amount.
func (a Amount) Currency() Currency { return a.currency }

// Amount returns the number of major units, with all decimals of the currency.
// It is the field `amount` of the API's Money.
func (a Amount) Amount() Decimal { return Decimal{apd.New(a.minor, -int32(exponents[a.currency]))} }

// Add returns a + b. See Amount for when it panics.
func (a Amount) Add(b Amount) Amount {
	c := common(a, b)
	sum := a.minor + b.minor
	if (sum > a.minor) != (b.minor > 0) {
		panic(fmt.Errorf("%w: %d + %d", ErrRange, a.minor, b.minor))
	}
	return Amount{sum, c}
}

// Sub returns a - b. See Amount for when it panics.
func (a Amount) Sub(b Amount) Amount {
	c := common(a, b)
	diff := a.minor - b.minor
	if (diff < a.minor) != (b.minor > 0) {
		panic(fmt.Errorf("%w: %d - %d", ErrRange, a.minor, b.minor))
	}
	return Amount{diff, c}
}

// Neg returns -a.
func (a Amount) Neg() Amount {
	if a.minor == math.MinInt64 {
		panic(fmt.Errorf("%w: -(%d)", ErrRange, a.minor))
	}
	return Amount{-a.minor, a.currency}
}

// Cmp returns -1, 0 or 1 if a is less than, equal to or greater than b. See
// Amount for when it panics.
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

// Less reports whether a < b.
func (a Amount) Less(b Amount) bool { return a.Cmp(b) < 0 }

// Min returns the smaller of two amounts.
func (a Amount) Min(b Amount) Amount {
	c := common(a, b)
	return Amount{min(a.minor, b.minor), c}
}

// Sign returns -1, 0 or 1.
func (a Amount) Sign() int {
	switch {
	case a.minor < 0:
		return -1
	case a.minor > 0:
		return 1
	}
	return 0
}

// IsZero reports whether the amount is zero, in any currency.
func (a Amount) IsZero() bool { return a.minor == 0 }

// Sum adds amounts. It returns ErrCurrency or ErrRange where Add would panic.
// The sum of no amounts is the zero Amount.
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

// common returns the currency of both amounts.
func common(a, b Amount) Currency {
	switch {
	case a.currency == b.currency, b.currency == "" && b.minor == 0:
		return a.currency
	case a.currency == "" && a.minor == 0:
		return b.currency
	}
	panic(fmt.Errorf("%w: %s and %s in one sum", ErrCurrency, a.currency, b.currency))
}

// String returns the number of major units with all decimals of the currency,
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

// wire is the JSON form of an amount, as in the API's Money.
type wire struct {
	Amount   string   `json:"amount"`
	Currency Currency `json:"currency"`
}

// MarshalJSON writes {"amount":"1500.00","currency":"CNY"}.
func (a Amount) MarshalJSON() ([]byte, error) {
	return json.Marshal(wire{a.String(), a.currency})
}

// UnmarshalJSON reads what MarshalJSON writes. A JSON number is an error,
// because the JSON reader may have rounded it.
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

// parseStored parses an amount that Portico wrote itself. Such a sum may exceed
// MaxMinor.
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

// Input is the API's MoneyInput: an amount that isn't checked yet for its
// currency.
type Input struct {
	// Amount is in major units.
	Amount Decimal `json:"amount"`
	// Currency is the currency of the amount.
	Currency Currency `json:"currency"`
}

// Exact converts the input to an Amount. It has the errors of the function
// Exact.
func (i Input) Exact() (Amount, error) { return Exact(i.Amount, i.Currency) }
