package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"portico/clause"
)

// tested is a package whose tests could detect a mutant.
type tested struct {
	Path, Dir string
	binary    string
	// Tests are the tests that pass when nothing is changed, with their
	// duration in seconds. Failed are those that don't pass, for instance
	// because there is no MariaDB.
	Tests  map[string]float64
	Failed []string
	// Reads are the figures that the tests read.
	Reads []string
	// Of is the hash of the binary and of its test data.
	Of string
}

const (
	// shown is the package that tests how the agreement is shown to customers.
	// It is used for figures that no rule reads yet.
	shown = "portico/portal/customer/agreement/demo"
	// longest limits the run of one package when nothing is changed.
	longest = 20 * time.Minute
)

// apart matches packages whose tests don't count: they test the tables that are
// changed, the source tree, or programs that run separately.
var apart = regexp.MustCompile(`^portico/(clause|house|conformance|bench|examples|cmd)(/|$)`)

// survey builds the test binaries that the mutants need, and runs each once
// with nothing changed.
func survey(ctx context.Context, work string, parallel int, mutants []mutant) ([]*tested, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-tags", "mutants", "-f", `{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{.Dir}}{{end}}`, "./...").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	mentions := mentioning(mutants)
	var packages []*tested
	for line := range strings.Lines(string(out)) {
		path, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
		if apart.MatchString(path) {
			continue
		}
		could, err := holds(dir, mentions)
		if err != nil {
			return nil, err
		}
		if !could && path != shown {
			continue
		}
		p := &tested{Path: path, Dir: dir, binary: filepath.Join(work, strings.ReplaceAll(path, "/", "-")+".test")}
		fmt.Fprintln(os.Stderr, "building the tests of", path)
		build := exec.CommandContext(ctx, "go", "test", "-c", "-tags", "mutants", "-o", p.binary, path)
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return nil, fmt.Errorf("building the tests of %s: %w", path, err)
		}
		packages = append(packages, p)
	}
	errs := make([]error, len(packages))
	each(parallel, len(packages), func(i int) { errs[i] = packages[i].look(ctx) })
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", packages[i].Path, err)
		}
	}
	return packages, nil
}

// mentioning returns a pattern for the text of tests that name a clause of one
// of the mutants.
func mentioning(mutants []mutant) *regexp.Regexp {
	var refs []string
	named := ""
	for _, m := range mutants {
		if strings.HasPrefix(m.name, "policy:") {
			named = `|authz\.Lines\(` // tests that take their names from the policy's clauses
		}
		ref := regexp.QuoteMeta(string(m.clause))
		if !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	any := strings.Join(refs, "|")
	return regexp.MustCompile(`"(\d[\d.]*, )*(` + any + `)(, \d[\d.]*)*: |Clause(` + strings.ReplaceAll(any, `\.`, "_") + `)` + named)
}

// holds reports whether a test file of a folder matches.
func holds(dir string, text *regexp.Regexp) (bool, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return false, err
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			return false, err
		}
		if text.Match(content) {
			return true, nil
		}
	}
	return false, nil
}

// each calls f for 0 to n-1, with the given parallelism.
func each(parallel, n int, f func(i int)) {
	var all sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for i := range n {
		slots <- struct{}{}
		all.Go(func() { f(i); <-slots })
	}
	all.Wait()
}

