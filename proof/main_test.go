package proof_test

import (
	"io"
	"log/slog"
	"testing"
)

// TestMain keeps the logs of what is broken on purpose out of the output.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	m.Run()
}
