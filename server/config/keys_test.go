package config_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portico/calendar"
	"portico/ent"
	"portico/portal/access/staff"
	"portico/portal/kernel/sealing"
	"portico/portaltest/engine"
	"portico/server"
	"portico/server/config"
	"portico/server/servertest"
)

func TestNoKeysAreMadeBesideDataThatOthersSealed(t *testing.T) {
	c := servertest.Sandbox(t, t.TempDir())
	ctx, _ := servertest.Seeded(t, c)
	if err := os.Remove(c.Keys); err != nil {
		t.Fatal(err)
	}
	refused := func(t *testing.T, c config.Config) {
		t.Helper()
		if _, err := server.Open(ctx, c); err == nil || !strings.Contains(err.Error(), "--keys") {
			t.Errorf("5.7: %v", err)
		}
		if _, err := os.Stat(c.Keys); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("5.7: a key file was made: %v", err)
		}
	}
	refused(t, c)
	t.Run("5.7: a command that begins no database makes nothing at all", func(t *testing.T) {
		c := servertest.Sandbox(t, filepath.Join(t.TempDir(), "elsewhere"))
		c.Existing = true
		refused(t, c)
		if _, err := os.Stat(c.Data); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("its folder was made: %v", err)
		}
	})
}

func TestACommandBeginsNoDatabase(t *testing.T) {
	served := servertest.Sandbox(t, t.TempDir())
	ctx, _ := servertest.Seeded(t, served)
	for name, write := range map[string]func(t *testing.T, path string){
		"one that isn't there": func(*testing.T, string) {},
		"an empty one": func(t *testing.T, path string) {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run("5.7: the right keys and "+name, func(t *testing.T) {
			c := servertest.Sandbox(t, t.TempDir())
			path := filepath.Join(c.Data, "portico.db")
			write(t, path)
			was, _ := os.Stat(path)
			c.Keys, c.Existing = served.Keys, true
			if p, err := server.Open(ctx, c); err == nil || !strings.Contains(err.Error(), "--database") {
				t.Errorf("%v %v", p, err)
			}
			folder := filepath.Join(t.TempDir(), "copy")
			if err := server.Backup(ctx, c, folder); err == nil || !strings.Contains(err.Error(), "--database") {
				t.Errorf("a backup of nothing: %v", err)
			}
			if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("its folder was made: %v", err)
			}
			if is, _ := os.Stat(path); (is == nil) != (was == nil) {
				t.Errorf("a database was made: %v", is)
			}
		})
	}
	served.Existing = true
	p, err := server.Open(ctx, served)
	if err != nil {
		t.Fatalf("5.7: one in use: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestAServingPortalOpensWhatANewerKeySealed(t *testing.T) {
	c := servertest.Sandbox(t, t.TempDir())
	ctx, serving := servertest.Seeded(t, c)
	began := serving.Store.Key()
	sealed := func() string {
		t.Helper()
		all, err := staff.Operators(ctx, serving.Store)
		if err != nil || len(all) == 0 {
			t.Fatalf("5.7: %v %v", all, err)
		}
		return all[0].Phone
	}
	phone := sealed()
	for range 2 { // the second time after it has read the file again
		if _, err := config.RotateKeys(c, false); err != nil {
			t.Fatal(err)
		}
		_, command := servertest.Seeded(t, c)
		if n, err := sealing.Reseal(ctx, command.Store); err != nil || n == 0 {
			t.Fatal(n, err)
		}
		if got := sealed(); got != phone {
			t.Errorf("5.7: %q was %q", got, phone)
		}
	}
	if serving.Store.Key() != began {
		t.Error("5.7: a portal seals by another key than it began with")
	}
}

func TestKeysOfAnotherDatabaseOpenNothing(t *testing.T) {
	mine, _, err := ent.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	foreign, _, err := ent.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	mine.Reread(func() (*ent.Keys, error) { return foreign, nil })
	open := func(keys *ent.Keys) *ent.Store {
		t.Helper()
		wall := calendar.Real{}.Now
		s, err := ent.Open(context.Background(), ent.Config{Database: "sqlite:" + filepath.Join(t.TempDir(), "x.db"), Keys: keys, Now: wall, Wall: wall})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	value, err := open(foreign).Seal("person.phone", "+8613800138000")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := open(mine).Unseal("person.phone", value); err == nil {
		t.Errorf("5.7: opened %q", got)
	}
}

func TestRotatingFollowsALinkAndTakesTurns(t *testing.T) {
	c := servertest.Sandbox(t, t.TempDir())
	servertest.Seeded(t, c)
	kept := filepath.Join(t.TempDir(), "kept.json") // the data folder links to it
	if err := errors.Join(os.Rename(c.Keys, kept), os.Symlink(kept, c.Keys)); err != nil {
		t.Fatal(err)
	}
	ids, failed := make(chan uint32), make(chan error)
	const twins = 8
	for range twins {
		go func() {
			id, err := config.RotateKeys(c, false)
			ids <- id
			failed <- err
		}()
	}
	all := map[uint32]bool{}
	for range twins {
		all[<-ids] = true
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	if info, err := os.Lstat(c.Keys); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("5.7: the link is gone: %v %v", info, err)
	}
	_, p := servertest.Seeded(t, c)
	for id := range all {
		if !p.Store.HasKey(id) {
			t.Errorf("5.7: key %d, which a command reported as added, is lost", id)
		}
	}
	if len(all) != twins {
		t.Errorf("5.7: %d keys of %d commands", len(all), twins)
	}
}

func TestKeysRotate(t *testing.T) {
	c := servertest.Sandbox(t, t.TempDir())
	servertest.Seeded(t, c)
	rotate := func(prepare bool) (id, sealsBy uint32) {
		t.Helper()
		id, err := config.RotateKeys(c, prepare)
		if err != nil {
			t.Fatal(err)
		}
		ctx, p := servertest.Seeded(t, c)
		if err := sealing.Check(ctx, p.Store); err != nil || !p.Store.HasKey(id) {
			t.Errorf("5.7: %v", err)
		}
		return id, p.Store.Key()
	}
	prepared, sealsBy := rotate(true)
	if prepared == sealsBy {
		t.Errorf("5.7: a prepared key seals")
	}
	if again, _ := rotate(true); again != prepared {
		t.Errorf("5.7: preparing twice adds two keys")
	}
	if taken, sealsBy := rotate(false); taken != prepared || sealsBy != prepared {
		t.Errorf("5.7: prepared %d, taken up %d, seals by %d", prepared, taken, sealsBy)
	}
	if next, sealsBy := rotate(false); next == prepared || sealsBy != next {
		t.Errorf("5.7: rotated to %d, seals by %d", next, sealsBy)
	}
	if info, err := os.Stat(c.Keys); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("5.7: %v %v", info.Mode(), err)
	}
	if left, err := filepath.Glob(c.Keys + "?*"); err != nil || len(left) > 0 {
		t.Errorf("5.7: %v is left over", left)
	}
	var f struct {
		Keyset struct {
			Key []json.RawMessage `json:"key"`
		}
	}
	if text, err := os.ReadFile(c.Keys); err != nil || json.Unmarshal(text, &f) != nil || len(f.Keyset.Key) != 3 {
		t.Errorf("5.7: %d keys", len(f.Keyset.Key))
	}
}

// noRoom is the environment variable with the database of a process that can't
// write to any file.
const noRoom = "PORTICO_TEST_NO_ROOM"

// If the disk is full at the first start, the next start makes the keys.
func TestKeysAreMadeWholeOrNotAtAll(t *testing.T) {
	c := config.Config{Data: os.Getenv(noRoom + "_DATA"), Database: os.Getenv(noRoom), Listen: "127.0.0.1:0", Trust: "off", BodyLimit: 1 << 20,
		RequestTimeout: time.Minute, MailFrom: "portico@localhost", Migrate: true}
	if c.Database != "" { // the process without room
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		_, err := server.Open(t.Context(), c)
		t.Fatal(err)
	}
	c.Data, c.Database = t.TempDir(), engine.EmptyMariaDB(t)
	child := exec.CommandContext(t.Context(), "/bin/sh", "-c", `ulimit -f 0; exec "$0" -test.run='^TestKeysAreMadeWholeOrNotAtAll$'`, os.Args[0])
	child.Env = append(os.Environ(), noRoom+"="+c.Database, noRoom+"_DATA="+c.Data)
	out, err := child.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "setting --keys") {
		t.Fatalf("it found room: %v %s", err, out)
	}
	if left, err := filepath.Glob(filepath.Join(c.Data, "keys.json*")); err != nil || len(left) > 0 {
		t.Errorf("5.7: %v is left", left)
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	p, err := server.Open(t.Context(), c)
	if err != nil {
		t.Fatalf("5.7: with room again: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