// look runs the package's tests with nothing changed, unless their results are
// already known.
func (p *tested) look(ctx context.Context) error {
	of, err := hash(p.binary, filepath.Join(p.Dir, "testdata"))
	if err != nil {
		return err
	}
	if kept, err := os.ReadFile(p.binary + ".json"); err == nil && json.Unmarshal(kept, p) == nil && p.Of == of {
		return nil
	}
	*p = tested{Path: p.Path, Dir: p.Dir, binary: p.binary, Of: of, Tests: map[string]float64{}}
	reads := p.binary + ".reads"
	if err := os.Remove(reads); err != nil && !os.IsNotExist(err) {
		return err
	}
	result, err := p.run(ctx, "", longest, []string{"PORTICO_FIGURES_READ=" + reads}, func(t outcome) bool {
		if t.passed {
			p.Tests[t.test] = t.seconds
		} else {
			p.Failed = append(p.Failed, t.test)
		}
		return true
	})
	if err != nil {
		return err
	}
	if content, err := os.ReadFile(reads); err == nil {
		p.Reads = strings.Fields(string(content))
	}
	fmt.Fprintf(os.Stderr, "%s: %d tests pass with nothing changed, %d don't%s\n", p.Path, len(p.Tests), len(p.Failed), result)
	for _, name := range p.Failed {
		fmt.Fprintln(os.Stderr, "  not counted:", name)
	}
	kept, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(p.binary+".json", kept, 0o644)
}

func hash(binary, testdata string) (string, error) {
	h := sha256.New()
	add := func(path string) error {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		_, err = io.Copy(h, f)
		return err
	}
	if err := add(binary); err != nil {
		return "", err
	}
	err := filepath.WalkDir(testdata, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) || err == nil && d.IsDir() {
			return nil
		}
		if err != nil {
			return err
		}
		return add(path)
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// outcome is the result of one test.
type outcome struct {
	test    string
	passed  bool
	seconds float64
}

var ended = regexp.MustCompile(`^\s*--- (PASS|FAIL): (\S+) \((\d+\.\d+)s\)`)

// run runs tests of the package on SQLite and calls tell for each that ends,
// until tell returns false. It returns a description of what went wrong, other
// than failing tests.
func (p *tested) run(ctx context.Context, tests string, most time.Duration, env []string, tell func(outcome) (more bool)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.binary, "-test.v", "-test.count=1", "-test.run="+tests, "-test.timeout=0",
		"-test.skip=/"+mariaDB+"|//"+mariaDB+"|///"+mariaDB)
	cmd.Dir = p.Dir
	cmd.Env = append(os.Environ(), append(env, "PORTICO_TEST_MYSQL_DSN=nobody@tcp(127.0.0.1:1)/")...)
	cmd.WaitDelay = time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return "", err
	}
	enough, output := false, ""
	in := bufio.NewReader(out)
	for !enough {
		line, err := in.ReadString('\n')
		if found := ended.FindStringSubmatch(line); found != nil {
			seconds, _ := strconv.ParseFloat(found[3], 64)
			enough = !tell(outcome{found[2], found[1] == "PASS", seconds})
		}
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			output = "; " + strings.TrimSpace(line)
		}
		if err != nil {
			break
		}
	}
	cancelled := ctx.Err()
	cancel()
	_ = cmd.Wait() // the output of the tests shows what failed
	if cancelled != nil {
		output = "; it took longer than " + most.String()
	}
	return output, nil
}

// mariaDB matches the subtests that run on the other engine.
const mariaDB = `(?i)^(on_)?mariadb`

// reads reports whether the package's tests read a figure.
func (p *tested) reads(figure string) bool { return slices.Contains(p.Reads, figure) }

// naming returns the test functions of the package whose name, or a subtest's
// name, contains a clause. Fast ones come first.
func (p *tested) naming(ref clause.Ref) []string {
	var roots []string
	for test := range p.Tests {
		if slices.Contains(clauses(test), ref) && !slices.Contains(roots, root(test)) {
			roots = append(roots, root(test))
		}
	}
	slices.SortFunc(roots, func(a, b string) int {
		if d := p.seconds(a) - p.seconds(b); d < 0 {
			return -1
		} else if d > 0 {
			return 1
		}
		return strings.Compare(a, b)
	})
	return roots
}

// seconds returns the duration of a test function with all its subtests.
func (p *tested) seconds(name string) (sum float64) {
	for test, s := range p.Tests {
		if root(test) == name {
			sum += s
		}
	}
	return sum
}
