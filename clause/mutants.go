//go:build mutants

// This file is only built for `make mutants`, with the build tag of that name.
// A program for real customers doesn't contain it.

package clause

import (
	"os"
	"strings"
	"sync"
)

// Mutant returns the change of this run if it has the given kind: the text
// after "kind:" in PORTICO_MUTANT.
func Mutant(kind string) (string, bool) {
	return strings.CutPrefix(os.Getenv("PORTICO_MUTANT"), kind+":")
}

// init changes the figure that PORTICO_MUTANT names as "figure:NAME=VALUE".
func init() {
	change, is := Mutant("figure")
	if !is {
		return
	}
	name, value, _ := strings.Cut(change, "=")
	for i, f := range Figures {
		if f.Name != name {
			continue
		}
		if err := f.Unit.check(value); err != nil {
			panic("clause: mutant " + change + ": " + err.Error())
		}
		Figures[i].Default = value
		figureByName[name] = Figures[i]
		return
	}
	panic("clause: mutant of an unknown figure " + name)
}

// Value returns the text of the value in force. If it is the value of the
// standard agreement, the figure's name is also written to the file
// PORTICO_FIGURES_READ.
func (f Figure) Value() string {
	if f.override != "" {
		return f.override
	}
	reads.add(f.Name)
	return f.Default
}

type recorder struct {
	mu   sync.Mutex
	seen map[string]bool
}

var reads = recorder{seen: map[string]bool{}}

func (r *recorder) add(name string) {
	path := os.Getenv("PORTICO_FIGURES_READ")
	if path == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen[name] {
		return
	}
	r.seen[name] = true
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		panic("clause: " + err.Error())
	}
	defer func() { _ = file.Close() }()
	if _, err := file.WriteString(name + "\n"); err != nil {
		panic("clause: " + err.Error())
	}
}
