// Package sql stands for the library's SQL builder.
package sql

// Selector is a SELECT.
type Selector struct{}

// Predicate is a condition.
type Predicate struct{}

// ExprP is a condition as text.
func ExprP(string, ...any) *Predicate { return nil }

// EQ is a condition on a column.
func EQ(string, any) *Predicate { return nil }

// OrderDesc is an order.
func OrderDesc() func(*Selector) { return nil }
