package main

import (
	"path/filepath"
	"testing"

	"portico/portaltest"
)

// A measurement must measure what really happens: both sides must bill each
// account once, though two runs race, and write the same values. A difference
// would otherwise show only on the day of the measurement.
func TestBothSidesWriteTheSameBills(t *testing.T) {
	for _, name := range portaltest.Engines {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			r := billRun{accounts: 230, connections: 8, raced: true}
			line, err := r.measure(t.Context(), func(side string) (string, func() error, error) {
				return open(t.Context(), name, filepath.Join(folder, side))
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Log(line)
		})
	}
}
