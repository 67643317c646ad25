// Package house holds the rules of the source tree, as tests over the source:
// which package may import which, who may write which entity, where SQL and
// the wall clock may be, how large files get, and which modules are used under
// which licence. The tables are in rules_test.go and deps.allow: a change of
// the house is a change of a line there, to be reviewed as such.
package house
