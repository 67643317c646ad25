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

// MigrationStatus returns which migrations the database of the settings has. It needs no
// keys and changes nothing.
func MigrationStatus(ctx context.Context, c Config) (m ent.MigrationStatus, err error) {
	if path, ok := strings.CutPrefix(c.Database, "sqlite:"); ok {
		if _, err := os.Stat(path); err != nil { // opening a missing file would create it
			return m, fmt.Errorf("setting --database: %w", err)
		}
	}
	keys, _, err := ent.NewKeys() // they seal and open nothing
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
