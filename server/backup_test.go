package server_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"portico/ent"
	"portico/portal/finance/ledger"
	"portico/portaltest/engine"
	"portico/server"
	"portico/server/servertest"
)

func TestABackupIsCompleteOrAbsent(t *testing.T) {
	c, parent := servertest.Sandbox(t, t.TempDir()), t.TempDir()
	ctx, _ := servertest.Seeded(t, c)
	c.Blobs = "nowhere://files" // opened after the database is copied
	if err := server.Backup(ctx, c, filepath.Join(parent, "half")); err == nil {
		t.Error("5.7: it reports that it is complete")
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("5.7: what failed half-way is left: %v %v", left, err)
	}
}

func TestABackupIsTakenWhileItIsServed(t *testing.T) {
	c := servertest.Sandbox(t, t.TempDir())
	ctx, p := servertest.Seeded(t, c)
	if err := p.Files.WriteAll(ctx, "papers/licence", []byte("%PDF-"), nil); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "copy")
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() { // writes during the backup
		for {
			select {
			case <-stop:
				ended <- nil
				return
			default:
			}
			err := p.Store.Write(ctx, func(tx *ent.Tx) error {
				return tx.Lease.Create().SetJob(ent.NewID("hold")).SetHolder("").SetUntilAt(tx.Wall).Exec(tx)
			})
			if err != nil {
				ended <- err
				return
			}
		}
	}()
	err := server.Backup(ctx, c, folder)
	close(stop)
	if err := errors.Join(err, <-ended); err != nil {
		t.Fatal(err)
	}
	if err := server.Backup(ctx, c, folder); !errors.Is(err, fs.ErrExist) {
		t.Errorf("5.7: a backup writes over another: %v", err)
	}
	if info, err := os.Stat(filepath.Join(folder, "portico.db")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("5.7: %v %v", info, err)
	}
	restored := servertest.Sandbox(t, folder)
	restored.Keys = c.Keys
	copied, err := server.Open(ctx, restored)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if text, err := copied.Files.ReadAll(ctx, "papers/licence"); err != nil || string(text) != "%PDF-" {
		t.Errorf("5.7: %q %v", text, err)
	}
	if findings, err := ledger.Check(ctx, copied.Store); err != nil || len(findings) > 0 {
		t.Errorf("5.7: %v %v", findings, err)
	}
	t.Run("5.7: another engine has a tool of its own", func(t *testing.T) {
		c := c
		c.Database = engine.NewPool(engine.Schema{Version: "backup", MySQL: func(context.Context, string) error { return nil }}).MariaDB(t)
		if err := server.Backup(ctx, c, filepath.Join(t.TempDir(), "none")); !errors.Is(err, ent.ErrNoBackup) {
			t.Errorf("%v", err)
		}
	})
}
