//go:build mutants

// This file is only built for `make mutants`: see clause/mutants.go.

package authz

import (
	"strings"

	"portico/clause"
)

// init drops the line of the policy that PORTICO_MUTANT names as
// "policy:SUBJECT PERMISSION EFFECT".
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
