package rating_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"portico/money"
	"portico/portal/offer/rating"
)

// 3.4: a rate charges what money.Charge does, to the fen.
func TestARateChargesTheSame(t *testing.T) {
	draw := func(t *rapid.T, name string) money.Decimal {
		s := fmt.Sprint(rapid.Int64Range(0, rapid.SampledFrom([]int64{0, 9, 10_000, math.MaxInt64}).Draw(t, name+" size")).Draw(t, name))
		if places := rapid.IntRange(0, 9).Draw(t, name+" places"); places > 0 {
			s = strings.Repeat("0", places) + s
			s = s[:len(s)-places] + "." + s[len(s)-places:]
			s = strings.TrimLeft(s[:strings.IndexByte(s, '.')-1], "0") + s[strings.IndexByte(s, '.')-1:]
		}
		return money.MustDecimal(s)
	}
	rapid.Check(t, func(t *rapid.T) {
		per, price := draw(t, "per"), draw(t, "price")
		c := rapid.SampledFrom([]money.Currency{money.CNY, money.JPY}).Draw(t, "currency")
		micros := rapid.Int64Range(-1, rapid.SampledFrom([]int64{10, 1_000_000, 1_000_000_000_000, math.MaxInt64}).Draw(t, "most")).Draw(t, "micros")
		want, wrong := money.Charge(money.Micros(micros), per, price, c)
		got, err := rating.RateOf(per, price, c).Charge(micros)
		if got != want || (err == nil) != (wrong == nil) || err != nil && err.Error() != wrong.Error() {
			t.Fatalf("%d at %s per %s: %v %v, want %v %v", micros, price, per, got, err, want, wrong)
		}
	})
	for micros, want := range map[int64]int64{1_250_000: 4, 3_750_000: 10, 6_250_000: 18, 0: 0, 1_234_500_000: 3457} { // half to even
		if got, err := rating.RateOf(money.MustDecimal("1"), money.MustDecimal("0.0280"), money.CNY).Charge(micros); err != nil || got.Minor() != want {
			t.Errorf("%d: %v, %v", micros, got, err)
		}
	}
	rate := rating.RateOf(money.MustDecimal("1000"), money.MustDecimal("0.35"), money.CNY)
	if n := testing.AllocsPerRun(100, func() { _, _ = rate.Charge(123_456_000_000) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
