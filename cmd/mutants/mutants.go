package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/portal/offer/catalog/demo"
)

// mutant is one change of the agreement.
type mutant struct {
	// name is the value of PORTICO_MUTANT.
	name   string
	clause clause.Ref
	// figure is the figure that is changed; empty for other kinds of mutants.
	figure string
	title  string
}

// all returns the mutants of every figure, every limit of the demonstration
// catalogue and every line of a policy.
func all(policy string) ([]mutant, error) {
	var mutants []mutant
	for _, f := range clause.Figures {
		shifted, err := shifts(f)
		if err != nil {
			return nil, err
		}
		for _, value := range shifted {
			mutants = append(mutants, mutant{"figure:" + f.Name + "=" + value, f.Clause, f.Name,
				fmt.Sprintf("%s %s, %s -> %s", f.Name, strings.ToLower(string(f.Origin())), f.Default, value)})
		}
	}
	for _, product := range demo.Catalogue().Products {
		for _, plan := range product.Plans {
			for _, l := range plan.Limits {
				for _, by := range []int64{1, -1} {
					value := strconv.FormatInt(l.Most()+by, 10)
					mutants = append(mutants, mutant{"limit:" + plan.Code + " " + l.Metric + "=" + value, l.Clause, "",
						fmt.Sprintf("limit of %s, %s %d -> %s", plan.Code, l.Metric, l.Most(), value)})
				}
			}
		}
	}
	lines, err := authz.Lines(policy)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		if l.Ground() == "" {
			return nil, fmt.Errorf("policy.csv: %q rests on no clause: add one to the line or to the heading of its section", l)
		}
		mutants = append(mutants, mutant{"policy:" + l.String(), l.Ground(), "", "policy without " + l.String()})
	}
	return mutants, nil
}

func matching(mutants []mutant, wanted *regexp.Regexp) []mutant {
	var some []mutant
	for _, m := range mutants {
		if wanted.MatchString(m.name) {
			some = append(some, m)
		}
	}
	return some
}

// neighbours are the zones one hour to the east and to the west of the standard
// zone.
var neighbours = []string{"Asia/Tokyo", "Asia/Bangkok"}

// shifts returns the values one unit above and one unit below a figure's value,
// if they are valid.
func shifts(f clause.Figure) ([]string, error) {
	switch f.Unit {
	case clause.Count, clause.Days, clause.WorkingDays, clause.Months:
		return around(f.Int(), 0), nil
	case clause.DayOfMonth:
		return around(f.Int(), 1), nil
	case clause.Duration:
		return durations(f)
	case clause.DayList:
		return lists(f), nil
	case clause.Flag:
		return []string{strconv.FormatBool(!f.Bool())}, nil
	case clause.Zone:
		return neighbours, nil
	}
	return nil, fmt.Errorf("the figure %s has an unknown unit: %s", f.Name, f.Unit)
}

func around(n, least int) []string {
	values := []string{strconv.Itoa(n + 1)}
	if n > least {
		values = append(values, strconv.Itoa(n-1))
	}
	return values
}

// durations returns an elapsed time, changed by one of the unit in which it is
// written.
func durations(f clause.Figure) ([]string, error) {
	text := f.Default
	unit, err := time.ParseDuration("1" + text[len(text)-1:])
	if err != nil {
		return nil, fmt.Errorf("the figure %s: %w", f.Name, err)
	}
	values := []string{(f.Duration() + unit).String()}
	if f.Duration() >= unit {
		values = append(values, (f.Duration() - unit).String())
	}
	return values, nil
}

// lists returns a descending list with each of its days changed separately.
func lists(f clause.Figure) []string {
	var values []string
	for i := range f.Ints() {
		for _, by := range []int{1, -1} {
			days := f.Ints()
			days[i] += by
			text := strings.Trim(strings.ReplaceAll(fmt.Sprint(days), " ", ","), "[]")
			if _, err := f.Override(text); err == nil {
				values = append(values, text)
			}
		}
	}
	return values
}
