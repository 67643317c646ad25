package ent_test

import (
	"testing"

	"portico/ent"
)

func TestPersonalDataIsMasked(t *testing.T) {
	for plain, want := range map[string]string{
		"+8613800138000": "+86****8000", "a@example.com": "a***@example.com", "lin.yi@example.com": "l***@example.com", "林@example.com": "林***@example.com",
		"91330100MA27ABCD1X": "913****CD1X", "1234567890": "1****0", "123456": "1****6", "12345": "****", "": "****", "@": "****", "a@b@c.example": "a@b****mple",
	} {
		if got := ent.Masked(plain); got != want {
			t.Errorf("%q: %q, want %q", plain, got, want)
		}
	}
}
