package money_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"
	"pgregory.net/rapid"

	"portico/money"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in    string
		cur   money.Currency
		minor int64
		err   error
	}{
		{"1500.00", money.CNY, 150000, nil},
		{"1500", money.CNY, 150000, nil},
		{"1500.0000", money.CNY, 150000, nil},
		{"0.01", money.USD, 1, nil},
		{"-0.05", money.EUR, -5, nil},
		{"-0", money.CNY, 0, nil},
		{"0012.30", money.CNY, 1230, nil},
		{"1200", money.JPY, 1200, nil},
		{"9999999999999.99", money.CNY, money.MaxMinor, nil},
		{"10000000000000.00", money.CNY, 0, money.ErrRange},
		{"-10000000000000.00", money.CNY, 0, money.ErrRange},
		{"100000000000000000000000000000", money.CNY, 0, money.ErrRange},
		{strings.Repeat("0", 1000) + "1", money.CNY, 0, money.ErrRange},
		{"0.001", money.CNY, 0, money.ErrPrecision},
		{"1.5", money.JPY, 0, money.ErrPrecision},
		{"0.0000000000000000000", money.CNY, 0, money.ErrPrecision},
		{"1", "XYZ", 0, money.ErrCurrency},
		{"1", "", 0, money.ErrCurrency},
		{"1e3", money.CNY, 0, money.ErrSyntax},
		{"1E999999999", money.CNY, 0, money.ErrSyntax},
		{"NaN", money.CNY, 0, money.ErrSyntax},
		{"Infinity", money.CNY, 0, money.ErrSyntax},
		{"", money.CNY, 0, money.ErrSyntax},
		{"-", money.CNY, 0, money.ErrSyntax},
		{".", money.CNY, 0, money.ErrSyntax},
		{".5", money.CNY, 0, money.ErrSyntax},
		{"5.", money.CNY, 0, money.ErrSyntax},
		{"+5", money.CNY, 0, money.ErrSyntax},
		{"--5", money.CNY, 0, money.ErrSyntax},
		{"1,500.00", money.CNY, 0, money.ErrSyntax},
		{" 1", money.CNY, 0, money.ErrSyntax},
		{"1_000", money.CNY, 0, money.ErrSyntax},
		{"0x10", money.CNY, 0, money.ErrSyntax},
		{"\uff11\uff10\uff10", money.CNY, 0, money.ErrSyntax},
		{"1.2.3", money.CNY, 0, money.ErrSyntax},
	} {
		a, err := money.Parse(c.in, c.cur)
		if !errors.Is(err, c.err) || a.Minor() != c.minor {
			t.Errorf("Parse(%.40q, %s) = %d, %v; want %d, %v", c.in, c.cur, a.Minor(), err, c.minor, c.err)
		}
		if err == nil && a.Currency() != c.cur {
			t.Errorf("Parse(%q, %s) is in %s", c.in, c.cur, a.Currency())
		}
	}
}

func TestString(t *testing.T) {
	for want, a := range map[string]money.Amount{
		"1500.00": money.New(150000, money.CNY), "-0.05": money.New(-5, money.CNY),
		"0.00": money.Zero(money.CNY), "0": {}, "1200": money.New(1200, money.JPY),
		"-92233720368547758.08": money.New(math.MinInt64, money.CNY),
	} {
		if a.String() != want || a.Amount().String() != want {
			t.Errorf("%d %s is written %s, as a decimal %s; want %s", a.Minor(), a.Currency(), a, a.Amount(), want)
		}
	}
}

