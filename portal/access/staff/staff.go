// Package staff owns the employees of an account, their roles and grants, and
// its one owner (1.5).
package staff
