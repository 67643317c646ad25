package ent_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/order"
	"portico/ent/db/service"
	"portico/ent/schema"
	"portico/portaltest"
)

// filled returns a row each of whose fields has another value. With bare those that
// can be null are.
func filled[T any](accountID string, bare bool, n *int) *T {
	row := new(T)
	v := reflect.ValueOf(row).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		if !f.CanSet() || v.Type().Field(i).Anonymous {
			continue
		}
		*n++
		if f.Kind() == reflect.Pointer {
			if bare {
				continue
			}
			f.Set(reflect.New(f.Type().Elem()))
			f = f.Elem()
		}
		switch value := f.Addr().Interface().(type) {
		case *time.Time:
			*value = time.Date(2026, 1, 2, 3, 4, *n, 1000, time.UTC)
		case *[]string:
			*value = []string{"甲", fmt.Sprint(*n)}
		case *[]schema.Limit:
			*value = []schema.Limit{{Metric: fmt.Sprint("metric", *n)}}
		case *bool:
			*value = !bare
		case *int64:
			*value = int64(*n)
		case *order.Status:
			*value = order.StatusFULFILLED
		case *service.Status:
			*value = service.StatusCLOSED
		case *service.Charging:
			*value = service.ChargingPREPAID
		case *service.Class:
			*value = service.ClassREALTIME
		case *auditevent.ActorKind:
			*value = auditevent.ActorKindVISITOR
		case *auditevent.Result:
			*value = auditevent.ResultREFUSED
		case *string:
			*value = fmt.Sprint("v", *n)
		default:
			panic(f.Type())
		}
	}
	v.FieldByName("ID").SetString("")
	if a := v.FieldByName("AccountID"); a.IsValid() {
		a.SetString(accountID)
	}
	if c := v.FieldByName("Currency"); c.IsValid() && c.Kind() == reflect.String {
		c.SetString("CNY")
	}
	return row
}

// inserted inserts rows, and compares them with what ent reads.
func inserted[T any](t *testing.T, w *portaltest.World, ctx context.Context, accountID string) {
	name := reflect.TypeFor[T]().Name()
	t.Run(name, func(t *testing.T) {
		n := 0
		rows := []*T{filled[T](accountID, false, &n), filled[T](accountID, true, &n), filled[T](accountID, false, &n), filled[T](accountID, false, &n), filled[T](accountID, true, &n)}
		err := w.Portal.Store.Write(ctx, func(tx *ent.Tx) error {
			if err := ent.Insert(tx, rows[0]); err != nil {
				return err
			}
			return ent.Insert(tx, rows[1:]...)
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			id := any(row).(db.Node).NodeID()
			if ent.TypeOf(id) != name {
				t.Errorf("the id %q", id)
			}
			found, err := ent.Load(w.System(), w.Portal.Store.Read(), name, id)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(any(row), any(found[id]), cmpopts.IgnoreUnexported(*row)); d != "" {
				t.Error(d)
			}
		}
		if err := w.Portal.Store.Write(ctx, func(tx *ent.Tx) error { return ent.Insert(tx, rows[0]) }); !ent.IsDuplicate(err) {
			t.Errorf("twice: %v", err)
		}
	})
}

// 1.4: what is inserted by fixed statements is what ent reads, and belongs to an
// account that the principal reaches.
func TestRowsAreInsertedAsTheyAre(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Owner("Ada"), w.Owner("Bea")
		ctx := w.As(a)
		inserted[db.Order](t, w, ctx, a.AccountID)
		inserted[db.OrderLine](t, w, ctx, a.AccountID)
		inserted[db.Service](t, w, ctx, a.AccountID)
		inserted[db.LedgerTransaction](t, w, ctx, a.AccountID)
		inserted[db.LedgerEntry](t, w, ctx, a.AccountID)
		inserted[db.Fee](t, w, ctx, a.AccountID)
		inserted[db.AuditEvent](t, w, ctx, a.AccountID)
		inserted[db.BillLine](t, w, ctx, a.AccountID)
		inserted[db.ActKey](t, w, ctx, a.AccountID)
		n := 10_000
		for name, c := range map[string]struct {
			ctx  context.Context
			want error
		}{
			"1.4: a foreign account":                          {w.As(b), clause.NotFound},
			"1.4: another account than that it is limited to": {authz.Narrow(w.System(), b.AccountID), clause.NotFound},
			"1.4: the system reaches each":                    {w.System(), nil},
		} {
			t.Run(name, func(t *testing.T) {
				err := w.Portal.Store.Write(c.ctx, func(tx *ent.Tx) error { return ent.Insert(tx, filled[db.Fee](a.AccountID, false, &n)) })
				if !errors.Is(err, c.want) {
					t.Error(err)
				}
			})
		}
		t.Run("5.7: nothing is written without a principal", func(t *testing.T) {
			err := w.Portal.Store.Write(t.Context(), func(tx *ent.Tx) error { return ent.Insert(tx, filled[db.ActKey]("", false, &n)) })
			if err == nil {
				t.Error("it was")
			}
		})
		t.Run("5.4: a text that its column can't hold is refused", func(t *testing.T) {
			long := filled[db.OrderLine](a.AccountID, false, &n)
			for range 6 {
				long.Quantity += "123456789 "
			}
			long.Quantity += "\x01"
			err := w.Portal.Store.Write(ctx, func(tx *ent.Tx) error { return ent.Insert(tx, long) })
			if !errors.Is(err, clause.Invalid) {
				t.Error(err)
			}
		})
	})
}

// Whatever their number, rows are inserted once each.
func TestManyRowsAreInserted(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Ada")
		ctx, n := w.As(a), 0
		for _, many := range []int{0, 1, 999, 1000, 1001, 1789} {
			rows := make([]*db.AuditEvent, many)
			for i := range rows {
				rows[i] = filled[db.AuditEvent](a.AccountID, false, &n)
				rows[i].Action = fmt.Sprint("many ", many)
			}
			if err := w.Portal.Store.Write(ctx, func(tx *ent.Tx) error { return ent.Insert(tx, rows...) }); err != nil {
				t.Fatal(many, err)
			}
			found, err := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action(fmt.Sprint("many ", many))).Count(ctx)
			if err != nil || found != many {
				t.Errorf("%d of %d rows are there: %v", found, many, err)
			}
		}
	})
}
