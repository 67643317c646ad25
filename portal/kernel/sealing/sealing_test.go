package sealing_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"portico/ent/db/sealingkey"
	"portico/portal"
	"portico/portal/kernel/sealing"
	"portico/portaltest"
	"portico/server"
)

type input = map[string]any

const invite = `mutation($i: InviteEmployeeInput!) { inviteEmployee(input: $i) { userErrors { code } } }`

const me = `{ viewer { person { phone email } } }`

func rotated(c *portal.Config, _ *server.Config) { c.Keys = portaltest.Rotated() }

func TestWhatOlderKeysSealedIsResealed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Ada", "10.00")
		w.Done(a, invite, input{"i": input{"accountId": a.AccountID, "address": "guest@example.com", "roleIds": roles(w, a)}})
		before := w.Must(a, me, nil)
		old := w.Portal.Store.Key()

		next := portaltest.Open(t, w.Engine, w.Database, rotated)
		key := next.Portal.Store.Key()
		if key == old {
			t.Fatal("the key is the same")
		}
		noted := next.Portal.Store.Read().SealingKey.Query().Where(sealingkey.KeyIDIn(int64(old), int64(key))).CountX(next.System())
		if noted != 2 {
			t.Errorf("5.7: %d keys are noted as in use", noted)
		}
		t.Run("5.7: a start without a key in use is refused by its id", func(t *testing.T) { startsWithout(t, next, old, key) })
		t.Run("5.7: two concurrent runs reseal each value once", func(t *testing.T) { resealTwice(t, next, key) })
		t.Run("5.7: the same is read, and found by its index", func(t *testing.T) {
			again := &portaltest.Actor{Name: a.Name, Phone: a.Phone, Email: a.Email}
			after := next.Must(again, me, nil)
			for _, field := range []string{"phone", "email"} {
				if got, want := portaltest.String(after, "viewer", "person", field), portaltest.String(before, "viewer", "person", field); got != want || got == "" {
					t.Errorf("%s: %q, want %q", field, got, want)
				}
			}
		})
	})
}

// startsWithout checks that a portal whose keyset lacks keys in use is refused
// at its start.
func startsWithout(t *testing.T, w *portaltest.World, keys ...uint32) {
	without, err := portal.Open(context.Background(), portal.Config{Database: w.Database, Keys: portaltest.Foreign(), Wall: w.Wall, Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	defer without.Close()
	if missing := (sealing.KeyMissing{}); !errors.As(sealing.Check(w.System(), without.Store), &missing) || !slices.Contains(keys, missing.ID) {
		t.Errorf("it starts, or reports %v", missing)
	}
}

// resealTwice reseals everything with a key, twice concurrently.
func resealTwice(t *testing.T, w *portaltest.World, key uint32) {
	var all sync.WaitGroup
	var counts [2]int
	for i := range counts {
		all.Go(func() {
			n, err := sealing.Reseal(w.System(), w.Portal.Store)
			if err != nil {
				t.Error(err)
			}
			counts[i] = n
		})
	}
	all.Wait()
	if sum := counts[0] + counts[1]; sum < 8 {
		t.Errorf("%v values", counts)
	}
	if n, err := sealing.Reseal(w.System(), w.Portal.Store); n != 0 || err != nil {
		t.Errorf("another run: %d %v", n, err)
	}
	if used, err := w.Portal.Store.KeysInUse(w.System()); err != nil || !slices.Equal(used, []uint32{key}) {
		t.Errorf("in use: %v %v", used, err)
	}
	if n := w.Portal.Store.Read().SealingKey.Query().CountX(w.System()); n != 1 {
		t.Errorf("%d keys are asked for at a start", n)
	}
}

// roles returns the ID of a role that can be granted.
func roles(w *portaltest.World, a *portaltest.Actor) []any {
	d := w.Must(a, `query($id: ID!) { account(id: $id) { roles { id } } }`, input{"id": a.AccountID})
	return []any{portaltest.String(d, "account", "roles", 0, "id")}
}
