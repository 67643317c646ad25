// Package order stands for ent's generated predicates.
package order

// HasAccountWith looks over an edge.
func HasAccountWith() {}

// NumberEQ looks at the row.
func NumberEQ(string) {}
