package command_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/ent/db/auditevent"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

var errBroken = errors.New("broken")

// probe is the payload of the tests' commands.
type probe struct {
	clause.Answer
	Application *db.Application
	Count       int
	Note        string
}

// create creates an application, as an example of a command.
func create(ctx context.Context, w *portaltest.World, accountID string, input any, after error) (*probe, error) {
	return command.Do(ctx, w.Portal.Store, command.Command{Name: "probe", Permission: authz.ApplicationCreate, Object: accountID, Field: "accountId", Input: input},
		func(tx *command.Tx) (*probe, error) {
			row, err := tx.Application.Create().SetAccountID(accountID).SetName("Probe").SetKind("SOCIAL").
				SetRegion(application.RegionMAINLAND).SetStatus(application.StatusACTIVE).SetCreatedAt(tx.Now).Save(tx)
			if err != nil {
				return nil, err
			}
			tx.AuditObject(accountID, row.ID)
			tx.AuditDetail("name", row.Name)
			return &probe{Application: row, Count: 3, Note: "first"}, after
		})
}

func probes(t *testing.T, w *portaltest.World, accountID string) int {
	t.Helper()
	n, err := w.Portal.Store.Read().Application.Query().Where(application.AccountID(accountID), application.Name("Probe")).Count(w.System())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func events(t *testing.T, w *portaltest.World, result auditevent.Result) []*db.AuditEvent {
	t.Helper()
	rows, err := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action("probe"), auditevent.ResultEQ(result)).All(w.System())
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestAKeyGivesTheFirstAnswerAgain(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Ada"), w.Verified("Bea")
		ctx := command.WithKey(w.As(a), "k1")
		first, err := create(ctx, w, a.AccountID, "one", nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Run("5.4: the same input gets the same objects and fields, and nothing is done again", func(t *testing.T) {
			again, err := create(ctx, w, a.AccountID, "one", errBroken)
			if err != nil || again.Application.ID != first.Application.ID || again.Count != 3 || again.Note != "first" || probes(t, w, a.AccountID) != 1 {
				t.Errorf("%v %v", again, err)
			}
		})
		t.Run("5.4: another input is a conflict", func(t *testing.T) {
			if _, err := create(ctx, w, a.AccountID, "two", nil); !errors.Is(err, clause.KeyReused) {
				t.Errorf("%v", err)
			}
		})
		t.Run("5.4: another principal's key is another key", func(t *testing.T) {
			other, err := create(command.WithKey(w.As(b), "k1"), w, b.AccountID, "one", nil)
			if err != nil || other.Application.ID == first.Application.ID {
				t.Errorf("%v %v", other, err)
			}
		})
		t.Run("5.4: a refusal is repeated in the language of its reader", func(t *testing.T) {
			ctx := command.WithKey(w.As(a), "k2")
			refusal := clause.Invalid.At("n").With("detail", clause.Text{ZH: "零", EN: "zero"})
			if _, err := create(ctx, w, a.AccountID, "one", refusal); !errors.Is(err, clause.Invalid) {
				t.Fatal(err)
			}
			_, err := create(ctx, w, a.AccountID, "one", nil)
			var again clause.Refusal
			if !errors.As(err, &again) || again.Message(clause.ZH) != refusal.Message(clause.ZH) || again.Message(clause.EN) != refusal.Message(clause.EN) || strings.Join(again.Field, ".") != "input.n" {
				t.Errorf("%v", err)
			}
			if probes(t, w, a.AccountID) != 1 {
				t.Error("a refused command left something")
			}
		})
	})
}

