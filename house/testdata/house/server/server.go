// Package server serves.
package server
