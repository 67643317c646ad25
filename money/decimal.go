package money

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/big"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// The limits of a Decimal that is read or stored: the number of digits before
// and after the point. Its text has at most MaxText characters, which a column
// must be able to hold.
const (
	MaxWhole = 20
	MaxScale = 18
	MaxText  = 1 + MaxWhole + 1 + MaxScale
)

// Decimal is an immutable exact decimal number: a unit price, a rate, a
// quantity. It keeps the decimals with which it was written ("0.0280"). Compare
// Decimals by value, with Cmp or Equal, not with ==. The zero Decimal is 0.
// Sums and products are exact and may exceed the limits; Value then returns an
// error.
type Decimal struct{ d *apd.Decimal }

var nought apd.Decimal

func (d Decimal) apd() *apd.Decimal {
	if d.d == nil {
		return &nought
	}
	return d.d
}

// ParseDecimal parses plain notation: an optional sign, ASCII digits, and an
// optional point between digits. Exponents, digit grouping, spaces and NaN are
// errors. Errors: ErrSyntax, ErrPrecision (more than MaxScale decimals),
// ErrRange (more than MaxWhole digits before the point).
func ParseDecimal(s string) (Decimal, error) {
	digits := strings.TrimPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if len(s) > 2*MaxText {
		return Decimal{}, fmt.Errorf("%w: %d characters", ErrRange, len(s))
	}
	if !plain(whole) || point && !plain(fraction) {
		return Decimal{}, fmt.Errorf("%w: %q", ErrSyntax, s)
	}
	if len(strings.TrimLeft(whole, "0")) > MaxWhole {
		return Decimal{}, fmt.Errorf("%w: more than %d digits before the point", ErrRange, MaxWhole)
	}
	if len(fraction) > MaxScale {
		return Decimal{}, fmt.Errorf("%w: a number has at most %d", ErrPrecision, MaxScale)
	}
	if len(whole)+len(fraction) <= shortDigits {
		return short(whole, fraction, len(digits) < len(s)), nil
	}
	d, _, err := apd.NewFromString(s)
	if err != nil {
		return Decimal{}, fmt.Errorf("%w: %q", ErrSyntax, s)
	}
	if d.IsZero() {
		d.Negative = false
	}
	return Decimal{d}, nil
}

// shortDigits is the number of digits that an int64 always holds.
const shortDigits = 18

// short is the number of few digits.
func short(whole, fraction string, negative bool) Decimal {
	var n int64
	for _, part := range [2]string{whole, fraction} {
		for _, c := range []byte(part) {
			n = 10*n + int64(c-'0')
		}
	}
	if negative {
		n = -n
	}
	return Decimal{apd.New(n, -int32(len(fraction)))}
}

