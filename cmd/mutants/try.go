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

// verdict is the result of a mutant.
type verdict struct {
	mutant
	// by is the test that detected it; empty if none did.
	by string
	// why describes which tests were run, if the mutant survived.
	why string
}

// batch is a run of some test functions of one package.
type batch struct {
	p       *tested
	roots   []string
	seconds float64
}

// long is the total duration, in seconds, of the test functions of one run. A
// test function that takes longer runs alone.
const long = 5.0

// batches returns the runs that could detect a mutant, short ones first.
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
		some := batch{p: p}
		for _, name := range p.naming(m.clause) {
			s := p.seconds(name)
			if len(some.roots) > 0 && some.seconds+s > long {
				all = append(all, some)
				some = batch{p: p}
			}
			some.roots = append(some.roots, name)
			some.seconds += s
		}
		if len(some.roots) > 0 {
			all = append(all, some)
		}
	}
	slices.SortStableFunc(all, func(a, b batch) int { return cmp.Compare(a.seconds, b.seconds) })
	return all
}

// noticed holds the test functions that detected an earlier change of the same
// figure or, for other kinds of mutants, of the same clause. They are tried
// first.
type noticed struct {
	mu sync.Mutex
	by map[string]batch
}

func (m mutant) kin() string { return cmp.Or(m.figure, string(m.clause)) }

func (n *noticed) first(m mutant, all []batch) []batch {
	n.mu.Lock()
	defer n.mu.Unlock()
	if b, is := n.by[m.kin()]; is {
		return append([]batch{b}, all...)
	}
	return all
}

func (n *noticed) add(m mutant, p *tested, name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.by[m.kin()] = batch{p, []string{name}, p.seconds(name)}
}

// judge runs the tests that could detect a mutant, until one fails that passes
// otherwise and whose name contains the clause.
func judge(ctx context.Context, m mutant, packages []*tested, known *noticed) (verdict, error) {
	v := verdict{mutant: m}
	all := batches(m, packages)
	if len(all) == 0 {
		v.why = "no test names " + string(m.clause)
		return v, nil
	}
	run := 0
	for _, b := range known.first(m, all) {
		most := time.Minute + 10*time.Duration(b.seconds*float64(time.Second))
		output, err := b.p.run(ctx, "^("+strings.Join(b.roots, "|")+")$", most, []string{"PORTICO_MUTANT=" + m.name}, func(t outcome) bool {
			run++
			_, passes := b.p.Tests[t.test]
			if !t.passed && passes && slices.Contains(clauses(t.test), m.clause) {
				v.by = strings.TrimPrefix(b.p.Path, "portico/") + " " + t.test
				known.add(m, b.p, root(t.test))
			}
			return v.by == ""
		})
		if err != nil || v.by != "" {
			return v, err
		}
		if output != "" {
			v.why += strings.TrimPrefix(b.p.Path, "portico/") + ": " + strings.TrimPrefix(output, "; ") + ". "
		}
	}
	v.why += fmt.Sprintf("%d tests ran without detecting it", run)
	return v, nil
}

// try judges every mutant and prints those that survived.
func try(ctx context.Context, parallel int, mutants []mutant, packages []*tested) error {
	verdicts, errs := make([]verdict, len(mutants)), make([]error, len(mutants))
	var mu sync.Mutex
	known := noticed{by: map[string]batch{}}
	done := 0
	each(parallel, len(mutants), func(i int) {
		if errs[i] = ctx.Err(); errs[i] != nil {
			return
		}
		verdicts[i], errs[i] = judge(ctx, mutants[i], packages, &known)
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
		fmt.Printf("%-5s %-70s %s\n", v.clause, v.title, v.why)
	}
	if len(survived) > 0 {
		return fmt.Errorf("%d survived", len(survived))
	}
	return nil
}
