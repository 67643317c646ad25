package ent_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"portico/ent"
	"portico/portaltest"
)

// Where SQLite locks a database that is open, and the command of Linux that asks
// for locks of others, this process's own included.
const (
	sharedFirst, sharedSize = 0x40000002, 510
	ofdGetLock              = 36
)

// A command beside a served database, or a person's sqlite3, removes the log of
// commits when it ends and finds the database locked by nobody: what was
// acknowledged since is lost.
func TestAnOpenDatabaseIsLocked(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	path := strings.TrimPrefix(w.Database, "sqlite:")
	s := w.Portal.Store
	held := func(when string) {
		t.Helper()
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() }) // which gives up what it asks about
		l := syscall.Flock_t{Type: syscall.F_WRLCK, Start: sharedFirst, Len: sharedSize}
		if err := syscall.FcntlFlock(f.Fd(), ofdGetLock, &l); err != nil {
			t.Fatal(err)
		}
		if l.Type == syscall.F_UNLCK {
			t.Errorf("5.7: %s nobody has it open, as others see it", when)
		}
	}
	if err := s.Ping(w.System()); err != nil {
		t.Fatal(err)
	}
	held("once it was opened")
	if err := s.Probe(w.System()); err != nil {
		t.Fatal(err)
	}
	held("after readiness was asked")
	if err := s.Write(w.System(), func(tx *ent.Tx) error { _, err := tx.Lease.Query().Count(tx); return err }); err != nil {
		t.Fatal(err)
	}
	held("after a transaction")
	twin := portaltest.Open(t, "sqlite", w.Database)
	if err := twin.Portal.Store.Ping(w.System()); err != nil {
		t.Fatal(err)
	}
	held("beside a second portal of this process")
}
