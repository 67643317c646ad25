// Command bench measures Portico against the floor (package floor): the same
// work on the same database, in one run, in alternating slices. It prints a
// table with ratios of throughput and of CPU time per request. It doesn't fail
// for being slow. With -peers it also measures GraphQL servers of Node
// (bench/peers) in the same rounds.
//
//	make bench              both engines, under six minutes
//	make bench-peers        with the servers of Node, both engines, under twelve minutes
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
	programs               []program // those that are measured: ours first, then the peers
	rounds                 int
	slice                  time.Duration
	connections            int
	accounts               []int // numbers of accounts of the billing runs
}

// againstPeers reports whether peers are measured.
func (c settings) againstPeers() bool { return len(c.programs) > len(ours) }

func main() {
	var c settings
	quick := flag.Bool("quick", false, "fewer and shorter rounds")
	flag.StringVar(&c.engines, "engines", "sqlite,mariadb", "database engines to measure; mariadb needs "+engine.Env+" (see cmd/testdb)")
	flag.StringVar(&c.only, "only", "", "run only the workloads whose name contains this text")
	flag.StringVar(&c.profile, "profile", "", "folder for CPU profiles of Portico")
	flag.IntVar(&c.rounds, "rounds", 7, "number of rounds; a round has one slice of each side for each workload")
	flag.DurationVar(&c.slice, "slice", 1500*time.Millisecond, "length of a slice")
	flag.IntVar(&c.connections, "connections", max(8, 4*runtime.GOMAXPROCS(0)), "connections of each pool, as in ent.Config")
	against := flag.Bool("peers", false, "measure the servers of bench/peers too, which make bench-peers installs")
	with := flag.String("with", usualPeers, "the servers that -peers measures, of "+strings.Join(peerNames(), ", "))
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
	c.programs = ours
	var err error
	if *against {
		c.programs, err = withPeers(*with)
	}
	switch {
	case err != nil:
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
	var results []result
	for _, name := range strings.Split(c.engines, ",") {
		if !slices.ContainsFunc(workloads, c.asked) {
			break
		}
		database, drop, err := open(ctx, name, filepath.Join(folder, "portico"))
		if err != nil {
			return err
		}
		of, err := c.engine(ctx, name, database, filepath.Join(folder, name+".keys"))
		results = append(results, of...)
		if err := errors.Join(err, drop()); err != nil {
			return err
		}
	}
	c.summarize(results)
	if !strings.Contains("bills", c.only) || c.againstPeers() {
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

// asked reports whether a workload was selected, and all sides have it.
func (c settings) asked(w workload) bool {
	return strings.Contains(w.name, c.only) && !(w.key && c.againstPeers())
}

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
func (c settings) engine(ctx context.Context, name, database, keyFile string) (results []result, err error) {
	keys, text, err := ent.NewKeys()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(keyFile, text, 0o600); err != nil {
		return nil, err
	}
	fixture, err := seed(ctx, database, keys)
	if err != nil {
		return nil, fmt.Errorf("seeding: %w", err)
	}
	d := deployment{database, keyFile, rand.Text()[:8], c.connections, fixture}
	sides := make([]*side, len(c.programs))
	for i, p := range c.programs {
		if sides[i], err = d.start(ctx, p, place{i, len(sides)}); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, sides[i].stop()) }()
	}
	if c.againstPeers() {
		if err := equalWork(ctx, database, sides); err != nil {
			return nil, err
		}
	}
	for _, w := range workloads {
		if !c.asked(w) {
			continue
		}
		r := result{engine: name, workload: w}
		if r.rounds, err = c.workload(name, w, sides); err != nil {
			return nil, err
		}
		fmt.Println(r.compared())
		if r.steady, err = c.alternate(w, sides, at(r.slowest()/2)); err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// workload runs the rounds of one workload. Each round begins with another side.
func (c settings) workload(engineName string, w workload, sides []*side) (rounds [][]measured, err error) {
	for _, s := range sides { // costs of the first requests: caches, pages, query plans
		warm := c.slice / 2
		if s.peer {
			warm = 2 * c.slice // for compilers that wait until a function was called often
		}
		if _, _, err := s.slice(w, warm, pace{}); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if err := agree(w, sides); err != nil {
		return nil, err
	}
	if c.profile != "" {
		file := filepath.Join(c.profile, engineName+"-"+strings.ReplaceAll(w.name, " ", "-")+".pprof")
		if _, err := sides[thePortico].tell("profile " + file); err != nil {
			return nil, err
		}
	}
	if rounds, err = c.alternate(w, sides, pace{}); err != nil {
		return nil, err
	}
	if c.profile != "" {
		if _, err := sides[thePortico].tell("stop"); err != nil {
			return nil, err
		}
	}
	return rounds, nil
}

// alternate runs the rounds at a pace, once all sides are warm.
func (c settings) alternate(w workload, sides []*side, p pace) (rounds [][]measured, err error) {
	for r := range c.rounds {
		round := make([]measured, len(sides))
		for i := range sides {
			n := (i + r) % len(sides)
			if round[n], err = sides[n].measure(w, c.slice, p); err != nil {
				return nil, err
			}
		}
		rounds = append(rounds, round)
	}
	return rounds, nil
}
