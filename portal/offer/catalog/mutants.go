//go:build mutants

// Built only for `make mutants`: see clause/mutants.go.

package catalog

import (
	"strconv"
	"strings"

	"portico/clause"
)

// most is the quantity of one of the plan's limits; it is changed by
// "limit:PLAN METRIC=QUANTITY".
func (p Plan) most(l Limit) int64 {
	if change, is := clause.Mutant("limit"); is {
		if value, this := strings.CutPrefix(change, p.Code+" "+l.Metric+"="); this {
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				panic("catalog: mutant " + change + ": " + err.Error())
			}
			return n
		}
	}
	return l.Most()
}
