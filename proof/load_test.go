package proof_test

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"testing"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/go-cmp/cmp"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/portaltest"
)

// byEnt returns a type's rows as ent's own query finds them: all, or those with
// the given IDs.
func byEnt(ctx context.Context, t *testing.T, c *db.Client, typ string, ids ...string) map[string]db.Node {
	t.Helper()
	query := reflect.ValueOf(c).Elem().FieldByName(typ).MethodByName("Query").Call(nil)[0]
	if len(ids) > 0 {
		where := reflect.MakeSlice(reflect.SliceOf(query.MethodByName("Where").Type().In(0).Elem()), 1, 1)
		where.Index(0).Set(reflect.ValueOf(entsql.FieldIn("id", ids...)).Convert(where.Type().Elem()))
		query = query.MethodByName("Where").CallSlice([]reflect.Value{where})[0]
	}
	out := query.MethodByName("All").Call([]reflect.Value{reflect.ValueOf(ctx)})
	if err, failed := out[1].Interface().(error); failed {
		t.Fatalf("%s: %v", typ, err)
	}
	found := map[string]db.Node{}
	for i := range out[0].Len() {
		n := out[0].Index(i).Interface().(db.Node)
		found[n.NodeID()] = n
	}
	return found
}

// columns returns the values of rows.
func columns(rows map[string]db.Node) map[string]map[string]any {
	all := map[string]map[string]any{}
	for id, n := range rows {
		all[id] = map[string]any{}
		row := reflect.ValueOf(n).Elem()
		for i := range row.NumField() {
			if f := row.Type().Field(i); f.IsExported() && f.Name != "Edges" {
				all[id][f.Name] = row.Field(i).Interface()
			}
		}
	}
	return all
}

// For each type and each kind of reader, our statement that loads rows by ID
// finds the same rows as ent's query.
func TestRowsByIDAreWhatQueriesFind(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newStage(w)
		s.a.furnish()
		s.b.furnish()
		owner, operator := w.As(s.a.owner), w.As(w.Operator("support"))
		both := w.As(w.Person("Both", func(tx *ent.Tx, personID string) error {
			if err := hire(tx, s.a.account, personID, "auditor"); err != nil {
				return err
			}
			return hire(tx, s.b.account, personID, "auditor")
		}))
		readers := map[string]context.Context{
			"the system": w.System(), "an owner": owner, "who works for both": both, "an operator": operator, "who works nowhere": w.As(w.Person("Nobody")),
			"a visitor":                        authz.With(t.Context(), authz.Nobody("192.0.2.1", "test")),
			"an owner, within its account":     authz.Narrow(owner, s.a.account),
			"an owner, within another's":       authz.Narrow(owner, s.b.account),
			"an operator, within one":          authz.Narrow(operator, s.b.account),
			"an operator, of what is no one's": authz.Narrow(operator, ""),
		}
		c, full := w.Portal.Store.Read(), 0
		for _, typ := range slices.Sorted(maps.Keys(db.Loaders)) {
			ids := slices.Sorted(maps.Keys(byEnt(w.System(), t, c, typ)))
			if len(ids) > 0 {
				full++
			}
			unknown := append(slices.Clone(ids), "ord_00000000000000000000000000")
			for name, ctx := range readers {
				for _, asked := range [][]string{unknown, unknown[:1], unknown[:min(3, len(unknown))]} {
					got, err := ent.Load(ctx, c, typ, asked...)
					if err != nil {
						t.Fatalf("%s of %s: %v", typ, name, err)
					}
					if d := cmp.Diff(columns(byEnt(ctx, t, c, typ, asked...)), columns(got)); d != "" {
						t.Errorf("%s of %s (-ent +loaded): %s", typ, name, d)
					}
				}
			}
		}
		if full < 40 {
			t.Errorf("there are rows of %d types only", full)
		}
		if _, err := ent.Load(t.Context(), c, "Order", "ord_00000000000000000000000000"); err == nil {
			t.Error("without a principal")
		}
	})
}