func plain(s string) bool {
	for _, r := range []byte(s) {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}

// MustDecimal is like ParseDecimal, for numbers that are written in the
// program. It panics on an invalid one.
func MustDecimal(s string) Decimal {
	d, err := ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

// NewDecimal returns a whole number as a Decimal.
func NewDecimal(n int64) Decimal { return Decimal{apd.New(n, 0)} }

// Micros returns a number of millionths as a Decimal without trailing zeros.
// Quantities of usage are stored in millionths.
func Micros(n int64) Decimal {
	d := apd.New(n, -6)
	d.Reduce(d)
	return Decimal{d}
}

// Micros returns the number in millionths. It returns false if the number has
// more than six decimals, not counting trailing zeros, or doesn't fit.
func (d Decimal) Micros() (int64, bool) {
	if a := d.apd(); a.Form == apd.Finite && a.Exponent <= 0 && a.Exponent >= -6 && a.Coeff.IsInt64() {
		n := a.Coeff.Int64()
		for range 6 + a.Exponent {
			if n > math.MaxInt64/10 {
				return d.Mul(NewDecimal(1_000_000)).Int64()
			}
			n *= 10
		}
		if a.Negative {
			n = -n
		}
		return n, true
	}
	return d.Mul(NewDecimal(1_000_000)).Int64()
}

// exactly is the context for exact computation: with precision 0, apd doesn't
// round sums and products.
var exactly = apd.BaseContext

// of runs an exact operation of apd. It can only fail on exponents that
// Decimals of limited scale never reach.
func of(op func(d *apd.Decimal) (apd.Condition, error)) Decimal {
	d := new(apd.Decimal)
	if _, err := op(d); err != nil {
		panic(fmt.Errorf("%w: %w", ErrRange, err))
	}
	if d.IsZero() {
		d.Negative = false
	}
	return Decimal{d}
}

// Add returns d + e, exactly.
func (d Decimal) Add(e Decimal) Decimal {
	return of(func(r *apd.Decimal) (apd.Condition, error) { return exactly.Add(r, d.apd(), e.apd()) })
}

// Sub returns d - e, exactly.
func (d Decimal) Sub(e Decimal) Decimal {
	return of(func(r *apd.Decimal) (apd.Condition, error) { return exactly.Sub(r, d.apd(), e.apd()) })
}

// Mul returns d x e, exactly.
func (d Decimal) Mul(e Decimal) Decimal {
	return of(func(r *apd.Decimal) (apd.Condition, error) { return exactly.Mul(r, d.apd(), e.apd()) })
}

// Neg returns -d.
func (d Decimal) Neg() Decimal { return Decimal{}.Sub(d) }

// Cmp returns -1, 0 or 1 if d is less than, equal to or greater than e. 0.50
// equals 0.5.
func (d Decimal) Cmp(e Decimal) int { return d.apd().Cmp(e.apd()) }

// Equal reports whether both are the same number. go-cmp uses it.
func (d Decimal) Equal(e Decimal) bool { return d.Cmp(e) == 0 }

// Sign returns -1, 0 or 1.
func (d Decimal) Sign() int { return d.apd().Sign() }

// IsZero reports whether the number is 0.
func (d Decimal) IsZero() bool { return d.apd().IsZero() }

// IsInt reports whether the number is whole. 3.00 is.
func (d Decimal) IsInt() bool { return d.rat().IsInt() }

// Int64 returns a whole number as an int64. It returns false if the number
// isn't whole or doesn't fit.
func (d Decimal) Int64() (int64, bool) {
	r := d.rat()
	return r.Num().Int64(), r.IsInt() && r.Num().IsInt64()
}

// String returns plain notation with the decimals as written: "0.0280", never
// "2.8E-2".
func (d Decimal) String() string { return string(d.Append(nil)) }

// Append appends the number in plain notation.
func (d Decimal) Append(b []byte) []byte { return d.apd().Append(b, 'f') }

// rat returns the number as a fraction. Its size is proportional to that of the
// number.
func (d Decimal) rat() *big.Rat {
	a := d.apd()
	n := new(big.Int).Set(a.Coeff.MathBigInt())
	if a.Negative {
		n.Neg(n)
	}
	if a.Exponent >= 0 {
		return new(big.Rat).SetInt(n.Mul(n, pow10(int64(a.Exponent))))
	}
	return new(big.Rat).SetFrac(n, pow10(-int64(a.Exponent)))
}

func pow10(n int64) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil) }

// MarshalText writes plain notation.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads plain notation within the limits.
func (d *Decimal) UnmarshalText(b []byte) error {
	p, err := ParseDecimal(string(b))
	if err == nil {
		*d = p
	}
	return err
}

// MarshalJSON writes a string: "0.0280".
func (d Decimal) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON reads a string, or a number in plain notation, exactly as it is
// written.
func (d *Decimal) UnmarshalJSON(b []byte) error {
	s := string(b)
	if strings.HasPrefix(s, `"`) {
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
	}
	return d.UnmarshalText([]byte(s))
}

// MarshalGQL writes the scalar Decimal, a string.
func (d Decimal) MarshalGQL(w io.Writer) { writeString(w, d.String()) }

// UnmarshalGQL reads the scalar Decimal: a string, or a number that hasn't been
// rounded yet. A float64 is an error, because it has been rounded.
func (d *Decimal) UnmarshalGQL(v any) error {
	switch v := v.(type) {
	case string:
		return d.UnmarshalText([]byte(v))
	case json.Number:
		return d.UnmarshalText([]byte(v))
	case int64:
		*d = NewDecimal(v)
		return nil
	case int:
		*d = NewDecimal(int64(v))
		return nil
	case float64:
		return fmt.Errorf("%w: send a number with decimals as a string", ErrSyntax)
	}
	return fmt.Errorf("%w: a decimal is a string, not %T", ErrSyntax, v)
}

// Value stores the text. A number beyond the limits is ErrRange or
// ErrPrecision.
func (d Decimal) Value() (driver.Value, error) {
	s := d.String()
	if _, err := ParseDecimal(s); err != nil {
		return nil, err
	}
	return s, nil
}

// Scan reads a stored number.
func (d *Decimal) Scan(src any) error {
	switch v := src.(type) {
	case string:
		return d.UnmarshalText([]byte(v))
	case []byte:
		return d.UnmarshalText(v)
	case int64:
		*d = NewDecimal(v)
		return nil
	}
	return fmt.Errorf("%w: stored as %T", ErrSyntax, src)
}
