package statement_test

import (
	"testing"

	"portico/ent/db"
	"portico/ent/db/holding"
	"portico/ent/statement"
	"portico/portaltest"
)

func TestHolds(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, pending := w.Verified("Holds A"), w.Verified("Holds B"), w.Owner("Holds C")
		c := w.Portal.Store.Read()
		t.Run("1.3: one statement finds the entity that two of ent's find", func(t *testing.T) {
			for _, owner := range []*portaltest.Actor{a, b} {
				h, err := c.Holding.Query().Where(holding.AccountID(owner.AccountID), holding.OpenKeyNotNil()).Only(w.System())
				if err != nil {
					t.Fatal(err)
				}
				e, err := c.LegalEntity.Query().Where(statement.Holds(w.As(owner), owner.AccountID)).Only(w.As(owner))
				if err != nil || e.ID != h.LegalEntityID {
					t.Errorf("got %v, %v, want %s", e, err, h.LegalEntityID)
				}
			}
		})
		for name, asked := range map[string]struct{ who, of *portaltest.Actor }{
			"5.2: nobody holds an account that isn't approved": {pending, pending},
			"a foreign account is as one that nobody holds":    {a, b},
			"and the other way round":                          {b, a},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := c.LegalEntity.Query().Where(statement.Holds(w.As(asked.who), asked.of.AccountID)).Only(w.As(asked.who))
				if !db.IsNotFound(err) {
					t.Errorf("got %v", err)
				}
			})
		}
	})
}
