package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"portico/calendar"
	"portico/ent"
)

// MigrationStatus reads which migrations the database of the settings has. It
// needs no keys, and changes nothing.
func MigrationStatus(ctx context.Context, c Config) (m ent.MigrationStatus, err error) {
	if path, ok := strings.CutPrefix(c.Database, "sqlite:"); ok {
		if _, err := os.Stat(path); err != nil { // opening it would make one
			return m, fmt.Errorf("setting --database: %w", err)
		}
	}
	keys, _, err := ent.NewKeys() // nothing is sealed or opened by them
	if err != nil {
		return m, err
	}
	wall := calendar.Real{}.Now
	s, err := ent.Open(ctx, ent.Config{Database: c.Database, Keys: keys, Now: wall, Wall: wall, Pool: ent.Pool{Connections: 1}})
	if err != nil {
		return m, fmt.Errorf("setting --database: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.MigrationStatus(ctx)
}
