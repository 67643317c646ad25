package ent_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"portico/ent"
	"portico/portaltest"
)

// The bytes that SQLite locks while a database is open, and the Linux command
// that queries locks, including those of this process.
const (
	sharedFirst, sharedSize = 0x40000002, 510
	ofdGetLock              = 36
)

// When a command beside a served database, or a person's sqlite3, ends and
// finds no lock on the database, it deletes the write-ahead log. What was
// acknowledged since then would be lost.
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
		t.Cleanup(func() { _ = f.Close() }) // closing releases the locks it queries
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
