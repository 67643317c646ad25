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

// settled is the day of December from which the next year's table counts too:
// the holiday of New Year's Day may begin before it.
const settled = 24

// tableFrom and tableUntil bound the search for the library's tables.
const tableFrom, tableUntil = 2002, 2100

// Holidays are the yearly tables of mainland China's statutory holidays, with
// the weekends that are worked in exchange. It is immutable; newer tables make
// a new value (Load). Nil has no tables.
type Holidays struct {
	// days holds each exception: true is worked, false is off.
	days  map[Date]bool
	years map[int]bool
}

// Builtin are the tables of the library in the binary: those that the State
// Council had published when it was built.
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

// Load adds tables that were published later, and returns the whole. Each line
// is a date and what it is, "2028-01-01 off" or "2028-01-29 work"; empty lines
// and what follows a # are skipped. The years that it names are replaced as a
// whole, so a table must be complete. Anything else, or a date twice, is
// refused with the number of the line.
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

// with replaces whole years.
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

// Has tells whether the year's table is known.
func (h *Holidays) Has(year int) bool { return h != nil && h.years[year] }

// Working tells whether a day is worked, and whether that is certain: it isn't
// in a year without a table, where weekends alone are off, nor in the last
// week of December before such a year.
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

// WorkingDaysAfter is the nth working day after d, d not counted, and whether
// every day on the way is certain. For n = 0 it is d itself if worked, else
// the next working day. A negative n counts as 0.
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
