// Package house holds the rules of the source tree as tests: which package may import
// which, which unit may write which entity, where SQL and the wall clock may be used,
// how long files may be, and which modules are used under which licence. The tables are
// in rules_test.go and deps.allow. A change of the rules is a change of a line there,
// and is reviewed as such.
package house