func TestConcurrentDuplicatesOfAKeyRunOnce(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		t.Run("5.4: of eight twins one runs, and all get its answer", func(t *testing.T) {
			ctx := command.WithKey(w.As(a), "k3")
			ids := make([]string, 8)
			var wg sync.WaitGroup
			for i := range ids {
				wg.Go(func() {
					p, err := create(ctx, w, a.AccountID, "one", nil)
					if err != nil {
						t.Error(err)
						return
					}
					ids[i] = p.Application.ID
				})
			}
			wg.Wait()
			for _, id := range ids {
				if id != ids[0] || id == "" {
					t.Errorf("%v", ids)
				}
			}
			if n := probes(t, w, a.AccountID); n != 1 {
				t.Errorf("%d", n)
			}
		})
		t.Run("5.4: what the program got wrong, and what broke, isn't kept", func(t *testing.T) {
			for i, wrong := range []error{clause.Forbidden, clause.Unauthenticated, clause.Throttled, errBroken} {
				ctx := command.WithKey(w.As(a), fmt.Sprint("w", i))
				if _, err := create(ctx, w, a.AccountID, "one", wrong); !errors.Is(err, wrong) {
					t.Errorf("%v", err)
				}
				if p, err := create(ctx, w, a.AccountID, "one", nil); err != nil || p == nil {
					t.Errorf("%v", err)
				}
			}
		})
	})
}

func TestKeysAreRefusedAndForgotten(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		ctx := command.WithKey(w.As(a), "k1")
		first, err := create(ctx, w, a.AccountID, "one", nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Run("5.4: a key is refused for visitors, for secrets, and if it is no plain word", func(t *testing.T) {
			visitor := authz.With(t.Context(), authz.Nobody("192.0.2.1", "test"))
			secret := func(ctx context.Context) error {
				_, err := command.Do(ctx, w.Portal.Store, command.Command{Name: "secret", Secret: true}, func(*command.Tx) (*probe, error) { return &probe{}, nil })
				return err
			}
			if err := secret(command.WithKey(w.As(a), "k")); !errors.Is(err, clause.KeyRefused) {
				t.Errorf("%v", err)
			}
			if _, err := create(command.WithKey(visitor, "k"), w, a.AccountID, "one", nil); !errors.Is(err, clause.KeyRefused) {
				t.Errorf("%v", err)
			}
			for key, want := range map[string]bool{strings.Repeat("k", 150): true, strings.Repeat("k", 151): false, "钥": false, "a\n": false} {
				if _, err := create(command.WithKey(w.As(a), key), w, a.AccountID, "one", nil); errors.Is(err, clause.Malformed) == want {
					t.Errorf("%q: %v", key, err)
				}
			}
		})
		t.Run("5.4: a key is kept for 24 hours at least, then forgotten", func(t *testing.T) {
			w.Wall.Advance(24 * time.Hour)
			w.RunJobs()
			if again, err := create(ctx, w, a.AccountID, "one", errBroken); err != nil || again.Application.ID != first.Application.ID {
				t.Fatalf("%v %v", again, err)
			}
			w.Wall.Advance(2 * time.Hour)
			w.RunJobs()
			fresh := command.WithKey(w.As(a), "k1")
			if again, err := create(fresh, w, a.AccountID, "one", nil); err != nil || again.Application.ID == first.Application.ID {
				t.Errorf("%v %v", again, err)
			}
		})
	})
}

