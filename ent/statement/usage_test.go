package statement_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/usageevent"
	"portico/ent/statement"
	"portico/portaltest"
)

// Events that were counted are found as ent finds them, also by a principal that
// reaches one of two accounts, and for more ids than a statement takes.
func TestCountedUsage(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Owner("Counted"), w.Owner("Other")
		var rows []*statement.UsageRow
		for i := range 1500 {
			row := &statement.UsageRow{AccountID: a.AccountID, ApplicationID: fmt.Sprint("appl_", i%7), ServiceID: fmt.Sprint("serv_", i%5), Source: fmt.Sprint("s", i%2),
				EventID: fmt.Sprint("e", i), Metric: fmt.Sprint("m", i%3), Micros: int64(i), At: w.Portal.Store.Now().Add(-time.Duration(i) * time.Microsecond), OverLimit: i%11 == 0}
			if i%3 == 0 {
				row.AccountID = b.AccountID
			}
			rows = append(rows, row)
		}
		if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error { return statement.InsertUsage(tx, rows) }); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for i := range 3000 {
			ids = append(ids, fmt.Sprint("e", i))
		}
		ids = append(ids, "é", "e0", "E1")
		for name, ctx := range map[string]func() authz.Principal{"the system": func() authz.Principal { return *authz.From(w.System()) }, "an owner": func() authz.Principal { return *authz.From(w.As(a)) }} {
			for _, n := range []int{1, 2, 3, 600, len(ids)} {
				t.Run(fmt.Sprint(name, " by ", n, " ids"), func(t *testing.T) {
					p := ctx()
					err := w.Portal.Store.Write(authz.With(t.Context(), &p), func(tx *ent.Tx) error {
						var got, want []string
						if err := statement.CountedUsage(tx, "s1", ids[:n], func(r statement.UsageRow) { got = append(got, fmt.Sprint(r)) }); err != nil {
							return err
						}
						found, err := tx.UsageEvent.Query().Where(usageevent.Source("s1"), usageevent.EventIDIn(ids[:n]...)).All(tx)
						for _, e := range found {
							want = append(want, fmt.Sprint(statement.UsageRow{AccountID: e.AccountID, ApplicationID: e.ApplicationID, ServiceID: e.ServiceID, Source: e.Source,
								EventID: e.EventID, Metric: e.Metric, Micros: e.QuantityMicros, At: e.At, OverLimit: e.OverLimit}))
						}
						slices.Sort(got)
						slices.Sort(want)
						if d := cmp.Diff(want, got); d != "" {
							t.Error(d)
						}
						return err
					})
					if err != nil {
						t.Fatal(err)
					}
				})
			}
		}
	})
}
