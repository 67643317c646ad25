package main

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/after.txt")

// testdata/before.txt is gqlgen's output for a small schema; testdata/after.txt
// is what inline makes of it.
func TestWhatIsMadeOfGeneratedCode(t *testing.T) {
	read := func(path string) []byte {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	before := read("testdata/before.txt")
	got, did, err := rewrite("before.go", before)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("testdata/after.txt", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if string(got) != string(read("testdata/after.txt")) {
		t.Errorf("it became, other than testdata/after.txt (go test ./cmd/inline -update writes it):\n%s", got)
	}
	for what, n := range map[string]int{value: 2, resolved: 2, slice: 1, inTurn: 2, object: 2} {
		if did[what] != n {
			t.Errorf("%d times %s, not %d", did[what], what, n)
		}
	}
	t.Run("what was rewritten isn't rewritten again", func(t *testing.T) {
		if _, _, err := rewrite("after.go", got); err == nil {
			t.Error("it was")
		}
	})
	t.Run("a file without any of it stays as it is", func(t *testing.T) {
		other := []byte("package generated\n\nfunc f() int { return 1 }\n")
		if got, _, err := rewrite("other.go", other); err != nil || string(got) != string(other) {
			t.Errorf("%v\n%s", err, got)
		}
	})
}
