// Package naming is a unit of the kernel.
package naming
