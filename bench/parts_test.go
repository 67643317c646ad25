package main_test

import (
	"fmt"
	"testing"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/graph/page"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

// BenchmarkPage reads the first 20 of 200 applications as a connection.
func BenchmarkPage(b *testing.B) {
	w := portaltest.New(b, "sqlite")
	a := w.Owner("Page")
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		var rows []*db.ApplicationCreate
		for i := range 200 {
			rows = append(rows, tx.Application.Create().SetAccountID(a.AccountID).SetName(fmt.Sprint("Application ", i)).SetKind("SOCIAL").
				SetRegion(application.RegionMAINLAND).SetStatus(application.StatusACTIVE).SetCreatedAt(tx.Now))
		}
		return tx.Application.CreateBulk(rows...).Exec(tx)
	})
	if err != nil {
		b.Fatal(err)
	}
	list := page.List[db.Application]{Name: "applications", Column: application.FieldCreatedAt,
		Key: func(a *db.Application) (any, string) { return a.CreatedAt, a.ID }}
	ctx, s := w.As(a), w.Portal.Store
	b.ReportAllocs()
	for b.Loop() {
		c, err := page.Read(ctx, s, list, a.AccountID, page.Args{}, s.Read().Application.Query().Where(application.AccountID(a.AccountID)))
		if err != nil || len(c.Nodes) != page.Default || !c.PageInfo.HasNextPage {
			b.Fatal("not a page: ", err)
		}
	}
}

// payload is an answer that can be stored with a key.
type payload struct{ Account *db.Account }

// BenchmarkCommand measures a command that does nothing: transaction, key,
// decision, audit, and stored answer.
func BenchmarkCommand(b *testing.B) {
	for _, keyed := range []bool{false, true} {
		b.Run(fmt.Sprintf("keyed=%v", keyed), func(b *testing.B) {
			w := portaltest.New(b, "sqlite")
			a := w.Owner("Act")
			ctx, n := w.As(a), 0
			b.ReportAllocs()
			for b.Loop() {
				n++
				ctx := ctx
				if keyed {
					ctx = command.WithKey(ctx, fmt.Sprint("key ", n))
				}
				c := command.Command{Name: "nothing", Permission: authz.AccountRead, Object: a.AccountID, Field: "accountId"}
				_, err := command.Do(ctx, w.Portal.Store, c, func(tx *command.Tx) (*payload, error) {
					return &payload{Account: tx.Found().(*db.Account)}, nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
