// Package portaltest is for tests.
package portaltest
