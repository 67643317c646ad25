package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// verdict is what became of a mutant.
type verdict struct {
	mutant
	// by is the test that noticed; empty where none did.
	by string
	// why says of a survivor what was run.
	why string
}

// batch is a run of some test functions of one package.
type batch struct {
	p       *tested
	roots   []string
	seconds float64
}

// quick tests are run before all others; they take less together.
const quick = 1.0

// batches are the runs that could notice a mutant, quick ones first.
func batches(m mutant, packages []*tested) []batch {
	var all []batch
	readers := slices.ContainsFunc(packages, func(p *tested) bool { return p.reads(m.figure) })
	for _, p := range packages {
		switch {
		case m.figure != "" && readers && !p.reads(m.figure):
			continue
		case m.figure != "" && !readers && p.Path != shown: // no rule reads it
			continue
		}
		first, rest := batch{p: p}, batch{p: p}
		for _, name := range p.naming(m.clause) {
			b := &rest
			if s := p.seconds(name); first.seconds+s <= quick {
				b = &first
			}
			b.roots = append(b.roots, name)
			b.seconds += p.seconds(name)
		}
		for _, b := range []batch{first, rest} {
			if len(b.roots) > 0 {
				all = append(all, b)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b batch) int { return cmp.Compare(a.seconds, b.seconds) })
	return all
}

// judge runs what could notice a mutant until a test does that passes otherwise
// and whose name holds the clause.
func judge(ctx context.Context, m mutant, packages []*tested) (verdict, error) {
	v := verdict{mutant: m}
	all := batches(m, packages)
	if len(all) == 0 {
		v.why = "no test names " + string(m.clause)
		return v, nil
	}
	run := 0
	for _, b := range all {
		most := time.Minute + 10*time.Duration(b.seconds*float64(time.Second))
		said, err := b.p.run(ctx, "^("+strings.Join(b.roots, "|")+")$", most, []string{"PORTICO_MUTANT=" + m.name}, func(t outcome) bool {
			run++
			_, passes := b.p.Tests[t.test]
			if !t.passed && passes && slices.Contains(clauses(t.test), m.clause) {
				v.by = strings.TrimPrefix(b.p.Path, "portico/") + " " + t.test
			}
			return v.by == ""
		})
		if err != nil || v.by != "" {
			return v, err
		}
		if said != "" {
			v.why += strings.TrimPrefix(b.p.Path, "portico/") + ": " + strings.TrimPrefix(said, "; ") + ". "
		}
	}
	v.why += fmt.Sprintf("%d tests of %d packages passed", run, len(all))
	return v, nil
}

// try judges every mutant, and prints those that survived.
func try(ctx context.Context, parallel int, mutants []mutant, packages []*tested) error {
	verdicts, errs := make([]verdict, len(mutants)), make([]error, len(mutants))
	var mu sync.Mutex
	done := 0
	each(parallel, len(mutants), func(i int) {
		if errs[i] = ctx.Err(); errs[i] != nil {
			return
		}
		verdicts[i], errs[i] = judge(ctx, mutants[i], packages)
		mu.Lock()
		defer mu.Unlock()
		done++
		word, by := "killed", verdicts[i].by
		if by == "" {
			word, by = "SURVIVED", verdicts[i].why
		}
		fmt.Fprintf(os.Stderr, "[%d/%d] %s %s %s: %s\n", done, len(mutants), word, verdicts[i].clause, verdicts[i].name, by)
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	survived := slices.DeleteFunc(verdicts, func(v verdict) bool { return v.by != "" })
	fmt.Printf("%d mutants, %d survived\n", len(mutants), len(survived))
	for _, v := range survived {
		fmt.Printf("%-5s %-70s %s\n", v.clause, v.told, v.why)
	}
	if len(survived) > 0 {
		return fmt.Errorf("%d survived", len(survived))
	}
	return nil
}
