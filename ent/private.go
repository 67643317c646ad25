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
//
// A database that is there isn't opened for it: closing a file gives up every lock
// that the process has on it, SQLite's too, and another process would take a
// database that is served for one that nobody has open, and remove its log.
func private(path string) error {
	made := os.O_RDWR | os.O_CREATE
	f, err := os.OpenFile(path, made|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		if _, e := os.Stat(path); errors.Is(e, fs.ErrNotExist) { // a link to what isn't there yet
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
