package calendar

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Calendar is a zone with its holidays. It is all that is needed to compute a
// deadline.
type Calendar struct {
	Zone     Zone
	Holidays *Holidays
}

// Standard returns the calendar of the standard agreement, with the holiday
// tables that are built into the program.
func Standard() (Calendar, error) {
	h, err := Builtin()
	return Calendar{Shanghai(), h}, err
}

// Rule describes how a deadline is computed from the instant at which its
// period began, for instance "days-after:7". It is stored with the deadline, so
// that a reader can see how it was computed and it can be computed again.
type Rule string

// maxCount is the largest number that a rule can count: about 27 years of days.
const maxCount = 9999

// Months returns the rule for n calendar months, until 24:00 of the last day
// (3.4).
func Months(n int) Rule { return rule("months", n) }

// MonthEnd returns the rule for the nth calendar month after the one in which
// the period began, until 24:00 of its last day (3.4).
func MonthEnd(n int) Rule { return rule("month-end", n) }

// Days returns the rule for n days, not counting the first, until 24:00 of the
// last (3.8).
func Days(n int) Rule { return rule("days-after", n) }

// WorkingDays returns the rule for the nth working day after, at its 00:00. A
// change with this deadline takes effect when that day begins (12.3).
func WorkingDays(n int) Rule { return rule("working-days", n) }

// WithinWorkingDays returns the rule for a period of n working days, until
// 24:00 of the last.
func WithinWorkingDays(n int) Rule { return rule("within-working-days", n) }

func rule(name string, n int) Rule { return Rule(name + ":" + strconv.Itoa(n)) }

// Longer returns a rule that counts n more than this one. It returns an error
// if r isn't a valid rule.
func (r Rule) Longer(n int) (Rule, error) {
	name, count, _ := strings.Cut(string(r), ":")
	had, err := strconv.Atoi(count)
	if err != nil || rule(name, had) != r {
		return "", fmt.Errorf("calendar: %.64q is not a rule like %q", r, Days(7))
	}
	return rule(name, had+n), nil
}

// Deadline is an instant with the rule by which it was computed.
type Deadline struct {
	// At is the first instant after the period.
	At time.Time
	// Rule is the rule by which At was computed.
	Rule Rule
	// Provisional is true if the period includes a year that has no holiday
	// table yet. The deadline must be computed again once the table is
	// available.
	Provisional bool
}

// Deadline computes the end of a period that began at from. An unknown rule is
// an error.
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
		return Deadline{}, fmt.Errorf("calendar: unknown rule %.64q", name)
	}
	return d, nil
}
