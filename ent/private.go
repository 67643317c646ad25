package ent

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// private makes the files of an SQLite database accessible only to their owner,
// regardless of the process's umask. SQLite gives its additional files (-wal,
// -shm) the mode of the database.
//
// It doesn't open an existing database. Closing a file releases all locks that
// the process has on it, including SQLite's. Another process would then assume
// that no one has the database open, and remove its log.
func private(path string) error {
	made := os.O_RDWR | os.O_CREATE
	f, err := os.OpenFile(path, made|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		if _, e := os.Stat(path); errors.Is(e, fs.ErrNotExist) { // a link to a file that doesn't exist yet
			f, err = os.OpenFile(path, made, 0o600)
		}
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("ent: database: %w", err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm", path + "-journal"} {
		if err := os.Chmod(name, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("ent: database: %w", err)
		}
	}
	return nil
}
