// Command bench measures Portico against the floor (package floor): the same
// work on the same database, in one run, in alternating slices. It prints a
// table with ratios of throughput and of CPU time per request. It doesn't fail
// for being slow.
//
//	make bench              both engines, under six minutes
//	bin/bench -quick        the same, shorter: under two minutes
//	bin/bench -replicas N   two replicas share the billing of N accounts, see README.md
//	bin/bench -profile DIR  also write CPU profiles of Portico, one for each workload
package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-sql-driver/mysql"

	"portico/ent"
	"portico/portaltest/engine"
)

type settings struct {
	engines, only, profile string
	rounds                 int
	slice                  time.Duration
	connections            int
	accounts               []int // numbers of accounts of the billing runs
}

func main() {
	var c settings
	quick := flag.Bool("quick", false, "fewer and shorter rounds")
	flag.StringVar(&c.engines, "engines", "sqlite,mariadb", "database engines to measure; mariadb needs "+engine.Env+" (see cmd/testdb)")
	flag.StringVar(&c.only, "only", "", "run only the workloads whose name contains this text")
	flag.StringVar(&c.profile, "profile", "", "folder for CPU profiles of Portico")
	flag.IntVar(&c.rounds, "rounds", 7, "number of rounds; a round has one slice of each side for each workload")
	flag.DurationVar(&c.slice, "slice", 1500*time.Millisecond, "length of a slice")
	flag.IntVar(&c.connections, "connections", max(8, 4*runtime.GOMAXPROCS(0)), "connections of each pool, as in ent.Config")
	shared := flag.Int("replicas", 0, "run two replicas that bill this number of accounts, and kill the one that does the work, instead of measuring")
	role := flag.String("serve", "", "internal: portico or floor")
	database := flag.String("database", "", "internal")
	keyFile := flag.String("keys", "", "internal")
	flag.Parse()
	c.accounts = []int{1_000, 10_000}
	if *quick {
		c.rounds, c.slice, c.accounts = 3, 700*time.Millisecond, []int{100, 1_000}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	switch {
	case *role != "":
		err = serve(ctx, *role, *database, *keyFile, c.connections)
	case *shared > 0:
		err = twoReplicas(ctx, *shared)
	default:
		err = c.run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (c settings) run(ctx context.Context) (err error) {
	folder, err := os.MkdirTemp("", "portico-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	fmt.Printf("Portico against the floor: %d rounds of %v for each side, %d keep-alive connections, GOMAXPROCS %d.\n"+
		"The ratios are Portico's value divided by the floor's in the same round: min / median / max.\n\n", c.rounds, c.slice, workers, runtime.GOMAXPROCS(0))
	fmt.Println(heading)
	for _, name := range strings.Split(c.engines, ",") {
		if !slices.ContainsFunc(workloads, c.asked) {
			break
		}
		database, drop, err := open(ctx, name, filepath.Join(folder, "portico"))
		if err != nil {
			return err
		}
		err = c.engine(ctx, name, database, filepath.Join(folder, name+".keys"))
		if err := errors.Join(err, drop()); err != nil {
			return err
		}
	}
	if !strings.Contains("bills", c.only) {
		return nil
	}
	fmt.Printf("\nBilling runs, %d lines in each bill, in this process:\n", billLines)
	for _, name := range strings.Split(c.engines, ",") {
		if err := c.bills(ctx, name, folder); err != nil {
			return err
		}
	}
	return nil
}

// asked reports whether a workload was selected.
func (c settings) asked(w workload) bool { return strings.Contains(w.name, c.only) }

// open creates an empty database.
func open(ctx context.Context, name, path string) (database string, drop func() error, err error) {
	if name == "sqlite" {
		return "sqlite:" + path + ".db", func() error { return nil }, nil
	}
	if name != "mariadb" {
		return "", nil, fmt.Errorf("no such engine: %q", name)
	}
	dsn := os.Getenv(engine.Env)
	if dsn == "" {
		return "", nil, fmt.Errorf("%s isn't set: run make bench, or leave out mariadb with -engines sqlite", engine.Env)
	}
	m, err := mysql.ParseDSN(dsn)
	if err != nil {
		return "", nil, err
	}
	server, err := sql.Open("mysql", dsn)
	if err != nil {
		return "", nil, err
	}
	m.DBName = "portico_bench_" + strings.ToLower(rand.Text()[:10])
	if _, err := server.ExecContext(ctx, "CREATE DATABASE "+m.DBName); err != nil {
		return "", nil, errors.Join(err, server.Close())
	}
	return m.FormatDSN(), func() error {
		_, err := server.ExecContext(context.WithoutCancel(ctx), "DROP DATABASE "+m.DBName)
		return errors.Join(err, server.Close())
	}, nil
}

// engine measures every workload on one engine.
func (c settings) engine(ctx context.Context, name, database, keyFile string) (err error) {
	keys, text, err := ent.NewKeys()
	if err != nil {
		return err
	}
	if err := os.WriteFile(keyFile, text, 0o600); err != nil {
		return err
	}
	fixture, err := seed(ctx, database, keys)
	if err != nil {
		return fmt.Errorf("seeding: %w", err)
	}
	run := rand.Text()[:8]
	var sides [2]*side
	for i, which := range []string{"floor", "portico"} {
		if sides[i], err = start(ctx, which, database, keyFile, run, c.connections, fixture); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, sides[i].stop()) }()
	}
	for _, w := range workloads {
		if !c.asked(w) {
			continue
		}
		if err := c.workload(name, w, sides); err != nil {
			return err
		}
	}
	return nil
}

// workload runs the rounds of one workload, alternating between the sides, and
// prints its line of the table.
func (c settings) workload(engineName string, w workload, sides [2]*side) error {
	if err := agree(w, sides); err != nil {
		return err
	}
	for _, s := range sides { // costs of the first requests: caches, pages, query plans
		if _, _, err := s.slice(w, c.slice/2); err != nil {
			return err
		}
	}
	if c.profile != "" {
		if _, err := sides[1].tell("profile " + filepath.Join(c.profile, engineName+"-"+strings.ReplaceAll(w.name, " ", "-")+".pprof")); err != nil {
			return err
		}
	}
	rounds := make([][2]measured, c.rounds)
	for r := range rounds {
		order := []int{0, 1}
		if r%2 == 1 {
			slices.Reverse(order)
		}
		for _, i := range order {
			var err error
			if rounds[r][i], err = sides[i].measure(w, c.slice); err != nil {
				return err
			}
		}
	}
	if c.profile != "" {
		if _, err := sides[1].tell("stop"); err != nil {
			return err
		}
	}
	fmt.Println(report(engineName, w, rounds))
	return nil
}
