package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// othersMode are the bits of a file's mode by which others than its owner may
// read or write it.
const othersMode = 0o077

// makeFolder makes the data folder, for its owner alone. A folder of Portico's
// that is wider is narrowed; one that holds other things is not Portico's to
// change, and is refused.
func (c *Config) makeFolder() error {
	syscall.Umask(othersMode) // of whatever libraries write, too
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("setting --data: %w", err)
	}
	info, err := os.Stat(c.Data)
	if err != nil {
		return fmt.Errorf("setting --data: %w", err)
	}
	if info.Mode().Perm()&othersMode == 0 {
		return nil
	}
	ours, err := c.isOurs(info)
	if err != nil {
		return fmt.Errorf("setting --data: %w", err)
	}
	if !ours {
		return Wrong("data", fmt.Sprintf("others may enter %s (mode %04o), and it holds other things than Portico's: name a folder of its own, or run chmod 700 %s",
			c.Data, info.Mode().Perm(), c.Data))
	}
	if err := os.Chmod(c.Data, 0o700); err != nil {
		return fmt.Errorf("setting --data: %w", err)
	}
	return nil
}

// isOurs reports whether the data folder is empty, or holds the keys or the
// database already; a folder that everybody may write to never is.
func (c *Config) isOurs(info fs.FileInfo) (bool, error) {
	if info.Mode()&(fs.ModeSticky) != 0 {
		return false, nil
	}
	for _, name := range []string{"keys.json", "portico.db"} {
		switch _, err := os.Stat(filepath.Join(c.Data, name)); {
		case err == nil:
			return true, nil
		case !errors.Is(err, fs.ErrNotExist):
			return false, err
		}
	}
	entries, err := os.ReadDir(c.Data)
	return len(entries) == 0, err
}

// checkPrivate refuses a file of secrets that others than its owner may read.
// The group may where the owner is root, as where an orchestrator hands it in.
func checkPrivate(setting, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("setting --%s: %w", setting, err)
	}
	allowed, want := fs.FileMode(othersMode), "600"
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && owner.Uid == 0 && os.Geteuid() != 0 {
		allowed, want = 0o037, "640"
	}
	if mode := info.Mode().Perm(); mode&allowed != 0 {
		return Wrong(setting, fmt.Sprintf("others may read %s (mode %04o): run chmod %s %s", path, mode, want, path))
	}
	return nil
}
