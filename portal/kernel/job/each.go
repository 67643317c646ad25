package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"entgo.io/ent/dialect/sql"
	"golang.org/x/sync/errgroup"

	"portico/ent"
	"portico/ent/db"
)

const (
	// pageSize is how many objects are listed at once, so that memory doesn't
	// grow with their number.
	pageSize = 200
	// share is the part of the store's connections that one job uses: the rest
	// serves requests, other jobs, and the renewal of leases.
	share = 2
	// mostNamed is how many failures a run's error names; the log has all.
	mostNamed = 10
)

// Key is the position of an object among those that are due.
type Key struct {
	// At is when it is due; among several due at the same instant, the smallest
	// ID is first.
	At time.Time
	ID string
	// Account is the account that the object belongs to. The objects of one
	// account are processed in order.
	Account string
}

// List is a kind of object that falls due.
type List[T any] struct {
	// Rows lists those that wait within a range, at most the given number, in the
	// order of their keys, by an index.
	Rows func(ctx context.Context, c *db.Client, within Range, most int) ([]T, error)
	// Key returns the key of a row.
	Key func(row T) Key
}

// Range is a part of the waiting objects. The zero Range is all of them.
type Range struct {
	until time.Time
	after *Key
}

// By returns the condition that a row is within the range, by the columns of
// its due instant and its ID.
func (r Range) By(at, id string) func(*sql.Selector) {
	return func(s *sql.Selector) {
		if r.until.IsZero() {
			s.Where(sql.NotNull(s.C(at)))
			return
		}
		s.Where(sql.LTE(s.C(at), r.until))
		if r.after != nil {
			s.Where(sql.Or(sql.GT(s.C(at), r.after.At), sql.And(sql.EQ(s.C(at), r.after.At), sql.GT(s.C(id), r.after.ID))))
		}
	}
}

// Each returns the job that processes what falls due in some lists by the
// portal's time, one object at a time, and several accounts in parallel. A row
// that do gets was due when it was listed: do processes it only if it still is,
// and returns nil if it isn't. [Work] describes how failures are handled.
func Each[T any](name string, do func(ctx context.Context, s *ent.Store, row T) error, lists ...List[T]) Job {
	return Job{Name: name,
		Next: func(ctx context.Context, s *ent.Store) (next time.Time, any bool, err error) {
			for _, l := range lists {
				rows, err := l.Rows(ctx, s.Read(), Range{}, 1)
				if err != nil {
					return time.Time{}, false, err
				}
				if len(rows) == 0 {
					continue
				}
				if at := l.Key(rows[0]).At; !any || at.Before(next) {
					next, any = at, true
				}
			}
			return next, any, nil
		},
		Run: func(ctx context.Context, s *ent.Store) (done int, err error) {
			var broken failures
			for _, l := range lists {
				n, err := l.run(ctx, s, do, &broken)
				done += n
				if err != nil {
					return done, errors.Join(broken.err(), err)
				}
			}
			return done, broken.err()
		}}
}

// run processes what is due, page by page, and skips what failed.
func (l List[T]) run(ctx context.Context, s *ent.Store, do func(context.Context, *ent.Store, T) error, broken *failures) (done int, err error) {
	return l.pages(ctx, s, func(rows []T) (int, error) {
		return work(ctx, Parallel(s), rows, l.Key, func(ctx context.Context, row T) error { return do(ctx, s, row) }, broken)
	})
}

// pages lists what is due, page by page.
func (l List[T]) pages(ctx context.Context, s *ent.Store, process func(rows []T) (int, error)) (done int, err error) {
	for within := (Range{}); ; {
		within.until = s.Now()
		rows, err := l.Rows(ctx, s.Read(), within, pageSize)
		if err != nil || len(rows) == 0 {
			return done, err
		}
		n, err := process(rows)
		done += n
		if err != nil {
			return done, err
		}
		last := l.Key(rows[len(rows)-1])
		within.after = &last
	}
}

// Parallel returns how many objects a job processes at once in its store: one
// where the engine has one writer.
func Parallel(s *ent.Store) int { return max(1, s.Writers()/share) }

// Work processes objects, at most the given number at once, and those of one
// account in the order of rows. An object that fails or panics is logged and
// doesn't stop the others; the error names some of those that failed. Nothing
// is started after the context has ended: the error is then the context's.
func Work[T any](ctx context.Context, most int, rows []T, key func(row T) Key, do func(ctx context.Context, row T) error) (done int, err error) {
	var broken failures
	done, err = work(ctx, most, rows, key, do, &broken)
	return done, errors.Join(broken.err(), err)
}

func work[T any](ctx context.Context, most int, rows []T, key func(T) Key, do func(context.Context, T) error, broken *failures) (int, error) {
	var mu sync.Mutex
	done, of := 0, runOf(ctx)
	one := func(row T) {
		k := key(row)
		err := try(ctx, row, do)
		if err != nil && ctx.Err() != nil { // it was interrupted, and is still due
			return
		}
		mu.Lock()
		defer mu.Unlock()
		of.count(err == nil)
		if err == nil {
			done++
			return
		}
		slog.ErrorContext(ctx, "object of a job failed", "job", of.name, "object", k.ID, "account", k.Account, "error", err)
		broken.add(fmt.Errorf("%s: %w", k.ID, err))
	}
	var group errgroup.Group
	group.SetLimit(most)
	for _, account := range byAccount(rows, key) {
		group.Go(func() error {
			for _, row := range account {
				if err := ctx.Err(); err != nil {
					return err
				}
				one(row)
			}
			return nil
		})
	}
	err := group.Wait()
	if err == nil {
		err = ctx.Err()
	}
	return done, err
}

// try turns a panic over one object into an error.
func try[T any](ctx context.Context, row T, do func(context.Context, T) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("job: panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do(ctx, row)
}

// byAccount splits rows by account, in the order of each account's first row.
func byAccount[T any](rows []T, key func(T) Key) (parts [][]T) {
	index := make(map[string]int, len(rows))
	for _, row := range rows {
		account := key(row).Account
		i, known := index[account]
		if !known {
			i = len(parts)
			index[account] = i
			parts = append(parts, nil)
		}
		parts[i] = append(parts[i], row)
	}
	return parts
}

// First returns what [Job.Next] returns, for a query of the row that is due
// first; ent's not-found error means that nothing is due.
func First[T any](row T, err error, at func(row T) time.Time) (time.Time, bool, error) {
	if db.IsNotFound(err) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, err
	}
	return at(row), true, nil
}

// failures collects the objects of a run that failed.
type failures struct {
	n    int
	some []error
}

func (f *failures) add(err error) {
	if f.n++; f.n <= mostNamed {
		f.some = append(f.some, err)
	}
}

func (f *failures) err() error {
	if f.n <= mostNamed {
		return errors.Join(f.some...)
	}
	return fmt.Errorf("job: %d objects failed, among them:\n%w", f.n, errors.Join(f.some...))
}
