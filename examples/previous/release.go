// Package previous builds the release before this one, to run it beside this
// one on the same database.
package previous

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// file names the release before, below the module's root.
const file = "ent/migrate/previous.txt"

// Release is the release before: its commit and the names of its migrations.
type Release struct {
	Commit     string
	Migrations []string
	root       string
}

// Read reads which release it is.
func Read() (*Release, error) {
	mod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return nil, err
	}
	r := &Release{root: filepath.Dir(strings.TrimSpace(string(mod)))}
	text, err := os.ReadFile(filepath.Join(r.root, file))
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		switch line = strings.TrimSpace(line); {
		case line == "" || line[0] == '#':
		case r.Commit == "":
			r.Commit = line
		default:
			r.Migrations = append(r.Migrations, line)
		}
	}
	if r.Commit == "" || len(r.Migrations) == 0 {
		return nil, fmt.Errorf("%s names no release", file)
	}
	return r, nil
}

// ErrAbsent says that the release before can't be had: this is no clone with its
// history, and what it was cloned from doesn't answer.
var ErrAbsent = errors.New("the release before isn't in this clone, and can't be fetched: take a clone with its history")

func (r *Release) git(args ...string) ([]byte, error) {
	c := exec.Command("git", args...)
	c.Dir = r.root
	out, err := c.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, exit.Stderr)
	}
	return out, err
}

// fetch sees to it that the commit is there: a shallow clone asks for it where
// it came from.
func (r *Release) fetch() error {
	_, err := r.git("cat-file", "-e", r.Commit+"^{commit}")
	if err == nil {
		return nil
	}
	if _, e := r.git("fetch", "--quiet", "--depth=1", "origin", r.Commit); e != nil {
		return fmt.Errorf("%w: commit %s of %s: %w", ErrAbsent, r.Commit, file, errors.Join(err, e))
	}
	return nil
}

// File is a file of the release.
func (r *Release) File(path string) ([]byte, error) {
	if err := r.fetch(); err != nil {
		return nil, err
	}
	return r.git("show", r.Commit+":"+path)
}

// Build builds the release once and returns where its program is.
var Build = sync.OnceValues(func() (string, error) {
	r, err := Read()
	if err != nil {
		return "", err
	}
	if err := r.fetch(); err != nil {
		return "", err
	}
	folder, err := os.MkdirTemp("", "portico-previous")
	if err != nil {
		return "", err
	}
	sources, program := filepath.Join(folder, "sources"), filepath.Join(folder, "portico")
	defer os.RemoveAll(sources)
	if err := os.Mkdir(sources, 0o700); err != nil {
		return "", err
	}
	archive := filepath.Join(folder, "sources.tar")
	defer os.Remove(archive)
	if _, err := r.git("archive", "--format=tar", "--output="+archive, r.Commit); err != nil {
		return "", err
	}
	if out, err := exec.Command("tar", "-x", "-f", archive, "-C", sources).CombinedOutput(); err != nil {
		return "", fmt.Errorf("tar: %w: %s", err, out)
	}
	// Without the folder's name in it, what was compiled once is found again.
	build := exec.Command("go", "build", "-trimpath", "-o", program, "./cmd/portico")
	build.Dir = sources
	build.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the release before: %w: %s", err, out)
	}
	return program, nil
})
