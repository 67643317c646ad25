package statement_test

import (
	"errors"
	"slices"
	"testing"

	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/ent/statement"
	"portico/portaltest"
)

func TestTheFirstOfEachListAreThoseOfEnt(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Ada"), w.Verified("Bea")
		s, ctx := w.Portal.Store, w.As(a)
		lists := statement.Lists{Store: s}
		t.Run("1.4: the first of each account's list are those that ent gives", func(t *testing.T) {
			for range 3 {
				w.Application(a, "OVERSEAS")
			}
			want, err := s.Read().Application.Query().Order(db.Desc(application.FieldCreatedAt, application.FieldID)).Limit(2).IDs(ctx)
			if err != nil {
				t.Fatal(err)
			}
			got, err := lists.FirstOfEach(ctx, "applications", "created_at", true, []string{a.AccountID}, 2)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%v %v, want %v", got, err, want)
			}
			if _, err := lists.FirstOfEach(ctx, "applications", "created_at", true, []string{a.AccountID, b.AccountID}, 2); !errors.Is(err, clause.NotFound) {
				t.Errorf("%v", err)
			}
			if got, err := lists.FirstOfEach(ctx, "applications", "created_at", true, nil, 2); err != nil || len(got) != 0 {
				t.Errorf("%v %v", got, err)
			}
		})
	})
}
