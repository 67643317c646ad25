package identity

import "testing"

// What the operations of a visitor cost in processor time: `@cost` of the schema
// follows these.

func BenchmarkHash(b *testing.B) {
	for b.Loop() {
		if _, err := hashPassword("correct horse battery 47"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEstimate judges what is dear to judge.
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
