package statement_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/restriction"
	"portico/ent/statement"
	"portico/portaltest"
)

// restrict gives an account two restrictions that are due, one that lies ahead and
// one that is over.
func restrict(tx *ent.Tx, accountID string) error {
	for i, span := range [][2]time.Duration{{-time.Hour, 0}, {-time.Hour, time.Hour}, {time.Hour, 0}, {-2 * time.Hour, -time.Hour}} {
		c := tx.Restriction.Create().SetScope(restriction.ScopeACCOUNT).SetAccountID(accountID).SetTargetID("").SetCode("VERIFICATION_REQUIRED").
			SetClause("5.2").SetCauseID(ent.NewID("veri")).SetSince(tx.Now.Add(span[0])).SetOpenKey(accountID + string(rune('a'+i)))
		if span[1] != 0 {
			c.SetUntilAt(tx.Now.Add(span[1]))
		}
		if err := c.Exec(tx); err != nil {
			return err
		}
	}
	return nil
}

// framed compares a frame with what separate statements find.
func framed(t *testing.T, tx *ent.Tx, account string, key statement.Key, known bool, want statement.Frame) error {
	held, err := statement.ReloadPrincipal(tx)
	if err != nil {
		return err
	}
	fresh, got, is, err := statement.ReloadFramed(tx, account, key)
	if err != nil {
		return err
	}
	if is != known || got != want {
		t.Errorf("known %v %+v, want %v %+v", is, got, known, want)
	}
	if d := cmp.Diff(held.Principal(), fresh.Principal(), sorted); d != "" {
		t.Error(d)
	}
	if !known || key == (statement.Key{}) {
		return nil
	}
	taken, err := statement.KeyTaken(tx, tx, key)
	if taken != want.Taken {
		t.Errorf("taken %v", taken)
	}
	return err
}

// 1.2, 5.4: what a command is decided on is read in one statement, and equals what
// separate statements find.
func TestAFrameEqualsSeparateReads(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Ada"), w.Verified("Bea")
		ctx := w.As(a)
		mine := statement.Key{Principal: a.PersonID, Operation: "placeOrder", Key: "taken"}
		err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
			for _, answer := range []string{a.PersonID, b.PersonID} {
				if err := tx.ActKey.Create().SetPrincipal(answer).SetOperation("placeOrder").SetKey("taken").SetInputHash("h").SetCreatedAt(tx.Wall).Exec(tx); err != nil {
					return err
				}
			}
			return restrict(tx, a.AccountID)
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			account string
			key     statement.Key
			known   bool
			want    statement.Frame
		}{
			"no key":                        {a.AccountID, statement.Key{}, true, statement.Frame{Restrictions: 2}},
			"a key with an answer":          {a.AccountID, mine, true, statement.Frame{Restrictions: 2, Taken: true}},
			"another key":                   {a.AccountID, statement.Key{Principal: a.PersonID, Operation: "placeOrder", Key: "free"}, true, statement.Frame{Restrictions: 2}},
			"a key of another operation":    {a.AccountID, statement.Key{Principal: a.PersonID, Operation: "renew", Key: "taken"}, true, statement.Frame{Restrictions: 2}},
			"no account":                    {"", mine, true, statement.Frame{Taken: true}},
			"nothing":                       {"", statement.Key{}, false, statement.Frame{}},
			"an account that isn't reached": {b.AccountID, mine, false, statement.Frame{}},
		} {
			t.Run("5.4: "+name, func(t *testing.T) {
				err := w.Portal.Store.Write(ctx, func(tx *ent.Tx) error { return framed(t, tx, c.account, c.key, c.known, c.want) })
				if err != nil {
					t.Fatal(err)
				}
			})
		}
		t.Run("5.4: a key belongs to its principal", func(t *testing.T) {
			err := w.Portal.Store.Write(authz.With(ctx, authz.From(w.As(b))), func(tx *ent.Tx) error {
				_, err := statement.KeyTaken(tx, tx, mine)
				return err
			})
			if err == nil {
				t.Error("another's key was read")
			}
		})
	})
}
