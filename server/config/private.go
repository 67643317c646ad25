package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// othersMode holds the bits of a file's mode that give rights to others than its owner.
const othersMode = 0o077

// makeFolder creates the data folder for its owner only. If others have rights to an
// existing folder, it removes these from a folder of Portico, and refuses a folder that
// holds other files.
func (c *Config) makeFolder() error {
	syscall.Umask(othersMode) // also for the files that libraries create
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
		return Wrong("data", fmt.Sprintf("others may enter %s (mode %04o), and it holds other files than Portico's: name a folder for Portico only, or run chmod 700 %s",
			c.Data, info.Mode().Perm(), c.Data))
	}
	if err := os.Chmod(c.Data, 0o700); err != nil {
		return fmt.Errorf("setting --data: %w", err)
	}
	return nil
}

// isOurs reports whether the data folder is empty, or already holds the keys or the
// database. It is false for a folder that everybody may write to, such as /tmp.
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

// checkPrivate refuses a file of secrets that others than its owner may read. If the
// owner is root, its group may read it too, since an orchestrator provides it that way.
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
