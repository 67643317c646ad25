package calendar

import (
	"database/sql/driver"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Date is a day of the Gregorian calendar, without a time zone. It is the API's
// scalar Date. Dates compare with == and Compare.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns a date. Days and months outside their range are normalised as
// by time.Date: March 0 is the last day of February.
func DateOf(year int, month time.Month, day int) Date {
	y, m, d := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Date()
	return Date{y, m, d}
}

// ParseDate parses "2006-01-02". The year must be between 1 and 9999.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return Date{}, fmt.Errorf("calendar: %.32q is not a date like 2006-01-02", s)
	}
	return DateOf(t.Date()), nil
}

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// String returns the date as "2006-01-02".
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// IsZero reports whether the date is unset.
func (d Date) IsZero() bool { return d == Date{} }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// AddDays returns the date n days later, or earlier if n is negative.
func (d Date) AddDays(n int) Date { return DateOf(d.Year, d.Month, d.Day+n) }

// AddMonths returns the anchor day of the nth month after d, or the last day of
// that month if it is shorter. If anchor is 0, the day of d is the anchor. Pass
// the same anchor throughout a series of months: with anchor 31, January 31 is
// followed by February 28 and then by March 31.
func (d Date) AddMonths(n, anchor int) Date {
	if anchor == 0 {
		anchor = d.Day
	}
	first := DateOf(d.Year, d.Month+time.Month(n), 1)
	return Date{first.Year, first.Month, min(anchor, first.DaysInMonth())}
}

// DaysInMonth returns the number of days in d's month.
func (d Date) DaysInMonth() int { return DateOf(d.Year, d.Month+1, 0).Day }

// Compare returns -1, 0 or 1 if d is before, equal to or after e.
func (d Date) Compare(e Date) int { return d.utc().Compare(e.utc()) }

// DaysUntil returns the number of days from d to e. It is negative if e is
// earlier.
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

// Value stores the date as text: ten ASCII characters that sort in the order of
// the dates.
func (d Date) Value() (driver.Value, error) { return d.String(), nil }

// Scan reads a stored date. It also accepts the value of a column of type date.
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
