package main

import (
	"path/filepath"
	"testing"
)

// A measurement must measure what really happens: the run of bills checks each
// bill, and would otherwise fail on the day of the measurement.
func TestARunOfBillsIsRight(t *testing.T) {
	if _, err := (settings{}).billRun(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "bills.db"), 20); err != nil {
		t.Fatal(err)
	}
}