// The figures of the demonstration month.
func TestCharge(t *testing.T) {
	for _, c := range []struct{ quantity, per, price, want string }{
		{"1234.5", "1", "0.0280", "34.57"},
		{"123456", "1000", "0.35", "43.21"},
		{"20000", "1", "0.0280", "560.00"},
		{"1", "1", "1500.00", "1500.00"},
		{"1", "1", "0.005", "0.00"},
		{"3", "1", "0.005", "0.02"},
		{"5", "1", "0.005", "0.02"},
		{"1", "1", "0.0050000000001", "0.01"},
		{"-3", "1", "0.005", "-0.02"},
		{"-1", "1", "0.005", "0.00"},
		{"1", "3", "1", "0.33"},
		{"2", "3", "1", "0.67"},
		{"0", "1", "1", "0.00"},
	} {
		a, err := money.Charge(dec(c.quantity), dec(c.per), dec(c.price), money.CNY)
		if err != nil || a.String() != c.want {
			t.Errorf("%s / %s x %s = %s, %v; want %s", c.quantity, c.per, c.price, a, err, c.want)
		}
	}
	for _, c := range []struct {
		quantity, per, price string
		cur                  money.Currency
		err                  error
	}{
		{"1", "0", "1", money.CNY, money.ErrRange},
		{"1", "-1", "1", money.CNY, money.ErrRange},
		{"10000000000000", "1", "1", money.CNY, money.ErrRange},
		{"1", "1", "1", "BTC", money.ErrCurrency},
	} {
		if a, err := money.Charge(dec(c.quantity), dec(c.per), dec(c.price), c.cur); !errors.Is(err, c.err) {
			t.Errorf("%s / %s x %s %s = %s, %v; want %v", c.quantity, c.per, c.price, c.cur, a, err, c.err)
		}
	}
}

func TestSumRefusesMixedCurrenciesAndOverflow(t *testing.T) {
	cny, usd, huge := money.New(1, money.CNY), money.New(1, money.USD), money.New(math.MaxInt64, money.CNY)
	if _, err := money.Sum(cny, usd); !errors.Is(err, money.ErrCurrency) {
		t.Errorf("CNY + USD gives %v", err)
	}
	if _, err := money.Sum(huge, cny); !errors.Is(err, money.ErrRange) {
		t.Errorf("overflow gives %v", err)
	}
	if s, err := money.Sum(); err != nil || s != (money.Amount{}) {
		t.Errorf("the sum of none is %v, %v", s, err)
	}
	if s, err := money.Sum(cny, cny, cny); err != nil || s != money.New(3, money.CNY) {
		t.Errorf("1+1+1 = %v, %v", s, err)
	}
	for name, f := range map[string]func(){
		"Add":    func() { cny.Add(usd) },
		"Sub":    func() { cny.Sub(usd) },
		"Cmp":    func() { cny.Cmp(usd) },
		"Min":    func() { cny.Min(usd) },
		"over":   func() { huge.Add(cny) },
		"under":  func() { huge.Neg().Sub(cny).Sub(cny) },
		"negate": func() { money.New(math.MinInt64, money.CNY).Neg() },
		"New":    func() { money.New(1, "XYZ") },
	} {
		err := recovered(f)
		if !errors.Is(err, money.ErrCurrency) && !errors.Is(err, money.ErrRange) {
			t.Errorf("%s panics with %v", name, err)
		}
	}
}

func recovered(f func()) (err error) {
	defer func() { err, _ = recover().(error) }()
	f()
	return nil
}

func TestAmountJSON(t *testing.T) {
	b, err := json.Marshal(money.New(150000, money.CNY))
	if err != nil || string(b) != `{"amount":"1500.00","currency":"CNY"}` {
		t.Fatalf("%s, %v", b, err)
	}
	for _, s := range []string{`{"amount":1500,"currency":"CNY"}`, `{"currency":"CNY"}`, `{"amount":"1"}`, `{"amount":"1.001","currency":"CNY"}`,
		`{"amount":"1","currency":"cny"}`, `{"amount":"1e2","currency":"CNY"}`, `"1"`, `{"amount":"99999999999999999999","currency":"JPY"}`} {
		a := money.New(7, money.CNY)
		if err := json.Unmarshal([]byte(s), &a); err == nil || a != money.New(7, money.CNY) {
			t.Errorf("%s is read as %v %s, %v", s, a, a.Currency(), err)
		}
	}
}

