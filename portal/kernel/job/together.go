package job

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"portico/ent"
)

// Together processes several due objects at once, each of another account, and
// returns those that it left: they are processed one by one. If it returns an
// error it has done nothing, or doesn't know: then all of them are.
type Together[T any] func(ctx context.Context, s *ent.Store, rows []T) (left []T, err error)

// EachTogether is [Each] for objects that cost less if several are processed in
// one transaction, at most size of them. The objects of one account are still
// processed in order.
func EachTogether[T any](name string, size int, together Together[T], do func(ctx context.Context, s *ent.Store, row T) error, lists ...List[T]) Job {
	j := Each(name, do, lists...)
	j.Run = func(ctx context.Context, s *ent.Store) (done int, err error) {
		var broken failures
		for _, l := range lists {
			n, err := l.pages(ctx, s, func(rows []T) (int, error) { return l.batches(ctx, s, rows, size, together, do, &broken) })
			done += n
			if err != nil {
				return done, errors.Join(broken.err(), err)
			}
		}
		return done, broken.err()
	}
	return j
}

// batches processes a page: first the oldest object of each account, then the
// next ones.
func (l List[T]) batches(ctx context.Context, s *ent.Store, rows []T, size int, together Together[T], do func(context.Context, *ent.Store, T) error, broken *failures) (done int, err error) {
	for len(rows) > 0 && err == nil {
		var wave, rest []T
		seen := make(map[string]bool, len(rows))
		for _, row := range rows {
			if account := l.Key(row).Account; seen[account] {
				rest = append(rest, row)
			} else {
				seen[account] = true
				wave = append(wave, row)
			}
		}
		left := remaining(ctx, s, wave, size, together)
		for range len(wave) - len(left) {
			runOf(ctx).count(true)
			done++
		}
		var n int
		n, err = work(ctx, Parallel(s), left, l.Key, func(ctx context.Context, row T) error { return do(ctx, s, row) }, broken)
		done, rows = done+n, rest
	}
	return done, err
}

// remaining processes objects of different accounts together, several batches at
// once, and returns those that are left.
func remaining[T any](ctx context.Context, s *ent.Store, rows []T, size int, together Together[T]) (left []T) {
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(Parallel(s))
	for batch := range slices.Chunk(rows, size) {
		group.Go(func() error {
			some := batch
			if ctx.Err() == nil {
				err := try(ctx, batch, func(ctx context.Context, rows []T) (err error) {
					some, err = together(ctx, s, rows)
					return err
				})
				if err != nil {
					some = batch
					slog.WarnContext(ctx, "objects of a job are processed one by one", "job", runOf(ctx).name, "objects", len(batch), "error", err)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			left = append(left, some...)
			return nil
		})
	}
	_ = group.Wait() // no batch returns an error
	return left
}
