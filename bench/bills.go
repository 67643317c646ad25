package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"portico/authz"
	"portico/bench/floor"
	"portico/ent"
	"portico/portal"
	"portico/portal/finance/billing"
)

// billAim is the throughput that a billing run should reach, as a fraction of
// the floor's.
const billAim = 0.5

// billsHeading is the heading of the billing runs' table.
const billsHeading = "engine   bills of     ms an account floor, portico   throughput ratio   aim   CPU ms floor, portico   CPU ratio   Portico in all, heap above its start"

// bills measures runs that close and bill one hour of many accounts, of both
// sides. Each side uses a new database for each number of accounts.
func (c settings) bills(ctx context.Context, engineName, folder string) error {
	if strings.HasPrefix(c.engines, engineName) {
		fmt.Println(billsHeading)
	}
	for _, accounts := range c.accounts {
		r := billRun{accounts: accounts, connections: c.connections}
		if c.profile != "" {
			r.profile = filepath.Join(c.profile, fmt.Sprintf("%s-bills-%d.pprof", engineName, accounts))
		}
		line, err := r.measure(ctx, func(side string) (string, func() error, error) {
			return open(ctx, engineName, filepath.Join(folder, fmt.Sprint("bills-", accounts, "-", side)))
		})
		if err != nil {
			return fmt.Errorf("bills of %d accounts: %w", accounts, err)
		}
		fmt.Printf("%-8s %s\n", engineName, line)
	}
	return nil
}

// billRun is a measured run of bills.
type billRun struct {
	accounts, connections int
	// profile is the file for a CPU profile of Portico; empty for none.
	profile string
	// raced starts each run twice at once.
	raced bool
	seed  billed
	sides [2]billSide // the floor, and Portico
}

// billSide is one side's database, and how long its run took.
type billSide struct {
	portal     *portal.Portal // also opens the floor's database, to compare it
	run        func() (int, error)
	took, used time.Duration
	peak       *heap
}

// measure bills the same accounts with both sides, one after the other, compares
// what they wrote, and returns the line of the table.
func (r *billRun) measure(ctx context.Context, open func(side string) (string, func() error, error)) (line string, err error) {
	keys, _, err := ent.NewKeys()
	if err != nil {
		return "", err
	}
	r.seed = billed{hour: time.Now().UTC().Truncate(time.Hour).Add(-2 * time.Hour), accounts: r.accounts, varied: true}
	for i, name := range []string{"floor", "portico"} {
		database, drop, err := open(name)
		if err != nil {
			return "", err
		}
		defer func() { err = errors.Join(err, drop()) }()
		s := &r.sides[i]
		if s.portal, err = billable(ctx, database, keys, r.seed); err != nil {
			return "", fmt.Errorf("%s: seeding: %w", name, err)
		}
		defer func() { err = errors.Join(err, s.portal.Close()) }()
		s.run = func() (int, error) {
			return billing.Run().Run(authz.With(ctx, authz.AsSystem("bench")), s.portal.Store)
		}
		profile := r.profile
		if name == "floor" {
			f, err := floor.Open(ctx, database, r.connections, time.Now)
			if err != nil {
				return "", err
			}
			defer func() { err = errors.Join(err, f.Close()) }()
			s.run, profile = func() (int, error) { return f.BillHours(ctx) }, ""
		}
		if r.raced {
			s.run = twice(s.run)
		}
		if err := s.measure(r, profile); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := r.compare(ctx); err != nil {
		return "", err
	}
	return r.line(), nil
}

// measure runs one side, and runs it again to see that nothing is billed twice.
func (s *billSide) measure(r *billRun, profile string) error {
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	peak, stop := watchHeap()
	before, began := cpu(), time.Now()
	n, err := s.run()
	s.took, s.used, s.peak = time.Since(began), cpu()-before, peak
	stop()
	if err == nil && (n < r.accounts || n > r.accounts && !r.raced) { // Portico counts what it finds closed by another run
		err = fmt.Errorf("%d of %d periods were closed", n, r.accounts)
	}
	if err != nil {
		return err
	}
	if n, err = s.run(); err == nil && n != 0 {
		err = fmt.Errorf("%d periods were closed twice", n)
	}
	return err
}

// twice starts a run twice at once, and adds up what they closed.
func twice(run func() (int, error)) func() (int, error) {
	return func() (int, error) {
		var n [2]int
		var group errgroup.Group
		for i := range n {
			group.Go(func() (err error) {
				n[i], err = run()
				return err
			})
		}
		err := group.Wait()
		return n[0] + n[1], err
	}
}

func (r *billRun) line() string {
	f, p := &r.sides[0], &r.sides[1]
	each := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(r.accounts) }
	return fmt.Sprintf("%-12d %14.2f %14.2f   %16.2f  %.2f   %10.2f %10.2f   %9.2f   %.1f s, at most %.1f MiB above %.1f MiB", r.accounts,
		each(f.took), each(p.took), each(f.took)/each(p.took), billAim, each(f.used), each(p.used), each(p.used)/each(f.used),
		p.took.Seconds(), p.peak.above(), p.peak.start/mib)
}

const mib = 1 << 20

// heap holds the size of the heap, in bytes: at the start, and at most.
type heap struct{ start, most float64 }

func (h *heap) above() float64 { return (h.most - h.start) / mib }

// watchHeap measures the heap until stop is called.
func watchHeap() (h *heap, stop func()) {
	const objects = "/memory/classes/heap/objects:bytes"
	sample := []metrics.Sample{{Name: objects}}
	read := func() float64 {
		metrics.Read(sample)
		return float64(sample[0].Value.Uint64())
	}
	runtime.GC()
	h = &heap{start: read()}
	h.most = h.start
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				h.most = max(h.most, read())
			}
		}
	})
	return h, func() { close(done); watching.Wait() }
}
