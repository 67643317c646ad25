package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"portico/calendar"
	"portico/ent"
)

// LoadKeys reads the key file. If there is none it creates one, but only for a new
// database, and not with Existing: new keys can't open existing data, and would look
// like the right ones. If two processes start at the same time, both use the file of the
// first.
func (c *Config) LoadKeys(ctx context.Context) (*ent.Keys, error) {
	_, err := os.Stat(c.Keys)
	switch {
	case errors.Is(err, os.ErrNotExist) && c.Existing:
		return nil, Wrong("keys", fmt.Sprintf("there is no %s: name the file that the database was sealed with; only serve and migrate create one, for a new database", c.Keys))
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("setting --keys: %w", err)
	}
	if path, ok := strings.CutPrefix(c.Database, "sqlite:"); ok && c.Existing {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("setting --database: %w; only serve and migrate create one", err)
		}
	}
	if err := c.makeFolder(); err != nil {
		return nil, err
	}
	if errors.Is(err, os.ErrNotExist) {
		if err := c.makeKeys(ctx); err != nil {
			return nil, err
		}
	}
	k, err := c.readKeys()
	if err != nil {
		return nil, err
	}
	k.Reread(c.readKeys) // a command may seal by a key that was added after this process started
	return k, nil
}

// readKeys reads the key file as it is now.
func (c *Config) readKeys() (*ent.Keys, error) {
	if err := checkPrivate("keys", c.Keys); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(c.Keys)
	if err != nil {
		return nil, fmt.Errorf("setting --keys: %w", err)
	}
	k, err := ent.ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("setting --keys: %w", err)
	}
	return k, nil
}

// InUse refuses, with Existing, a database that was never used. Otherwise every check of
// the empty database would succeed, and so would a backup of it.
func (c *Config) InUse(ctx context.Context, s *ent.Store) error {
	if !c.Existing {
		return nil
	}
	fresh, err := s.Fresh(ctx)
	if err != nil {
		return fmt.Errorf("setting --database: %w", err)
	}
	if fresh {
		return Wrong("database", "it was never used: name the one that is served; only serve and migrate create one")
	}
	return nil
}

// makeKeys creates the key file of a new database.
func (c *Config) makeKeys(ctx context.Context) error {
	keys, text, err := ent.NewKeys()
	if err != nil {
		return err
	}
	wall := calendar.Real{}.Now
	s, err := ent.Open(ctx, ent.Config{Database: c.Database, Keys: keys, Now: wall, Wall: wall})
	if err != nil {
		return fmt.Errorf("setting --database: %w", err)
	}
	fresh, err := s.Fresh(ctx)
	if err := errors.Join(err, s.Close()); err != nil {
		return fmt.Errorf("setting --database: %w", err)
	}
	if !fresh {
		return Wrong("keys", fmt.Sprintf("there is no %s, but the database was used before: restore the file that it was sealed with", c.Keys))
	}
	if err := writeFirstKeys(c.Keys, text); err != nil {
		return fmt.Errorf("setting --keys: %w", err)
	}
	return nil
}

// writeFirstKeys writes a new key file completely or not at all. An incomplete file, as after
// a crash or on a full disk, would keep every later start from creating one.
func writeFirstKeys(path string, text []byte) error {
	return withLock(filepath.Dir(path), func() error {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			return err // nil if a concurrent process has created it
		}
		return writeWhole(path, text, func(*os.File) error { return nil })
	})
}

// withLock calls do while holding a lock of the folder, so that only one process changes
// its files at a time.
func withLock(folder string, do func() error) (err error) {
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }() // releases the lock
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	return errors.Join(do(), dir.Sync())
}

// writeWhole writes a file completely or not at all. Its mode is 0600, unless prepare
// changes it; prepare is called before the file gets its name.
func writeWhole(path string, text []byte, prepare func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, prepare(f), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// RotateKeys adds a key to the key file of a configuration and returns the key's id.
// With prepare, the key is only added; without, the prepared key, or else a new one,
// becomes the key that seals. A running portal continues to seal by the key that it
// started with, and can open what the new key sealed. Concurrent calls run in sequence.
// A symbolic link is followed: the file that it leads to is changed.
func RotateKeys(c Config, prepare bool) (id uint32, err error) {
	path, err := filepath.EvalSymlinks(c.Keys)
	if err != nil {
		return 0, fmt.Errorf("setting --keys: %w", err)
	}
	if err := checkPrivate("keys", path); err != nil {
		return 0, err
	}
	err = withLock(filepath.Dir(path), func() error {
		id, err = addKey(path, prepare)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("setting --keys: %w", err)
	}
	return id, nil
}

// addKey changes the key file for [RotateKeys].
func addKey(path string, prepare bool) (id uint32, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	if text, id, err = ent.PrepareKey(text); err == nil && !prepare {
		text, id, err = ent.PromoteKey(text)
	}
	if err != nil {
		return 0, err
	}
	if _, err := ent.ParseKeys(text); err != nil {
		return 0, err
	}
	return id, replaceFile(path, text)
}

// replaceFile replaces a file completely or not at all, and keeps its mode, owner and
// group, because root may rotate the keys of another user's portal.
func replaceFile(path string, text []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return writeWhole(path, text, func(f *os.File) error {
		var err error
		if was, ok := info.Sys().(*syscall.Stat_t); ok {
			err = f.Chown(int(was.Uid), int(was.Gid))
		}
		return errors.Join(err, f.Chmod(info.Mode().Perm()))
	})
}
