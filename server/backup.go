package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"

	"portico/calendar"
	"portico/ent"
)

// Backup copies the SQLite database of a configuration, and then its uploaded files,
// into a new folder as portico.db and files. It works while a server runs, and
// regardless of pending migrations. It doesn't copy the keys, which must be stored
// elsewhere. It fails with [ent.ErrNoBackup] on another engine, and with [fs.ErrExist]
// if the folder exists.
func Backup(ctx context.Context, c Config, folder string) (err error) {
	if !strings.HasPrefix(c.Database, "sqlite:") {
		return ent.ErrNoBackup
	}
	c.Existing = true
	keys, err := c.LoadKeys(ctx)
	if err != nil {
		return err
	}
	wall := calendar.Real{}.Now
	s, err := ent.Open(ctx, ent.Config{Database: c.Database, Keys: keys, Now: wall, Wall: wall, Pool: ent.Pool{Connections: 1}})
	if err != nil {
		return fmt.Errorf("setting --database: %w", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := c.InUse(ctx, s); err != nil {
		return err
	}
	return fillFolder(folder, func(folder string) error {
		if err := s.Backup(ctx, filepath.Join(folder, "portico.db")); err != nil {
			return err
		}
		return copyFiles(ctx, c, filepath.Join(folder, "files"))
	})
}

// fillFolder fills a folder under a temporary name, and renames it when it is complete. So
// an interrupted backup never has the name of a complete one.
func fillFolder(folder string, fill func(folder string) error) error {
	folder = filepath.Clean(folder)
	if _, err := os.Lstat(folder); err == nil {
		return fmt.Errorf("backup: %s: %w", folder, fs.ErrExist)
	}
	partial, err := os.MkdirTemp(filepath.Dir(folder), filepath.Base(folder)+".partial-*") // 0700
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := fill(partial); err != nil {
		return errors.Join(err, os.RemoveAll(partial))
	}
	if err := os.Rename(partial, folder); err != nil {
		return errors.Join(fmt.Errorf("backup: %w", err), os.RemoveAll(partial))
	}
	return nil
}

// copyFiles copies the uploaded files of a configuration to a folder.
func copyFiles(ctx context.Context, c Config, folder string) (err error) {
	from, err := c.OpenFiles(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if err := os.Mkdir(folder, 0o700); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	to, err := fileblob.OpenBucket(folder, &fileblob.Options{NoTempDir: true})
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	for list := from.List(nil); ; {
		o, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = copyFile(ctx, from, to, o.Key)
		}
		if err != nil {
			return fmt.Errorf("backup: %w", err)
		}
	}
}

func copyFile(ctx context.Context, from, to *blob.Bucket, key string) (err error) {
	r, err := from.NewReader(ctx, key, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return to.Upload(ctx, key, r, &blob.WriterOptions{ContentType: r.ContentType()})
}
