//go:build mutants

// Built for `make mutants` alone: see clause/mutants.go.

package authz

import (
	"strings"

	"portico/clause"
)

// A line of the policy is dropped by "policy:SUBJECT PERMISSION EFFECT".
func init() {
	change, is := clause.Mutant("policy")
	if !is {
		return
	}
	dropped := 0
	var kept []string
	for text := range strings.SplitSeq(policyCSV, "\n") {
		if l, err := Lines(text); err == nil && len(l) == 1 && l[0].String() == change {
			dropped++
			continue
		}
		kept = append(kept, text)
	}
	if dropped != 1 {
		panic("authz: mutant " + change + ": that is not one line of the policy")
	}
	policyCSV = strings.Join(kept, "\n")
}
