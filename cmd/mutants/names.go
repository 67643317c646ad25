package main

import (
	"regexp"
	"slices"
	"strings"

	"portico/clause"
)

var (
	// title matches the start of a subtest's title: "3.4: …", "0, 12.4: …".
	title = regexp.MustCompile(`^(\d+(?:\.\d+)?(?:, ?\d+(?:\.\d+)?)*):`)
	// called matches the clause in the name of a test function:
	// TestClause3_4LateUsage.
	called = regexp.MustCompile(`Clause(\d+)(?:_(\d+))?`)
)

// clauses returns the clauses that the name of a test contains, at any level.
func clauses(test string) []clause.Ref {
	var refs []clause.Ref
	for i, level := range strings.Split(test, "/") {
		if i == 0 {
			for _, found := range called.FindAllStringSubmatch(level, -1) {
				ref := found[1]
				if found[2] != "" {
					ref += "." + found[2]
				}
				refs = append(refs, clause.Ref(ref))
			}
			continue
		}
		if found := title.FindStringSubmatch(strings.ReplaceAll(level, "_", " ")); found != nil {
			for ref := range strings.SplitSeq(found[1], ",") {
				refs = append(refs, clause.Ref(strings.TrimSpace(ref)))
			}
		}
	}
	slices.Sort(refs)
	return slices.Compact(refs)
}

// root returns the test function that a test belongs to.
func root(test string) string {
	name, _, _ := strings.Cut(test, "/")
	return name
}
