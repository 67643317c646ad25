package calendar

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/6tail/lunar-go/HolidayUtil"
)

// settled is the day of December from which on the table of the next year is
// also needed: the holiday of New Year's Day may begin before January.
const settled = 24

// tableFrom and tableUntil are the years between which the library is searched
// for tables.
const tableFrom, tableUntil = 2002, 2100

// Holidays holds the yearly tables of mainland China's statutory holidays,
// including the weekends that are worked in exchange. It is immutable;
// [Holidays.Load] returns a new value with newer tables. A nil Holidays has no
// tables.
type Holidays struct {
	// days holds each exception: true for a working day, false for a day off.
	days  map[Date]bool
	years map[int]bool
}

// Builtin returns the tables of the library that is built into the program.
// They are those that the State Council had published when it was built.
func Builtin() (*Holidays, error) {
	h := &Holidays{map[Date]bool{}, map[int]bool{}}
	for year := tableFrom; year < tableUntil; year++ {
		for e := HolidayUtil.GetHolidaysByYear(year).Front(); e != nil; e = e.Next() {
			day, ok := e.Value.(*HolidayUtil.Holiday)
			if !ok {
				return nil, fmt.Errorf("calendar: the library's table of %d holds a %T", year, e.Value)
			}
			d, err := ParseDate(day.GetDay())
			if err != nil {
				return nil, err
			}
			h.days[d], h.years[d.Year] = day.IsWork(), true
		}
	}
	return h, nil
}

// Load adds tables that were published later, and returns all tables. Each line
// is a date and its kind, "2028-01-01 off" or "2028-01-29 work". Empty lines,
// and text after a #, are skipped. A year that is named is replaced as a whole,
// so its table must be complete. Any other line, and a duplicate date, is an
// error that names the line.
func (h *Holidays) Load(r io.Reader) (*Holidays, error) {
	days, years := map[Date]bool{}, map[int]bool{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if len(words) != 2 || words[1] != "off" && words[1] != "work" {
			return nil, fmt.Errorf("calendar: line %d of the holidays is not like \"2028-01-01 off\" or \"2028-01-29 work\"", n)
		}
		d, err := ParseDate(words[0])
		if err != nil {
			return nil, fmt.Errorf("line %d of the holidays: %w", n, err)
		}
		if _, twice := days[d]; twice {
			return nil, fmt.Errorf("calendar: line %d of the holidays names %s again", n, d)
		}
		days[d], years[d.Year] = words[1] == "work", true
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("calendar: the holidays can't be read: %w", err)
	}
	return h.with(days, years), nil
}

// with returns the tables with whole years replaced.
func (h *Holidays) with(days map[Date]bool, years map[int]bool) *Holidays {
	all := &Holidays{days, maps.Clone(years)}
	if h == nil {
		return all
	}
	for d, work := range h.days {
		if !years[d.Year] {
			all.days[d] = work
		}
	}
	maps.Copy(all.years, h.years)
	return all
}

// Has reports whether the table of the year is known.
func (h *Holidays) Has(year int) bool { return h != nil && h.years[year] }

// Working reports whether a day is a working day, and whether that is certain.
// It isn't certain in a year without a table, for which only weekends are taken
// as days off, and in the last week of December before such a year.
func (h *Holidays) Working(d Date) (working, certain bool) {
	certain = h.Has(d.Year) && (d.Month != time.December || d.Day < settled || h.Has(d.Year+1))
	if h != nil {
		if work, exception := h.days[d]; exception {
			return work, certain
		}
	}
	w := d.Weekday()
	return w != time.Saturday && w != time.Sunday, certain
}

// WorkingDaysAfter returns the nth working day after d, not counting d, and
// whether all days in between are certain. For n = 0 it returns d itself if it
// is a working day, otherwise the next working day. A negative n counts as 0.
func (h *Holidays) WorkingDaysAfter(d Date, n int) (day Date, certain bool) {
	certain = true
	step := func() bool {
		working, sure := h.Working(d)
		certain = certain && sure
		return working
	}
	if n <= 0 {
		for !step() {
			d = d.AddDays(1)
		}
		return d, certain
	}
	for n > 0 {
		d = d.AddDays(1)
		if step() {
			n--
		}
	}
	return d, certain
}
