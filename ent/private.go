package ent

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// private makes the files of an SQLite database its owner's alone, whatever the
// process's umask: SQLite gives the files beside it (-wal, -shm) the mode of the
// database.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("ent: database: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("ent: database: %w", err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm", path + "-journal"} {
		if err := os.Chmod(name, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("ent: database: %w", err)
		}
	}
	return nil
}
