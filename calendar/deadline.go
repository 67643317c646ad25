package calendar

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Calendar is a zone with its holidays: all that is needed to compute a
// deadline.
type Calendar struct {
	Zone     Zone
	Holidays *Holidays
}

// Standard is the calendar of the standard agreement with the tables in the
// binary.
func Standard() (Calendar, error) {
	h, err := Builtin()
	return Calendar{Shanghai(), h}, err
}

// Rule names how a deadline follows from the instant when its period began:
// "days-after:7". It is stored beside the deadline, so that whoever reads it
// sees where it comes from, and so that it can be computed anew.
type Rule string

// The most that a rule counts: some 27 years of days.
const maxCount = 9999

// Months is the rule of n calendar months, to 24:00 of the last day (3.4).
func Months(n int) Rule { return rule("months", n) }

// MonthEnd is the rule of the nth calendar month after the one in which the
// period began, to 24:00 of its last day (3.4).
func MonthEnd(n int) Rule { return rule("month-end", n) }

// Days is the rule of n days, the first not counted, to 24:00 of the last (3.8).
func Days(n int) Rule { return rule("days-after", n) }

// WorkingDays is the rule of the nth working day after, at its 00:00: what is
// due then takes effect when that day begins (12.3).
func WorkingDays(n int) Rule { return rule("working-days", n) }

// WithinWorkingDays is the rule of n working days to do something in, to
// 24:00 of the last.
func WithinWorkingDays(n int) Rule { return rule("within-working-days", n) }

func rule(name string, n int) Rule { return Rule(name + ":" + strconv.Itoa(n)) }

// Longer is the rule that counts n more than this one does. A text that isn't a
// rule is an error.
func (r Rule) Longer(n int) (Rule, error) {
	name, count, _ := strings.Cut(string(r), ":")
	had, err := strconv.Atoi(count)
	if err != nil || rule(name, had) != r {
		return "", fmt.Errorf("calendar: %.64q is not a rule like %q", r, Days(7))
	}
	return rule(name, had+n), nil
}

// Deadline is an instant with the rule that made it.
type Deadline struct {
	// At is the first instant that is too late.
	At time.Time
	// Rule made it.
	Rule Rule
	// Provisional is set when a year on the way has no holiday table yet; the
	// deadline is to be computed again once there is one.
	Provisional bool
}

// Deadline computes when a period that began at from is over. An unknown rule
// is an error.
func (c Calendar) Deadline(r Rule, from time.Time) (Deadline, error) {
	name, count, _ := strings.Cut(string(r), ":")
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > maxCount || rule(name, n) != r {
		return Deadline{}, fmt.Errorf("calendar: %.64q is not a rule like %q", r, Days(7))
	}
	d := Deadline{Rule: r}
	switch name {
	case "months":
		d.At = c.Zone.MonthLater(from, n)
	case "month-end":
		d.At = c.Zone.Start(c.Zone.Day(c.Zone.StartOfMonth(from)).AddMonths(n+1, 1))
	case "days-after":
		d.At = c.Zone.DaysAfter(from, n)
	case "working-days", "within-working-days":
		day, certain := c.Holidays.WorkingDaysAfter(c.Zone.Day(from), n)
		d.At, d.Provisional = c.Zone.Start(day), !certain
		if name == "within-working-days" {
			d.At = c.Zone.End(day)
		}
	default:
		return Deadline{}, fmt.Errorf("calendar: no rule %.64q is known", name)
	}
	return d, nil
}
