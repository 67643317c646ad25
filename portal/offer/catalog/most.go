//go:build !mutants

package catalog

// most is the quantity of one of the plan's limits.
func (p Plan) most(l Limit) int64 { return l.Most() }
