package ent_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/portaltest"
)

// While it is written to without a pause, SQLite's log is copied beside the writer
// and stays within its bound, and nothing is lost.
func TestTheLogStaysBounded(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	a := w.Owner("Log")
	name := strings.Repeat("字", 190)
	const commits, rows = 150, 40
	largest := int64(0)
	for n := range commits {
		err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
			var list []*db.ApplicationCreate
			for i := range rows {
				list = append(list, tx.Application.Create().SetAccountID(a.AccountID).SetName(fmt.Sprint(name, n, ".", i)).SetKind("SOCIAL").
					SetRegion(application.RegionMAINLAND).SetStatus(application.StatusACTIVE).SetCreatedAt(tx.Now))
			}
			return tx.Application.CreateBulk(list...).Exec(tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(strings.TrimPrefix(w.Database, "sqlite:") + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		largest = max(largest, info.Size())
	}
	n, err := w.Portal.Store.Read().Application.Query().Where(application.AccountID(a.AccountID)).Count(w.System())
	if err != nil || n != commits*rows {
		t.Errorf("%d rows: %v", n, err)
	}
	t.Logf("at most %d bytes of log", largest)
	if bound := int64(50 << 20); largest > bound {
		t.Errorf("the log grew to %d bytes, beyond %d", largest, bound)
	}
}
