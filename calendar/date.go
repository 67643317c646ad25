package calendar

import (
	"database/sql/driver"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Date is a day of the Gregorian calendar, in no zone; the API's scalar Date.
// Dates compare with == and Compare.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf makes a date; days and months beyond their range carry over as
// time.Date's do: the 0th of March is the last of February.
func DateOf(year int, month time.Month, day int) Date {
	y, m, d := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Date()
	return Date{y, m, d}
}

// ParseDate reads "2006-01-02", of the years 1 to 9999.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return Date{}, fmt.Errorf("calendar: %.32q is not a date like 2006-01-02", s)
	}
	return DateOf(t.Date()), nil
}

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// String is "2006-01-02".
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// IsZero tells whether no date was given.
func (d Date) IsZero() bool { return d == Date{} }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// AddDays is the date n days later, or earlier for a negative n.
func (d Date) AddDays(n int) Date { return DateOf(d.Year, d.Month, d.Day+n) }

// AddMonths is the anchor day of the nth month after d's, or that month's last
// day where it is shorter. An anchor of 0 is d's own day. Keeping the anchor
// keeps a series in step: from the 31st of January with anchor 31 by way of
// the 28th of February to the 31st of March.
func (d Date) AddMonths(n, anchor int) Date {
	if anchor == 0 {
		anchor = d.Day
	}
	first := DateOf(d.Year, d.Month+time.Month(n), 1)
	return Date{first.Year, first.Month, min(anchor, first.DaysInMonth())}
}

// DaysInMonth is the length of d's month.
func (d Date) DaysInMonth() int { return DateOf(d.Year, d.Month+1, 0).Day }

// Compare is -1, 0 or 1 as d lies before, on or after e.
func (d Date) Compare(e Date) int { return d.utc().Compare(e.utc()) }

// DaysUntil is the number of days from d to e, negative when e is earlier.
func (d Date) DaysUntil(e Date) int { return int(e.utc().Sub(d.utc()) / (24 * time.Hour)) }

// MarshalText writes "2006-01-02".
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads "2006-01-02".
func (d *Date) UnmarshalText(b []byte) error {
	p, err := ParseDate(string(b))
	if err == nil {
		*d = p
	}
	return err
}

// MarshalGQL writes the scalar Date.
func (d Date) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(d.String())) }

// UnmarshalGQL reads the scalar Date, a string.
func (d *Date) UnmarshalGQL(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("calendar: a date is a string, not %T", v)
	}
	return d.UnmarshalText([]byte(s))
}

// Value stores the text, ten ASCII characters that sort as the dates do.
func (d Date) Value() (driver.Value, error) { return d.String(), nil }

// Scan reads a stored date, also one from a column of type date.
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case string:
		return d.UnmarshalText([]byte(v))
	case []byte:
		return d.UnmarshalText(v)
	case time.Time:
		*d = DateOf(v.Date())
		return nil
	}
	return fmt.Errorf("calendar: a date is stored as %T", src)
}
