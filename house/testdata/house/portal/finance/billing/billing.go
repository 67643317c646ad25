// Package billing owns bills.
package billing
