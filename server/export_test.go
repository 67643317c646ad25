package server

import "github.com/go-sql-driver/mysql"

// counts are the failures that are counted, by operation and code.
func counts() map[[2]string]float64 {
	families, err := registry.Gather()
	if err != nil {
		panic(err)
	}
	all := map[[2]string]float64{}
	for _, f := range families {
		if f.GetName() != "portico_graphql_failures_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			var of [2]string
			for _, l := range m.GetLabel() {
				switch l.GetName() {
				case "operation":
					of[0] = l.GetValue()
				case "code":
					of[1] = l.GetValue()
				}
			}
			all[of] = m.GetCounter().GetValue()
		}
	}
	return all
}

// Failures is how often an operation is counted to have failed by a code.
func Failures(operation, code string) float64 { return counts()[[2]string{operation, code}] }

// Series is how many series of failures there are.
func Series() int { return len(counts()) }

// DriverSays has MySQL's driver log something by the logger that new connections
// are given.
func DriverSays(v ...any) { mysql.NewConfig().Logger.Print(v...) }