func TestInput(t *testing.T) {
	a, err := money.Input{Amount: dec("12.30"), Currency: money.CNY}.Exact()
	if err != nil || a != money.New(1230, money.CNY) {
		t.Errorf("%v, %v", a, err)
	}
	if _, err := (money.Input{Amount: dec("12.301"), Currency: money.CNY}).Exact(); !errors.Is(err, money.ErrPrecision) {
		t.Errorf("a tenth of a fen gives %v", err)
	}
}

func TestCurrency(t *testing.T) {
	for _, c := range money.Currencies() {
		var g, s money.Currency
		var b bytes.Buffer
		c.MarshalGQL(&b)
		v, err := c.Value()
		if err != nil || g.UnmarshalGQL(c.String()) != nil || s.Scan(v) != nil || g != c || s != c || b.String() != `"`+string(c)+`"` {
			t.Errorf("%s: %s %s %s", c, g, s, b.String())
		}
	}
	for _, bad := range []any{"cny", "", "CNY ", "BTC", 1, nil} {
		c := money.EUR
		if err := c.UnmarshalGQL(bad); !errors.Is(err, money.ErrCurrency) || c != money.EUR {
			t.Errorf("%v is read as %s, %v", bad, c, err)
		}
		if err := c.Scan(bad); !errors.Is(err, money.ErrCurrency) || c != money.EUR {
			t.Errorf("%v is scanned as %s, %v", bad, c, err)
		}
	}
	if _, err := money.Currency("BTC").Value(); !errors.Is(err, money.ErrCurrency) {
		t.Errorf("BTC is stored: %v", err)
	}
}

func TestDecimalGQL(t *testing.T) {
	for _, c := range []struct {
		in   any
		want string
		err  error
	}{
		{"0.0280", "0.0280", nil}, {json.Number("1234.5"), "1234.5", nil}, {int64(-7), "-7", nil}, {7, "7", nil},
		{1.5, "", money.ErrSyntax}, {json.Number("1e3"), "", money.ErrSyntax}, {true, "", money.ErrSyntax}, {nil, "", money.ErrSyntax},
		{"0.1234567890123456789", "", money.ErrPrecision}, {"123456789012345678901", "", money.ErrRange},
	} {
		d := dec("42")
		err := d.UnmarshalGQL(c.in)
		if !errors.Is(err, c.err) || err == nil && d.String() != c.want || err != nil && d.String() != "42" {
			t.Errorf("%v is read as %s, %v; want %s, %v", c.in, d, err, c.want, c.err)
		}
	}
	var zero money.Decimal
	var b bytes.Buffer
	zero.MarshalGQL(&b)
	if b.String() != `"0"` || !zero.IsZero() || !zero.Equal(dec("-0.00")) || dec("-0.00").String() != "0.00" {
		t.Errorf("zero is written %s, %s", b.String(), dec("-0.00"))
	}
}

func TestDecimalBeyondItsBoundsIsNotStored(t *testing.T) {
	d := dec("0.000000000000000001")
	if _, err := d.Mul(d).Value(); !errors.Is(err, money.ErrPrecision) {
		t.Errorf("36 decimals: %v", err)
	}
	d = dec("99999999999999999999")
	if _, err := d.Add(d).Value(); !errors.Is(err, money.ErrRange) {
		t.Errorf("21 digits: %v", err)
	}
	if v, err := d.Neg().Value(); err != nil || v != "-99999999999999999999" {
		t.Errorf("20 digits: %v, %v", v, err)
	}
	for _, src := range []any{"1e2", 1.5, nil, true} {
		if err := d.Scan(src); err == nil {
			t.Errorf("%v is scanned", src)
		}
	}
}

func dec(s string) money.Decimal { return money.MustDecimal(s) }

func rat(t *rapid.T, d money.Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		t.Fatalf("%s isn't a number", d)
	}
	return r
}

var decimals = rapid.Custom(func(t *rapid.T) money.Decimal {
	return dec(rapid.StringMatching(`-?[0-9]{1,20}(\.[0-9]{1,18})?`).Draw(t, "decimal"))
})

func TestDecimalIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := decimals.Draw(t, "a"), decimals.Draw(t, "b")
		x, y := rat(t, a), rat(t, b)
		for name, c := range map[string]struct {
			got  money.Decimal
			want *big.Rat
		}{
			"add": {a.Add(b), new(big.Rat).Add(x, y)}, "sub": {a.Sub(b), new(big.Rat).Sub(x, y)},
			"mul": {a.Mul(b), new(big.Rat).Mul(x, y)}, "neg": {a.Neg(), new(big.Rat).Neg(x)},
		} {
			if rat(t, c.got).Cmp(c.want) != 0 {
				t.Fatalf("%s of %s and %s is %s", name, a, b, c.got)
			}
		}
		if a.Cmp(b) != x.Cmp(y) || a.Sign() != x.Sign() || a.IsInt() != x.IsInt() {
			t.Fatalf("%s against %s", a, b)
		}
		var j, s money.Decimal
		text, _ := json.Marshal(a)
		v, err := a.Value()
		if err != nil || json.Unmarshal(text, &j) != nil || s.Scan(v) != nil || j.String() != a.String() || s.String() != a.String() || len(a.String()) > money.MaxText {
			t.Fatalf("%s comes back as %s, %s: %v", a, j, s, err)
		}
	})
}

// Charge is compared with another rounding: the integer nearest to the exact
// fraction, or the even one of two.
func TestChargeRoundsOnceHalfToEven(t *testing.T) {
	small := rapid.Custom(func(t *rapid.T) money.Decimal {
		return dec(rapid.StringMatching(`-?[0-9]{1,5}(\.[0-9]{1,4})?`).Draw(t, "number"))
	})
	rapid.Check(t, func(t *rapid.T) {
		quantity, price := small.Draw(t, "quantity"), small.Draw(t, "price")
		per := money.NewDecimal(rapid.SampledFrom([]int64{1, 2, 3, 8, 1000}).Draw(t, "per"))
		cur := rapid.SampledFrom(money.Currencies()).Draw(t, "currency")
		got, err := money.Charge(quantity, per, price, cur)
		if err != nil {
			t.Fatal(err)
		}
		exact := new(big.Rat).Mul(rat(t, quantity), rat(t, price))
		exact.Quo(exact, rat(t, per))
		for range cur.Exponent() {
			exact.Mul(exact, big.NewRat(10, 1))
		}
		off := new(big.Rat).Sub(exact, new(big.Rat).SetInt64(got.Minor()))
		switch off.Abs(off).Cmp(big.NewRat(1, 2)) {
		case 1:
			t.Fatalf("%s / %s x %s = %s, exactly %s minor units", quantity, per, price, got, exact.FloatString(6))
		case 0:
			if got.Minor()%2 != 0 {
				t.Fatalf("%s / %s x %s = %s: half went to odd", quantity, per, price, got)
			}
		}
	})
}

