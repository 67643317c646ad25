package config_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"portico/authz"
	"portico/portal/sandbox"
	"portico/server"
	"portico/server/servertest"
)

// widened runs a test with a umask of zero.
func widened(t *testing.T) {
	old := syscall.Umask(0)
	t.Cleanup(func() { syscall.Umask(old) })
}

func TestWhatIsStoredIsItsOwnersAlone(t *testing.T) {
	widened(t)
	c := servertest.Sandbox(t, filepath.Join(t.TempDir(), "data"))
	ctx := authz.With(context.Background(), authz.AsSystem("test"))
	open := func() {
		p, err := server.Open(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		_, err = sandbox.Seed(ctx, p.Store, filepath.Join(c.Data, "logins.json"))
		err = errors.Join(err, p.Files.WriteAll(ctx, "documents/docu_1", []byte("%PDF"), nil))
		names := owned(t, c.Data)
		for _, want := range []string{"portico.db", "portico.db-wal", "portico.db-shm", "keys.json", "logins.json", "files/documents/docu_1"} {
			if !strings.Contains(names, want+"\n") {
				t.Errorf("5.7: there is no %s", want)
			}
		}
		if err := errors.Join(err, p.Close()); err != nil {
			t.Fatal(err)
		}
	}
	open()
	for name, mode := range map[string]fs.FileMode{"": 0o755, "portico.db": 0o644, "logins.json": 0o644} {
		if err := os.Chmod(filepath.Join(c.Data, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	open()
}

func TestADatabaseBehindALinkIsItsOwnersAlone(t *testing.T) {
	widened(t)
	c, elsewhere := servertest.Sandbox(t, filepath.Join(t.TempDir(), "data")), filepath.Join(t.TempDir(), "portico.db")
	if err := errors.Join(os.Mkdir(c.Data, 0o700), os.Symlink(elsewhere, filepath.Join(c.Data, "portico.db"))); err != nil {
		t.Fatal(err)
	}
	p, err := server.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if info, err := os.Stat(elsewhere); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("5.7: %v %v", info, err)
	}
}

// owned checks that nothing in a folder is readable by other users, and lists
// it.
func owned(t *testing.T, folder string) string {
	t.Helper()
	var names strings.Builder
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("5.7: %s has the mode %04o", path, info.Mode().Perm())
		}
		name, err := filepath.Rel(folder, path)
		names.WriteString(name + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names.String()
}

func TestAFileOfSecretsThatOthersMayReadIsRefused(t *testing.T) {
	c := servertest.Sandbox(t, t.TempDir())
	p, err := server.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []fs.FileMode{0o604, 0o640, 0o620, 0o666, 0o644} {
		if err := os.Chmod(c.Keys, mode); err != nil {
			t.Fatal(err)
		}
		_, err := server.Open(context.Background(), c)
		if err == nil || !strings.Contains(err.Error(), "--keys") || !strings.Contains(err.Error(), "chmod 600 "+c.Keys) {
			t.Errorf("5.7: opened with keys of mode %04o: %v", mode, err)
		}
	}
	if err := os.Chmod(c.Keys, 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err = server.Open(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAFolderOfOtherThingsIsNotTakenOver(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "else"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	c := servertest.Sandbox(t, folder)
	if _, err := server.Open(context.Background(), c); err == nil || !strings.Contains(err.Error(), "--data") || !strings.Contains(err.Error(), "chmod 700 "+folder) {
		t.Errorf("5.7: %v", err)
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("5.7: its mode was changed: %v %v", info.Mode(), err)
	}
}
