package ent_test

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/portaltest"
)

// logMost is the number of pages to which the file of SQLite's log is cut. While no
// reader holds it open, it has half of that or little more.
const logMost = 20_000

// logged is a database whose log is written to.
type logged struct {
	w   *portaltest.World
	a   *portaltest.Actor
	all int
}

// pages returns the size of the log's file, in pages.
func (l *logged) pages(t *testing.T) int {
	t.Helper()
	info, err := os.Stat(strings.TrimPrefix(l.w.Database, "sqlite:") + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Size() / 4096)
}

// write commits transactions of about a hundred pages, and returns the largest size
// that the log had.
func (l *logged) write(t *testing.T, commits int) (largest int) {
	t.Helper()
	name := strings.Repeat("字", 190)
	for range commits {
		err := l.w.Portal.Store.Write(l.w.System(), func(tx *ent.Tx) error {
			var list []*db.ApplicationCreate
			for range 50 {
				l.all++
				list = append(list, tx.Application.Create().SetAccountID(l.a.AccountID).SetName(fmt.Sprint(name, l.all)).SetKind("SOCIAL").
					SetRegion(application.RegionMAINLAND).SetStatus(application.StatusACTIVE).SetCreatedAt(tx.Now))
			}
			return tx.Application.CreateBulk(list...).Exec(tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		largest = max(largest, l.pages(t))
	}
	return largest
}

func (l *logged) count(t *testing.T) int {
	t.Helper()
	n, err := l.w.Portal.Store.Read().Application.Query().Where(application.AccountID(l.a.AccountID)).Count(l.w.System())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// 5.7: SQLite's log stays bounded while it is written to without a pause, and nothing
// is lost when it begins anew. What copies it isn't part of what the portal sends.
func TestTheLogStaysBounded(t *testing.T) {
	var sent atomic.Int64
	w := portaltest.New(t, "sqlite", portaltest.Counted(&sent))
	l := &logged{w: w, a: w.Owner("Log")}
	l.write(t, 1)
	largest, before := 0, sent.Load()
	largest = l.write(t, 10)
	each := sent.Load() - before
	for range 20 {
		before = sent.Load()
		largest = max(largest, l.write(t, 10))
		if n := sent.Load() - before; n != each {
			t.Errorf("%d statements, %d before: the copying goes over the portal's connections", n, each)
		}
	}
	if largest < 4000 || largest > logMost {
		t.Errorf("the log grew to %d pages", largest)
	}
	if n := l.count(t); n != l.all {
		t.Errorf("%d of %d rows", n, l.all)
	}
	if err := w.Portal.Store.Close(); err != nil {
		t.Error(err)
	}
	if again := (&logged{w: portaltest.Open(t, "sqlite", w.Database), a: l.a}); again.count(t) != l.all {
		t.Errorf("%d of %d rows after it was closed", again.count(t), l.all)
	}
}

// A reader that keeps its state of the database keeps the log from beginning anew. Once
// it has ended, the log is bounded again.
func TestAReaderHoldsTheLogOpenNoLongerThanItReads(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	l := &logged{w: w, a: w.Owner("Log")}
	l.write(t, 1)
	rows, err := w.Portal.Store.Read().QueryContext(w.System(), "SELECT id FROM applications")
	if err != nil {
		t.Fatal(err)
	}
	if !rows.Next() {
		t.Fatal("no row")
	}
	for l.write(t, 20) < logMost+1000 {
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	l.write(t, 50)
	if after := l.pages(t); after > logMost {
		t.Errorf("the log still has %d pages", after)
	}
	if n := l.count(t); n != l.all {
		t.Errorf("%d of %d rows", n, l.all)
	}
}

// Closing a store while others still write ends the copying, and breaks nothing.
func TestAStoreIsClosedWhileItsLogIsCopied(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	l := &logged{w: w, a: w.Owner("Log")}
	for largest := 0; largest < 4000; {
		largest = l.write(t, 5)
	}
	if err := w.Portal.Store.Close(); err != nil {
		t.Error(err)
	}
	if again := (&logged{w: portaltest.Open(t, "sqlite", w.Database), a: l.a}); again.count(t) != l.all {
		t.Errorf("%d of %d rows", again.count(t), l.all)
	}
}
