// Command mutants changes the agreement by one unit at a time and looks whether
// a test that names the clause notices (`make mutants`). It shifts every figure
// of clause/figures.go and every limit of the demonstration catalogue, and drops
// every line of authz/policy.csv. What no test notices has survived: it is
// printed, and the exit code is 1.
//
// The test binaries are built once, with the tag mutants; each reads
// PORTICO_MUTANT when it starts. They run on SQLite alone.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	only := flag.String("only", "", "try the mutants alone whose name matches this `regexp`, such as figure:topup")
	list := flag.Bool("list", false, "print the mutants with their clauses, and try none")
	work := flag.String("work", "", "keep the test binaries and what was found about them in this `folder`, for the next run")
	parallel := flag.Int("parallel", runtime.NumCPU(), "this many `runs` at once")
	flag.Parse()
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	policy, err := os.ReadFile("authz/policy.csv")
	if err != nil {
		return fmt.Errorf("run it in the folder of the project: %w", err)
	}
	mutants, err := all(string(policy))
	if err != nil {
		return err
	}
	mutants = matching(mutants, wanted)
	if *list {
		for _, m := range mutants {
			fmt.Printf("%-5s %s\n", m.clause, m.name)
		}
		return nil
	}
	if *work == "" {
		if *work, err = os.MkdirTemp("", "portico-mutants-"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(*work) }()
	} else if *work, err = filepath.Abs(*work); err != nil {
		return err
	}
	if err := os.MkdirAll(*work, 0o755); err != nil {
		return err
	}
	packages, err := survey(ctx, *work, *parallel, mutants)
	if err != nil {
		return err
	}
	return try(ctx, *parallel, mutants, packages)
}
