// Package staff owns who works on an account: employees, their roles and
// grants, and the one owner (1.5).
package staff
