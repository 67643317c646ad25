package job_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/portal/kernel/job"
	"portico/portaltest"
)

// TestObjectsThatAreProcessedTogether checks that each object is processed once and
// those of an account in order, whether its batch succeeds, leaves it or fails.
func TestObjectsThatAreProcessedTogether(t *testing.T) {
	w := portaltest.New(t, "sqlite")
	var mu sync.Mutex
	done, sizes := map[string][]int{}, []int{}
	finish := func(o object) {
		mu.Lock()
		defer mu.Unlock()
		done[o.account] = append(done[o.account], o.n)
	}
	waiting := objects(7, 3)
	list := job.List[object]{Rows: func(context.Context, *db.Client, job.Range, int) ([]object, error) {
		page := waiting
		waiting = nil
		return page, nil
	}, Key: object.key}
	together := func(_ context.Context, _ *ent.Store, rows []object) (left []object, err error) {
		mu.Lock()
		sizes = append(sizes, len(rows))
		mu.Unlock()
		for _, o := range rows {
			if o.account == "acct6" && o.n == 1 {
				return nil, errors.New("nothing was done")
			}
			if o.account == "acct5" && o.n == 2 {
				panic("a mistake")
			}
		}
		for _, o := range rows {
			if o.account == "acct0" {
				left = append(left, o)
				continue
			}
			finish(o)
		}
		return left, nil
	}
	j := job.EachTogether("test", 4, together, func(_ context.Context, _ *ent.Store, o object) error {
		finish(o)
		return nil
	}, list)
	n, err := j.Run(w.System(), w.Portal.Store)
	if n != 21 || err != nil {
		t.Errorf("%d done, %v", n, err)
	}
	for account, order := range done {
		if !slices.Equal(order, []int{0, 1, 2}) {
			t.Errorf("%s in the order %v", account, order)
		}
	}
	if slices.Max(sizes) > 4 || len(done) != 7 {
		t.Errorf("batches of %v, %d accounts", sizes, len(done))
	}
	waiting = objects(7, 3)
	ended, stop := context.WithTimeout(w.System(), time.Hour)
	stop()
	if n, err := j.Run(ended, w.Portal.Store); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the run: %d done, %v", n, err)
	}
}
