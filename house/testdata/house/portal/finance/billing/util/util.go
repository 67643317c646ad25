// Package util says nothing.
package util // want a package called util says nothing of what it is for
