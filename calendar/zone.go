// Package calendar handles time: the clock, the zone in which days, months and
// cut-offs are counted, arithmetic of months, and the working days of mainland
// China. All instants that it returns are in UTC and truncated to the
// microsecond.
package calendar

import (
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // the program contains the zones, because a container may have none
)

// DefaultZone is the zone of the standard agreement.
const DefaultZone = "Asia/Shanghai"

// Zone is a time zone. Get one from LoadZone or Shanghai; the zero Zone is UTC.
type Zone struct{ loc *time.Location }

// LoadZone returns the zone with an IANA name. "Local" and "" are errors, since
// they mean different zones on different machines.
func LoadZone(name string) (Zone, error) {
	if z, ok := zones.Load(name); ok {
		return z.(Zone), nil
	}
	if name == "" || name == "Local" {
		return Zone{}, fmt.Errorf("calendar: %q is not the name of a zone, like %s", name, DefaultZone)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return Zone{}, fmt.Errorf("calendar: no zone %.64q is known; give an IANA name like %s", name, DefaultZone)
	}
	zones.Store(name, Zone{loc})
	return Zone{loc}, nil
}

// zones caches loaded zones, because package time opens and parses a file each
// time. The number of names is limited.
var zones sync.Map

// Shanghai returns the zone of the standard agreement.
func Shanghai() Zone {
	z, err := LoadZone(DefaultZone)
	if err != nil {
		panic(err)
	}
	return z
}

// Location returns the zone as a time.Location.
func (z Zone) Location() *time.Location {
	if z.loc == nil {
		return time.UTC
	}
	return z.loc
}

// String returns the IANA name of the zone.
func (z Zone) String() string { return z.Location().String() }

// MarshalText writes the name.
func (z Zone) MarshalText() ([]byte, error) { return []byte(z.String()), nil }

// UnmarshalText reads a name, as LoadZone does.
func (z *Zone) UnmarshalText(b []byte) error {
	l, err := LoadZone(string(b))
	if err == nil {
		*z = l
	}
	return err
}

// Day returns the date of t in the zone.
func (z Zone) Day(t time.Time) Date { return DateOf(t.In(z.Location()).Date()) }

// Start returns the first instant of a day: 00:00, or the end of the gap if a
// clock change skips 00:00. It is also 24:00 of the day before.
func (z Zone) Start(d Date) time.Time {
	t, exists := z.at(d, 0)
	if exists {
		return t
	}
	after, _ := t.In(z.Location()).ZoneBounds()
	return UTC(after)
}

// End returns 24:00 of a day: the first instant after it.
func (z Zone) End(d Date) time.Time { return z.Start(d.AddDays(1)) }

// StartOfDay returns the first instant of the day that contains t.
func (z Zone) StartOfDay(t time.Time) time.Time { return z.Start(z.Day(t)) }

// StartOfMonth returns the first instant of the month that contains t.
func (z Zone) StartOfMonth(t time.Time) time.Time {
	d := z.Day(t)
	return z.Start(DateOf(d.Year, d.Month, 1))
}

// StartOfHour returns the last full hour of the zone's clock at or before t. An
// hour that a clock change repeats counts as two hours.
func (z Zone) StartOfHour(t time.Time) time.Time {
	l := t.In(z.Location())
	past := time.Duration(l.Minute())*time.Minute + time.Duration(l.Second())*time.Second + time.Duration(l.Nanosecond())
	return UTC(t.Add(-past))
}

// MonthLater returns the end of a period of n calendar months that begins on
// the day of t: 24:00 of the same day of the nth month after, or of the last
// day of that month if it is shorter (clause 3.4). The period is over at that
// instant.
func (z Zone) MonthLater(t time.Time, n int) time.Time {
	return z.End(z.Day(t).AddMonths(n, 0))
}

// AddMonths returns the end of a term: the same time of day as t, n months
// later, on the anchor day, or on the last day of a shorter month. The anchor
// is the day on which the first term began (Day(t).Day), or 0 for the day of t.
// If t isn't on its anchor day, because the first term began in another zone,
// the term ends on the anchor day that is nearest to n months later, so that it
// is never a month too short or too long. If a clock change skips the time, the
// result is later by the length of the change. If the time occurs twice, the
// result is the first.
func (z Zone) AddMonths(t time.Time, n, anchor int) time.Time {
	l := t.In(z.Location())
	ofDay := time.Duration(l.Hour())*time.Hour + time.Duration(l.Minute())*time.Minute +
		time.Duration(l.Second())*time.Second + time.Duration(l.Nanosecond())
	u, _ := z.at(nearest(z.Day(t), n, anchor), ofDay)
	return UTC(u)
}

// nearest returns the anchor day that is nearest to n months after a date.
func nearest(d Date, n, anchor int) Date {
	later, best := d.AddMonths(n, 0), d.AddMonths(n, anchor)
	for _, other := range []Date{d.AddMonths(n-1, anchor), d.AddMonths(n+1, anchor)} {
		if anchor != 0 && distance(later, other) < distance(later, best) {
			best = other
		}
	}
	return best
}

func distance(a, b Date) int {
	days := a.DaysUntil(b)
	return max(days, -days)
}

// CutOff returns the instant before which something must be done to count for
// the month of d: the end of the given day if that day is included, otherwise
// its beginning (clause 3.9: 25, included). If the month is too short to have
// that day, its last day is used.
func (z Zone) CutOff(d Date, day int, included bool) time.Time {
	c := d.AddMonths(0, day)
	if included {
		c = c.AddDays(1)
	}
	return z.Start(c)
}

// DaysAfter returns the end of a grace period of n days, not counting the day
// of t: 00:00 of day n+1 after it. If arrears begin on the 1st, at any hour,
// paid services with n = 7 stop at 00:00 of the 9th, the eighth day after
// (clause 3.8).
func (z Zone) DaysAfter(t time.Time, n int) time.Time {
	return z.Start(z.Day(t).AddDays(n + 1))
}

// at returns the first instant at which the zone's clocks show a time of a day.
// If they never show it, it returns the instant at which they would have shown
// it without the clock change, and false.
func (z Zone) at(d Date, ofDay time.Duration) (time.Time, bool) {
	shown := d.utc().Add(ofDay)
	var first time.Time
	for _, around := range []time.Duration{-36 * time.Hour, 36 * time.Hour} {
		_, offset := shown.Add(around).In(z.Location()).Zone()
		t := shown.Add(-time.Duration(offset) * time.Second)
		l := t.In(z.Location())
		_, is := l.Zone()
		if is == offset && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	if !first.IsZero() {
		return UTC(first), true
	}
	_, offset := shown.Add(-36 * time.Hour).In(z.Location()).Zone()
	return UTC(shown.Add(-time.Duration(offset) * time.Second)), false
}
