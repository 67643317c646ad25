package server_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"portico/portaltest"
	"portico/server"
)

func TestTheStatusOfMigrationsNeedsNoKeysAndMakesNothing(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		m, err := server.MigrationStatus(t.Context(), server.Config{Database: w.Database})
		if err != nil || len(m.Applied) == 0 || len(m.Waiting) > 0 || m.HalfDone != nil {
			t.Errorf("9: %+v %v", m, err)
		}
	})
	t.Run("9: a database that isn't there isn't made", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "portico.db")
		if _, err := server.MigrationStatus(t.Context(), server.Config{Database: "sqlite:" + path}); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		if found, err := filepath.Glob(path + "*"); err != nil || len(found) > 0 {
			t.Errorf("%v %v", found, err)
		}
	})
}
