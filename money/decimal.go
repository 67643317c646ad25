package money

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// Bounds of a Decimal that comes in or is stored: digits before and after the
// point. Its text has at most MaxText characters, which a column must hold.
const (
	MaxWhole = 20
	MaxScale = 18
	MaxText  = 1 + MaxWhole + 1 + MaxScale
)

// Decimal is an immutable exact decimal number: a unit price, a rate, a
// quantity. It keeps the decimals that it was written with ("0.0280"), and
// compares by value (Cmp, Equal; not ==). The zero Decimal is 0. Sums and
// products are exact and may outgrow the bounds; then Value refuses them.
type Decimal struct{ d *apd.Decimal }

var nought apd.Decimal

func (d Decimal) apd() *apd.Decimal {
	if d.d == nil {
		return &nought
	}
	return d.d
}

// ParseDecimal reads plain notation: an optional sign, ASCII digits, and
// perhaps a point between digits; no exponent, no grouping, no spaces, no
// NaN. Errors: ErrSyntax, ErrPrecision (more than MaxScale decimals), ErrRange
// (more than MaxWhole digits before the point).
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
	d, _, err := apd.NewFromString(s)
	if err != nil {
		return Decimal{}, fmt.Errorf("%w: %q", ErrSyntax, s)
	}
	if d.IsZero() {
		d.Negative = false
	}
	return Decimal{d}, nil
}

func plain(s string) bool {
	for _, r := range []byte(s) {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}

// MustDecimal is ParseDecimal for numbers written in the program; it panics on
// a wrong one.
func MustDecimal(s string) Decimal {
	d, err := ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

// NewDecimal is a whole number.
func NewDecimal(n int64) Decimal { return Decimal{apd.New(n, 0)} }

// Micros is a number of millionths, as quantities of usage are kept; it is
// written without trailing zeros.
func Micros(n int64) Decimal {
	d := apd.New(n, -6)
	d.Reduce(d)
	return Decimal{d}
}

// Micros is the number in millionths; false where it has more than six
// decimals, trailing zeros aside, or doesn't fit.
func (d Decimal) Micros() (int64, bool) { return d.Mul(NewDecimal(1_000_000)).Int64() }

// exactly computes without rounding: precision 0 is apd's exact arithmetic for
// sums and products.
var exactly = apd.BaseContext

// of runs an exact operation of apd; such can only fail on exponents beyond
// what Decimals of bounded scale reach.
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

// Add is d + e, exact.
func (d Decimal) Add(e Decimal) Decimal {
	return of(func(r *apd.Decimal) (apd.Condition, error) { return exactly.Add(r, d.apd(), e.apd()) })
}

// Sub is d - e, exact.
func (d Decimal) Sub(e Decimal) Decimal {
	return of(func(r *apd.Decimal) (apd.Condition, error) { return exactly.Sub(r, d.apd(), e.apd()) })
}

// Mul is d x e, exact.
func (d Decimal) Mul(e Decimal) Decimal {
	return of(func(r *apd.Decimal) (apd.Condition, error) { return exactly.Mul(r, d.apd(), e.apd()) })
}

// Neg is -d.
func (d Decimal) Neg() Decimal { return Decimal{}.Sub(d) }

// Cmp is -1, 0 or 1 as d is less than, equal to or more than e: 0.50 equals 0.5.
func (d Decimal) Cmp(e Decimal) int { return d.apd().Cmp(e.apd()) }

// Equal tells whether both are the same number; go-cmp uses it.
func (d Decimal) Equal(e Decimal) bool { return d.Cmp(e) == 0 }

// Sign is -1, 0 or 1.
func (d Decimal) Sign() int { return d.apd().Sign() }

// IsZero tells whether the number is 0.
func (d Decimal) IsZero() bool { return d.apd().IsZero() }

// IsInt tells whether the number is whole: 3.00 is.
func (d Decimal) IsInt() bool { return d.rat().IsInt() }

// Int64 is a whole number as an int64; false where it isn't whole or doesn't fit.
func (d Decimal) Int64() (int64, bool) {
	r := d.rat()
	return r.Num().Int64(), r.IsInt() && r.Num().IsInt64()
}

// String is plain notation with the decimals as written: "0.0280", never "2.8E-2".
func (d Decimal) String() string { return d.apd().Text('f') }

// rat is the number as a fraction; its size is that of the number.
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

// UnmarshalText reads plain notation within the bounds.
func (d *Decimal) UnmarshalText(b []byte) error {
	p, err := ParseDecimal(string(b))
	if err == nil {
		*d = p
	}
	return err
}

// MarshalJSON writes a string: "0.0280".
func (d Decimal) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON reads a string, or a number in plain notation, exactly as it
// was written.
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

// UnmarshalGQL reads the scalar Decimal: a string, or a number that nobody
// has rounded yet. A float64 has been, and is refused.
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

// Value stores the text; a number beyond the bounds is ErrRange or ErrPrecision.
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
