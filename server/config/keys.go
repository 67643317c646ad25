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

// LoadKeys reads the keys. Where there is no key file it makes one, if the
// configuration may and the database is new: keys beside data that others sealed
// would be of no use, and look like the right ones. A twin that is faster wins.
func (c *Config) LoadKeys(ctx context.Context) (*ent.Keys, error) {
	_, err := os.Stat(c.Keys)
	switch {
	case errors.Is(err, os.ErrNotExist) && c.Existing:
		return nil, Wrong("keys", fmt.Sprintf("there is no %s: name the file that the database was sealed with; only serve and migrate make one, for a new database", c.Keys))
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("setting --keys: %w", err)
	}
	if path, ok := strings.CutPrefix(c.Database, "sqlite:"); ok && c.Existing {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("setting --database: %w; only serve and migrate make one", err)
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
	k.Reread(c.readKeys) // commands seal by a key that was added since
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

// InUse refuses a database that was never in use where the configuration makes
// none: of an empty one every check would say that it is clean, and a backup that
// it was made.
func (c *Config) InUse(ctx context.Context, s *ent.Store) error {
	if !c.Existing {
		return nil
	}
	fresh, err := s.Fresh(ctx)
	if err != nil {
		return fmt.Errorf("setting --database: %w", err)
	}
	if fresh {
		return Wrong("database", "it was never in use: name the one that is served; only serve and migrate begin one")
	}
	return nil
}

// makeKeys makes the key file of a new database.
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
		return Wrong("keys", fmt.Sprintf("there is no %s, and the database has been in use: restore the file that it was sealed with", c.Keys))
	}
	if err := firstKeys(c.Keys, text); err != nil {
		return fmt.Errorf("setting --keys: %w", err)
	}
	return nil
}

// firstKeys writes a key file that isn't there, whole or not at all: one that was
// cut off, or found no room, would keep every later start from making one.
func firstKeys(path string, text []byte) error {
	return alone(filepath.Dir(path), func() error {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			return err // a twin was faster
		}
		return writeWhole(path, text, func(*os.File) error { return nil })
	})
}

// alone does what changes files of a folder, on the disk, while no other process
// that goes through here does.
func alone(folder string, do func() error) (err error) {
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }() // gives the lock back
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	return errors.Join(do(), dir.Sync())
}

// writeWhole writes a file whole or not at all. Its mode is 0600, unless dress,
// which gets it before it has its name, says otherwise.
func writeWhole(path string, text []byte, dress func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, dress(f), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// RotateKeys adds a key to the key file of a configuration, and makes it the one
// that seals from now on, unless it is only to be prepared; a prepared one is taken
// up. It returns the key's id. Portals that run go on sealing by the key that they
// began with, and open what the new one sealed. Twins take turns, and a link is
// followed: the file that it leads to is what changes.
func RotateKeys(c Config, prepare bool) (id uint32, err error) {
	path, err := filepath.EvalSymlinks(c.Keys)
	if err != nil {
		return 0, fmt.Errorf("setting --keys: %w", err)
	}
	if err := checkPrivate("keys", path); err != nil {
		return 0, err
	}
	err = alone(filepath.Dir(path), func() error {
		id, err = addKey(path, prepare)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("setting --keys: %w", err)
	}
	return id, nil
}

// addKey is what [RotateKeys] does to a key file.
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

// replaceFile writes a file anew, whole or not at all, with the mode, owner and
// group that it had: root rotates keys that another user's portal reads.
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
