package money

import (
	"database/sql/driver"
	"fmt"
	"io"
	"strconv"
)

// Currency is an ISO 4217 code in capital letters. Only the currencies of the
// table below are permitted. Only the zero Amount has an empty currency.
type Currency string

// The supported currencies. To add one, add it here and in exponents.
const (
	CNY Currency = "CNY"
	USD Currency = "USD"
	EUR Currency = "EUR"
	HKD Currency = "HKD"
	SGD Currency = "SGD"
	JPY Currency = "JPY"
)

// exponents holds the number of decimals of each currency: its minor unit is
// 10^-exponent of the major one.
var exponents = map[Currency]int{CNY: 2, USD: 2, EUR: 2, HKD: 2, SGD: 2, JPY: 0}

// Currencies lists the known currencies. The currency of the demonstration is
// the first.
func Currencies() []Currency { return []Currency{CNY, USD, EUR, HKD, SGD, JPY} }

// ParseCurrency parses a code exactly: capital letters, no spaces. An unknown
// code is an ErrCurrency.
func ParseCurrency(code string) (Currency, error) {
	c := Currency(code)
	if !c.Known() {
		return "", fmt.Errorf("%w: unknown code %.8q", ErrCurrency, code)
	}
	return c, nil
}

// Known reports whether the currency is in the table.
func (c Currency) Known() bool {
	_, ok := exponents[c]
	return ok
}

// Exponent returns the number of decimals of the currency. It panics on an
// unknown one, which Parse, Scan and UnmarshalGQL never return.
func (c Currency) Exponent() int {
	e, ok := exponents[c]
	if !ok {
		panic(fmt.Errorf("%w: unknown code %.8q", ErrCurrency, string(c)))
	}
	return e
}

// String returns the code.
func (c Currency) String() string { return string(c) }

// MarshalGQL writes the scalar CurrencyCode, or the enum of that name.
func (c Currency) MarshalGQL(w io.Writer) { writeString(w, string(c)) }

// UnmarshalGQL reads the scalar CurrencyCode. An unknown code is an error.
func (c *Currency) UnmarshalGQL(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("%w: a currency is a string, not %T", ErrCurrency, v)
	}
	return c.UnmarshalText([]byte(s))
}

// UnmarshalText reads a code, for instance from JSON or from a query string.
func (c *Currency) UnmarshalText(b []byte) error {
	p, err := ParseCurrency(string(b))
	if err == nil {
		*c = p
	}
	return err
}

// Value stores the code.
func (c Currency) Value() (driver.Value, error) {
	if !c.Known() {
		return nil, fmt.Errorf("%w: unknown code %.8q", ErrCurrency, string(c))
	}
	return string(c), nil
}

// Scan reads a stored code.
func (c *Currency) Scan(src any) error {
	switch v := src.(type) {
	case string:
		return c.UnmarshalText([]byte(v))
	case []byte:
		return c.UnmarshalText(v)
	}
	return fmt.Errorf("%w: stored as %T", ErrCurrency, src)
}

// writeString writes s as a JSON string. It must contain only ASCII without
// quotes.
func writeString(w io.Writer, s string) { _, _ = io.WriteString(w, strconv.Quote(s)) }
