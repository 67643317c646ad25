package job_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"portico/ent"
	"portico/ent/db"
	dbaccount "portico/ent/db/account"
	"portico/portal/kernel/job"
	"portico/portaltest"
)

// object is the nth object of an account.
type object struct {
	account string
	n       int
}

func (o object) key() job.Key {
	return job.Key{ID: fmt.Sprintf("%s-%d", o.account, o.n), Account: o.account}
}

// objects returns objects of several accounts: the first of each account, then
// the second of each, and so on.
func objects(accounts, each int) (all []object) {
	for n := range each {
		for a := range accounts {
			all = append(all, object{fmt.Sprintf("acct%d", a), n})
		}
	}
	return all
}

// crew records which workers run concurrently, and what is done in which order.
type crew struct {
	mu   sync.Mutex
	now  map[string]bool
	most int
	done map[string][]int
	odd  []string
}

func newCrew() *crew { return &crew{now: map[string]bool{}, done: map[string][]int{}} }

func (c *crew) begin(o object) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now[o.account] {
		c.odd = append(c.odd, o.account+" is worked on twice at once")
	}
	c.now[o.account] = true
	c.most = max(c.most, len(c.now))
}

func (c *crew) end(o object) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.now, o.account)
	c.done[o.account] = append(c.done[o.account], o.n)
}

func TestSeveralAccountsAreWorkedOnAtOnceAndEachInItsOrder(t *testing.T) {
	for _, most := range []int{1, 3, 50} {
		synctest.Test(t, func(t *testing.T) {
			c := newCrew()
			done, err := job.Work(t.Context(), most, objects(20, 5), object.key, func(_ context.Context, o object) error {
				c.begin(o)
				defer c.end(o)
				<-time.After(time.Second) // of the bubble's time: all workers that can run do
				return nil
			})
			if err != nil || done != 100 {
				t.Errorf("at most %d: %d done, %v", most, done, err)
			}
			if want := min(most, 20); c.most != want || len(c.odd) > 0 {
				t.Errorf("at most %d: %d at once, want %d; %v", most, c.most, want, c.odd)
			}
			for account, order := range c.done {
				if !slices.Equal(order, []int{0, 1, 2, 3, 4}) {
					t.Errorf("at most %d: %s in the order %v", most, account, order)
				}
			}
		})
	}
}

func TestOneFailureKeepsNoOtherFromItsTurn(t *testing.T) {
	broken := errors.New("one account's")
	for _, most := range []int{1, 4} {
		c := newCrew()
		done, err := job.Work(t.Context(), most, objects(10, 2), object.key, func(_ context.Context, o object) error {
			c.begin(o)
			defer c.end(o)
			switch {
			case o == object{"acct3", 0}:
				return broken
			case o.account == "acct5":
				panic("a mistake")
			}
			return nil
		})
		if done != 17 || !errors.Is(err, broken) {
			t.Errorf("%d done: %v", done, err)
		}
		for account, order := range c.done {
			if !slices.Equal(order, []int{0, 1}) {
				t.Errorf("%s: %v", account, order)
			}
		}
	}
	many := func(context.Context, object) error { return broken }
	if _, err := job.Work(t.Context(), 4, objects(5000, 1), object.key, many); !errors.Is(err, broken) || len(err.Error()) > 2000 {
		t.Errorf("the error of many failures has %d bytes: %v", len(err.Error()), err)
	}
}

func TestAnEndedContextEndsTheWork(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begun := make(chan object, 100)
	go func() {
		for range 3 {
			<-begun
		}
		cancel()
	}()
	done, err := job.Work(ctx, 3, objects(50, 2), object.key, func(ctx context.Context, o object) error {
		begun <- o
		<-ctx.Done()
		return ctx.Err()
	})
	if done != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d done: %v", done, err)
	}
	if more := len(begun); more != 0 {
		t.Errorf("%d were begun after the end", more)
	}
}

// accounts is a job over the accounts of a world, all due since their creation,
// read page by page.
func accounts(name string, do func(ctx context.Context, s *ent.Store, a *db.Account) error) job.Job {
	j := job.Each(name, do, job.List[*db.Account]{
		Rows: func(ctx context.Context, c *db.Client, within job.Range, most int) ([]*db.Account, error) {
			return c.Account.Query().Where(within.By(dbaccount.FieldCreatedAt, dbaccount.FieldID)).
				Order(db.Asc(dbaccount.FieldCreatedAt, dbaccount.FieldID)).Limit(min(most, 7)).All(ctx)
		},
		Key: func(a *db.Account) job.Key { return job.Key{At: a.CreatedAt, ID: a.ID, Account: a.ID} }})
	j.OnWall = true
	return j
}

// opened creates accounts, some of them at the same time.
func opened(t *testing.T, w *portaltest.World, n int) {
	t.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		var all []*db.AccountCreate
		for i := range n {
			id := ent.NewID("acct")
			all = append(all, tx.Account.Create().SetID(id).SetNumber(id).SetName("Ada").SetStatus(dbaccount.StatusPENDING).
				SetSubjectKind(dbaccount.SubjectKindLEGAL_PERSON).SetCurrency("CNY").SetCreatedAt(tx.Now.Add(time.Duration(i/5)*time.Microsecond-time.Hour)))
		}
		return tx.Account.CreateBulk(all...).Exec(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEachPassesOverWhatFailsAndReportsIt(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		opened(t, w, 40)
		var mu sync.Mutex
		times := map[string]int{}
		status := &job.Status{}
		j := accounts("each", func(_ context.Context, _ *ent.Store, a *db.Account) error {
			mu.Lock()
			defer mu.Unlock()
			if times[a.ID]++; len(times) == 9 {
				return errors.New("the ninth's")
			}
			return nil
		})
		done, err := job.Runner{Store: w.Portal.Store, Holder: "a", Status: status}.Once(w.System(), j)
		if err == nil || done != 39 || len(times) != 40 {
			t.Errorf("%d of %d done: %v", done, len(times), err)
		}
		for id, n := range times {
			if n != 1 {
				t.Errorf("%s was worked on %d times", id, n)
			}
		}
		if r := status.Reports()[0]; r.Done != 39 || r.Failed != 1 || r.Failures != 1 {
			t.Errorf("%+v", r)
		}
		if n := job.Parallel(w.Portal.Store); w.Engine == "sqlite" && n != 1 || w.Engine != "sqlite" && n < 2 {
			t.Errorf("%d at once", n)
		}
	})
}
