package job_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db"
	dbaccount "portico/ent/db/account"
	"portico/portal/kernel/job"
	"portico/portaltest"
)

// billed counts the committed work for each account, over all replicas.
type billed struct {
	mu    sync.Mutex
	times map[string]int
}

// bill does an account's work unless it is done.
func (b *billed) bill(ctx context.Context, s *ent.Store, a *db.Account) error {
	n := 0
	err := s.Write(ctx, func(tx *ent.Tx) (err error) {
		n, err = tx.Account.Update().Where(dbaccount.ID(a.ID), dbaccount.Name("Ada")).SetName("Billed").Save(tx)
		return err
	})
	if err != nil || n == 0 {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.times[a.ID]++
	return nil
}

// Two replicas share a job over many accounts. A run that is longer than its
// lease keeps the lease; the lease of a killed holder is taken when it expires,
// not earlier; and each account's work is done once.
func TestTwoReplicasDoEachAccountOnce(t *testing.T) {
	const many, first, terms, lasts = 60, 10, 3, 3 * time.Second
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		opened(t, w, many)
		b := &billed{times: map[string]int{}}
		held := newSignal() // after some accounts the holder waits, and stays alive
		killed := portaltest.Open(t, w.Engine, w.Database)
		stop := started(t, job.Runner{Store: killed.Portal.Store, Holder: "killed", Lease: lasts, Jobs: []job.Job{
			accounts("shared", func(ctx context.Context, s *ent.Store, a *db.Account) error {
				b.mu.Lock()
				enough := len(b.times) >= first
				b.mu.Unlock()
				if enough {
					held.set()
					<-ctx.Done()
					return ctx.Err()
				}
				return b.bill(ctx, s, a)
			})}})
		held.await(t, "the first replica does some of the accounts")

		shared := accounts("shared", func(ctx context.Context, s *ent.Store, a *db.Account) error {
			return b.bill(ctx, s, a)
		})
		survivor := job.Runner{Store: w.Portal.Store, Holder: "survivor", Lease: lasts}
		keeps(t, w, survivor, shared, terms*lasts)
		if err := killed.Portal.Store.Close(); err != nil {
			t.Fatal(err)
		}
		takes(t, w, survivor, shared)
		stop()
		if len(b.times) != many {
			t.Errorf("%d of %d accounts are done", len(b.times), many)
		}
		for id, n := range b.times {
			if n != 1 {
				t.Errorf("%s was done %d times", id, n)
			}
		}
	})
}

// keeps makes another replica try for a time to get the lease of a living
// holder, in vain.
func keeps(t *testing.T, w *portaltest.World, other job.Runner, j job.Job, long time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(w.System(), patience)
	defer cancel()
	for end := database(t, w).Add(long); database(t, w).Before(end); {
		n, wait, err := other.Try(ctx, j)
		if n != 0 || wait <= 0 || err != nil {
			t.Fatalf("while the holder lives, another replica: %d, %s, %v", n, wait, err)
		}
		if l := row(t, w, j.Name); l.Holder != "killed" {
			t.Fatalf("while the holder lives, %s has its lease", l.Holder)
		}
		if err := job.Pause(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// takes makes another replica try until it gets the lease of a killed holder:
// exactly when it expires.
func takes(t *testing.T, w *portaltest.World, other job.Runner, j job.Job) {
	t.Helper()
	ctx, cancel := context.WithTimeout(w.System(), patience)
	defer cancel()
	for {
		now, l := database(t, w), row(t, w, j.Name)
		n, _, err := other.Try(ctx, j)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			if database(t, w).Before(l.UntilAt) {
				t.Error("the lease was taken before its term was over")
			}
			return
		}
		if now.After(l.UntilAt) {
			t.Fatalf("at %s the term that ended at %s is over, and another replica doesn't get the lease", now, l.UntilAt)
		}
		if err := job.Pause(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// A run whose lease another replica has taken starts no further account.
func TestARunUnderALostLeaseStops(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		opened(t, w, 40)
		working, ended := newSignal(), make(chan struct{})
		var mu sync.Mutex
		begun, after := 0, 0
		j := accounts("lost", func(ctx context.Context, _ *ent.Store, _ *db.Account) error {
			mu.Lock()
			begun++
			if ctx.Err() != nil {
				after++
			}
			mu.Unlock()
			working.set()
			<-ctx.Done()
			return ctx.Err()
		})
		var done int
		var err error
		go func() {
			defer close(ended)
			done, err = job.Runner{Store: w.Portal.Store, Holder: "a", Lease: time.Second}.Once(context.Background(), j)
		}()
		working.await(t, "the run begins")
		put(t, w, "lost", "b", 50*time.Second)
		<-ended
		if most := job.Parallel(w.Portal.Store); done != 0 || err == nil || after != 0 || begun > most {
			t.Errorf("%d begun, at most %d at once, %d of them after the loss, %d done: %v", begun, most, after, done, err)
		}
	})
}
