package ent_test

import (
	"errors"
	"strings"
	"testing"

	"portico/clause"
	"portico/ent"
	"portico/ent/db/application"
	"portico/ent/statement"
	"portico/portaltest"
)

func TestWhatAColumnCannotHoldIsRefusedAtItsField(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s, ctx := w.Portal.Store, w.System()
		a := w.Owner("Alphabet")
		create := func(tx *ent.Tx, name, kind string) error { return createApplication(tx, a.AccountID, name, kind) }
		usage := func(tx *ent.Tx, source string) error {
			return statement.InsertUsage(tx, []*statement.UsageRow{{AccountID: a.AccountID, ApplicationID: "appl_1", ServiceID: "serv_1", Source: source, EventID: "e", Metric: "m", At: tx.Now}})
		}
		for label, c := range map[string]struct {
			field string
			step  func(*ent.Tx) error
		}{
			"Chinese in ASCII":            {"kind", func(tx *ent.Tx) error { return create(tx, "n", "游戏") }},
			"a space at its end in ASCII": {"kind", func(tx *ent.Tx) error { return create(tx, "n", "GAME ") }},
			"191 characters of ASCII":     {"kind", func(tx *ent.Tx) error { return create(tx, "n", strings.Repeat("k", 191)) }},
			"NUL in a text":               {"name", func(tx *ent.Tx) error { return create(tx, "a\x00b", "GAME") }},
			"no UTF-8 in a text":          {"name", func(tx *ent.Tx) error { return create(tx, "\xd3\xa6\xd3\xc3", "GAME") }},
			"201 characters":              {"name", func(tx *ent.Tx) error { return create(tx, strings.Repeat("𠮷", 201), "GAME") }},
			"201 characters of one byte":  {"name", func(tx *ent.Tx) error { return create(tx, strings.Repeat("n", 201), "GAME") }},
			"Chinese by hand":             {"source", func(tx *ent.Tx) error { return usage(tx, "源") }},
			"191 characters by hand":      {"source", func(tx *ent.Tx) error { return usage(tx, strings.Repeat("s", 191)) }},
			"an update of a text":         {"name", func(tx *ent.Tx) error { return tx.Account.UpdateOneID(a.AccountID).SetName("\x00").Exec(tx) }},
			"an update in ASCII":          {"holder", func(tx *ent.Tx) error { return tx.Lease.Update().SetHolder("应").Exec(tx) }},
		} {
			t.Run(label+" is refused at its field", func(t *testing.T) {
				var r clause.Refusal
				err := s.Write(ctx, c.step)
				if !errors.As(err, &r) || r.Code != clause.Invalid.Code || strings.Join(r.Field, ".") != "input."+c.field {
					t.Errorf("%v", err)
				}
			})
		}
	})
}

// createApplication stores a row with a text and an ASCII word.
func createApplication(tx *ent.Tx, account, name, kind string) error {
	return tx.Application.Create().SetAccountID(account).SetName(name).SetKind(kind).SetRegion(application.RegionMAINLAND).
		SetStatus(application.StatusACTIVE).SetCreatedAt(tx.Now).Exec(tx)
}

func TestWhatAColumnCannotHoldIsNotFoundOnAnyEngine(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s, ctx := w.Portal.Store, w.System()
		a := w.Owner("Alphabet")
		create := func(tx *ent.Tx, name, kind string) error { return createApplication(tx, a.AccountID, name, kind) }
		t.Run("190 characters of ASCII and 200 of a text are kept whole", func(t *testing.T) {
			name, kind := strings.Repeat("𠮷", 200), strings.Repeat("k", 190)
			if err := s.Write(ctx, func(tx *ent.Tx) error { return create(tx, name, kind) }); err != nil {
				t.Fatal(err)
			}
			row, err := s.Read().Application.Query().Where(application.Kind(kind)).Only(ctx)
			if err != nil || row.Name != name {
				t.Errorf("%v", err)
			}
		})
		t.Run("what can't be there is not found, and what stands beside it is", func(t *testing.T) {
			if err := s.Write(ctx, func(tx *ent.Tx) error { return create(tx, "found", "GAME") }); err != nil {
				t.Fatal(err)
			}
			for _, kind := range []string{"游戏", "GAME ", "GAME\x00", "GAME\x7f", "\xff"} {
				one, err := s.Read().Application.Query().Where(application.Kind(kind)).Count(ctx)
				if err != nil || one != 0 {
					t.Errorf("%q: %d %v", kind, one, err)
				}
				both, err := s.Read().Application.Query().Where(application.KindIn(kind, "GAME")).Count(ctx)
				if err != nil || both != 1 {
					t.Errorf("%q: %d %v", kind, both, err)
				}
				not, err := s.Read().Application.Query().Where(application.KindNEQ(kind), application.Name("found")).Count(ctx)
				if err != nil || not != 1 {
					t.Errorf("not %q: %d %v", kind, not, err)
				}
			}
		})
	})
}
