// Command mutants changes the agreement by one unit at a time and checks that a
// test that names the clause fails (`make mutants`). It changes every figure of
// clause/figures.go and every limit of the demonstration catalogue, and removes
// every line of authz/policy.csv. A change that no test detects has survived:
// it is printed, and the exit code is 1.
//
// The test binaries are built once, with the build tag mutants. Each reads
// PORTICO_MUTANT when it starts. They run only on SQLite.
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
	only := flag.String("only", "", "try only the mutants whose name matches this `regexp`, such as figure:topup")
	list := flag.Bool("list", false, "print the mutants with their clauses, without trying them")
	work := flag.String("work", "", "keep the test binaries and the results of the unchanged run in this `folder`, for the next run")
	parallel := flag.Int("parallel", runtime.NumCPU(), "this many `runs` at once")
	flag.Parse()
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	policy, err := os.ReadFile("authz/policy.csv")
	if err != nil {
		return fmt.Errorf("run this command in the root folder of the project: %w", err)
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
