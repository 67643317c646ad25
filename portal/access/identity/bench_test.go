package identity

import "testing"

// The processor time of the operations that visitors may send. `@cost` in the
// schema follows these figures.

func BenchmarkHash(b *testing.B) {
	for b.Loop() {
		if _, err := Standard.Hash("correct horse battery 47"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEstimate estimates passwords that take long to estimate.
func BenchmarkEstimate(b *testing.B) {
	const hostile = "4$|([1!8<5[$|4{1(0!@+7%2[8|1!$3(4|{1[0$5"
	for b.Loop() {
		_ = checkStrength(hostile)
	}
}

func BenchmarkDraw(b *testing.B) {
	for b.Loop() {
		if _, err := draw([]byte{1, 2, 3, 4, 5, 6}); err != nil {
			b.Fatal(err)
		}
	}
}
