// Package house tests the source tree: which package may import which, which
// unit may write which entity, where SQL and the wall clock may be, how long
// files get, which words are no longer used, and which modules are used under
// which licence.
//
// The tables are in rules_test.go, words_test.go and deps.allow. A change of the
// house is a change of a line there, and is reviewed as such.
package house