func TestEveryCommandIsRecorded(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		ctx := w.As(a)
		hold := func(t *testing.T, e *db.AuditEvent) {
			t.Helper()
			if e.ActorID != a.PersonID || e.ActingAs != "owner" || e.IPAddress != "192.0.2.1" || e.Agent != "test" || !e.At.Equal(w.Portal.Store.Now()) {
				t.Errorf("%v", e)
			}
		}
		t.Run("1.2: what is done is recorded: who, as whom, from where, on what, and what changed", func(t *testing.T) {
			p, err := create(ctx, w, a.AccountID, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			e := events(t, w, auditevent.ResultDONE)
			if len(e) != 1 || e[0].AccountID != a.AccountID || e[0].ObjectID != p.Application.ID || e[0].Details != `{"name":"Probe"}` || e[0].Code != "" {
				t.Fatalf("%v", e)
			}
			hold(t, e[0])
		})
		t.Run("1.2: a refusal is recorded with its code and clause, and undoes what was written", func(t *testing.T) {
			if _, err := create(ctx, w, a.AccountID, nil, clause.Throttled.By("3.3")); !errors.Is(err, clause.Throttled) {
				t.Fatal(err)
			}
			e := events(t, w, auditevent.ResultREFUSED)
			if len(e) != 1 || e[0].Code != "THROTTLED" || e[0].Clause != "3.3" || e[0].AccountID != a.AccountID || e[0].ObjectID != a.AccountID {
				t.Fatalf("%v", e)
			}
			hold(t, e[0])
			if probes(t, w, a.AccountID) != 1 {
				t.Error("something was left")
			}
		})
		t.Run("1.2: a kept refusal is recorded on what it wrote, which stays", func(t *testing.T) {
			if _, err := create(ctx, w, a.AccountID, nil, command.CommitRefusal(clause.Invalid.By("1.1"))); !errors.Is(err, clause.Invalid) {
				t.Fatal(err)
			}
			e := events(t, w, auditevent.ResultREFUSED)
			if len(e) != 2 || !strings.HasPrefix(e[1].ObjectID+e[0].ObjectID, "a") || probes(t, w, a.AccountID) != 2 {
				t.Fatalf("%v", e)
			}
		})
		t.Run("1.2: what broke is recorded in a transaction of its own, and leaves nothing else", func(t *testing.T) {
			if _, err := create(ctx, w, a.AccountID, nil, errBroken); !errors.Is(err, errBroken) {
				t.Fatal(err)
			}
			e := events(t, w, auditevent.ResultFAILED)
			if len(e) != 1 || e[0].Code != "INTERNAL" || probes(t, w, a.AccountID) != 2 {
				t.Fatalf("%v", e)
			}
			hold(t, e[0])
		})
	})
}

func TestACommandIsDecided(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		ctx := w.As(a)
		t.Run("a command within a transaction is an error of the program", func(t *testing.T) {
			err := w.Portal.Store.Write(ctx, func(tx *ent.Tx) error {
				_, err := create(tx, w, a.AccountID, nil, nil)
				return err
			})
			if err == nil || probes(t, w, a.AccountID) != 0 {
				t.Errorf("%v", err)
			}
		})
		t.Run("1.4: another's account isn't there", func(t *testing.T) {
			for _, id := range []string{w.Owner("Bea").AccountID, "acct_none", "", "账户", "acct_账户", "pers_x"} {
				if _, err := create(ctx, w, id, nil, nil); !errors.Is(err, clause.NotFound) {
					t.Errorf("%q: %v", id, err)
				}
			}
		})
		t.Run("1.2: a visitor must sign in", func(t *testing.T) {
			visitor := authz.With(t.Context(), authz.Nobody("192.0.2.1", "test"))
			if _, err := create(visitor, w, a.AccountID, nil, nil); !errors.Is(err, clause.Unauthenticated) {
				t.Errorf("%v", err)
			}
		})
	})
}

func TestAnInvalidKeyIsRefusedBeforeAnythingRuns(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		made := func(key string) portaltest.Response {
			return w.Send(a, `mutation($i: CreateApplicationInput!, $k: String!) { createApplication(input: $i) @idempotent(key: $k) { application { id } userErrors { code } } }`,
				map[string]any{"k": key, "i": map[string]any{"accountId": a.AccountID, "name": "Probe", "kind": "SOCIAL", "region": "MAINLAND"}})
		}
		for name, key := range map[string]string{"empty": "", "a space": " ", "ended by a space": "k ", "begun by a space": " k", "of 151 characters": strings.Repeat("k", 151), "not in ASCII": "键"} {
			t.Run("5.4: a key that is "+name+" is refused", func(t *testing.T) {
				r := made(key)
				if len(r.Errors) != 1 || r.Errors[0].Code() != clause.Malformed.Code || probes(t, w, a.AccountID) != 0 {
					t.Errorf("%s", r.Raw)
				}
			})
		}
		t.Run("5.4: a key of 150 characters, and one with a space within, are keys", func(t *testing.T) {
			for i, key := range []string{strings.Repeat("k", 150), "k k"} {
				if r := made(key); len(r.Errors) != 0 || probes(t, w, a.AccountID) != i+1 {
					t.Errorf("%s", r.Raw)
				}
			}
		})
	})
}