func TestAmountIsExact(t *testing.T) {
	amounts := rapid.Custom(func(t *rapid.T) money.Amount {
		return money.New(rapid.Int64().Draw(t, "minor"), money.CNY)
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := amounts.Draw(t, "a"), amounts.Draw(t, "b")
		x, y := big.NewInt(a.Minor()), big.NewInt(b.Minor())
		for name, c := range map[string]struct {
			op   func() money.Amount
			want *big.Int
		}{
			"add": {func() money.Amount { return a.Add(b) }, new(big.Int).Add(x, y)},
			"sub": {func() money.Amount { return a.Sub(b) }, new(big.Int).Sub(x, y)},
			"neg": {func() money.Amount { return a.Neg() }, new(big.Int).Neg(x)},
		} {
			var got money.Amount
			err := recovered(func() { got = c.op() })
			if c.want.IsInt64() != (err == nil) || err == nil && got.Minor() != c.want.Int64() {
				t.Fatalf("%s of %d and %d = %d, %v", name, a.Minor(), b.Minor(), got.Minor(), err)
			}
		}
		if a.Cmp(b) != x.Cmp(y) || a.Sign() != x.Sign() || a.Less(b) != (x.Cmp(y) < 0) {
			t.Fatalf("%s against %s", a, b)
		}
		var back money.Amount
		text, err := json.Marshal(a)
		if err != nil || json.Unmarshal(text, &back) != nil || back != a {
			t.Fatalf("%s comes back as %s", text, back)
		}
		p, err := money.Parse(a.String(), money.CNY)
		if fits := x.CmpAbs(big.NewInt(money.MaxMinor)) <= 0; fits != (err == nil) || fits && p != a {
			t.Fatalf("%s is parsed as %s, %v", a, p, err)
		}
	})
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"0", "-1.50", "1e9", "00.000", "..", "９"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := money.ParseDecimal(s)
		if err != nil {
			return
		}
		if again, err := money.ParseDecimal(d.String()); err != nil || !again.Equal(d) || len(d.String()) > money.MaxText {
			t.Fatalf("%q is written %q", s, d)
		}
	})
}

func TestMicros(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "9223372036854.775807": math.MaxInt64, "-9223372036854.775807": -math.MaxInt64, "100": 100_000_000, "1234.5": 1_234_500_000, "0.000001": 1, "-2.50": -2_500_000} {
		d := money.MustDecimal(text)
		if n, ok := d.Micros(); !ok || n != want {
			t.Errorf("%s has %d millionths, %v", text, n, ok)
		}
		if back := money.Micros(want); !back.Equal(d) || strings.HasSuffix(back.String(), ".0") {
			t.Errorf("%d millionths are %s", want, back)
		}
	}
	if s := money.Micros(100_000_000).String(); s != "100" {
		t.Errorf("a hundred is written %s", s)
	}
	for text, want := range map[string]int64{"1.50000000": 1_500_000, "-9223372036854.775808": math.MinInt64} {
		if n, ok := money.MustDecimal(text).Micros(); !ok || n != want {
			t.Errorf("%s has %d millionths, %v", text, n, ok)
		}
	}
	for _, text := range []string{"0.0000001", "99999999999999999999", "9223372036854.775808", "9223372036855", "922337203685477580.7"} {
		if n, ok := money.MustDecimal(text).Micros(); ok {
			t.Errorf("%s has %d millionths", text, n)
		}
	}
}

// A number of few digits is parsed without apd, as apd would parse it.
func TestShortNumbersAreParsedAsLongOnes(t *testing.T) {
	digits := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('0' + rand.IntN(10)*rand.IntN(2))
		}
		return string(b)
	}
	for range 20_000 {
		text := digits(1 + rand.IntN(12))
		if rand.IntN(3) > 0 {
			text += "." + digits(1+rand.IntN(12))
		}
		if rand.IntN(3) == 0 {
			text = "-" + text
		}
		want, _, err := apd.NewFromString(text)
		if err != nil {
			t.Fatal(err)
		}
		if want.IsZero() {
			want.Negative = false
		}
		if got, err := money.ParseDecimal(text); err != nil || got.String() != want.Text('f') {
			t.Fatalf("%s: %s %v, not %s", text, got, err, want.Text('f'))
		}
	}
}

// The number of an amount is its text.
func TestTheNumberOfAnAmountIsItsText(t *testing.T) {
	for _, c := range []money.Currency{money.CNY, money.USD, money.JPY} {
		for _, minor := range []int64{0, 1, -1, 9, 10, 99, 100, -100, 101, 150_000, money.MaxMinor, -money.MaxBalance, math.MaxInt64, math.MinInt64} {
			if a := money.New(minor, c); a.Amount().String() != a.String() {
				t.Errorf("%s %s: %s", a, c, a.Amount())
			}
		}
	}
	if zero := (money.Amount{}); zero.Amount().String() != zero.String() {
		t.Errorf("zero: %s", zero.Amount())
	}
}
