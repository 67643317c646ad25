//go:build mutants

// Built for `make mutants` alone, with the tag of that name: a program for real
// customers has nothing of this.

package clause

import (
	"os"
	"strings"
	"sync"
)

// Mutant is what is changed in this run, where it is of a kind: the text after
// "kind:" in PORTICO_MUTANT.
func Mutant(kind string) (string, bool) {
	return strings.CutPrefix(os.Getenv("PORTICO_MUTANT"), kind+":")
}

// A figure is changed by "figure:NAME=VALUE".
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

// Value is the text of the value in force. The name of a figure that is read
// as the standard agreement has it is written to the file PORTICO_FIGURES_READ.
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
