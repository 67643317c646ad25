// Package calendar owns time: the clock, the zone in which days, months and
// cut-offs are counted, month arithmetic, and the working days of mainland
// China. Every instant that it returns is in UTC and truncated to the
// microsecond.
package calendar

import (
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // the zones are in the binary: a container may have none
)

// DefaultZone is the zone of the standard agreement.
const DefaultZone = "Asia/Shanghai"

// Zone is where days begin. Get one by LoadZone or Shanghai; the zero Zone is UTC.
type Zone struct{ loc *time.Location }

// LoadZone finds a zone by its IANA name. "Local" and "" are refused: they
// mean another zone on another machine.
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

// zones are those that were loaded before: package time opens and parses a file
// each time. There are only so many names.
var zones sync.Map

// Shanghai is the zone of the standard agreement.
func Shanghai() Zone {
	z, err := LoadZone(DefaultZone)
	if err != nil {
		panic(err)
	}
	return z
}

// Location is the zone for package time.
func (z Zone) Location() *time.Location {
	if z.loc == nil {
		return time.UTC
	}
	return z.loc
}

// String is the zone's IANA name.
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

// Day is the date on which t falls in the zone.
func (z Zone) Day(t time.Time) Date { return DateOf(t.In(z.Location()).Date()) }

// Start is the first instant of a day: its 00:00, or where a clock change
// leaves that out, the end of the gap. It is also 24:00 of the day before.
func (z Zone) Start(d Date) time.Time {
	t, exists := z.at(d, 0)
	if exists {
		return t
	}
	after, _ := t.In(z.Location()).ZoneBounds()
	return UTC(after)
}

// End is 24:00 of a day: the first instant that no longer belongs to it.
func (z Zone) End(d Date) time.Time { return z.Start(d.AddDays(1)) }

// StartOfDay is the first instant of the day on which t falls.
func (z Zone) StartOfDay(t time.Time) time.Time { return z.Start(z.Day(t)) }

// StartOfMonth is the first instant of the month in which t falls.
func (z Zone) StartOfMonth(t time.Time) time.Time {
	d := z.Day(t)
	return z.Start(DateOf(d.Year, d.Month, 1))
}

// StartOfHour is the full hour of the zone's clock at or before t. An hour
// that a clock change repeats is two.
func (z Zone) StartOfHour(t time.Time) time.Time {
	l := t.In(z.Location())
	past := time.Duration(l.Minute())*time.Minute + time.Duration(l.Second())*time.Second + time.Duration(l.Nanosecond())
	return UTC(t.Add(-past))
}

// MonthLater is the end of a period of n calendar months that begins on t's
// day: 24:00 of the same day of the nth month after, or of that month's last
// day where it is shorter (clause 3.4). The period is over at that instant.
func (z Zone) MonthLater(t time.Time, n int) time.Time {
	return z.End(z.Day(t).AddMonths(n, 0))
}

// AddMonths is the end of a term: the same time of day as t, n months later,
// on the anchor day or the last of a shorter month. The anchor is the day on
// which the first term began (Day(t).Day), or 0 for t's own. Where t isn't on its
// anchor day, since the first term began in another zone, the term ends on the
// anchor day that is nearest to n months later: never a month too early or too
// late. A time that a clock change leaves out moves on by the change; of one that
// occurs twice it is the first.
func (z Zone) AddMonths(t time.Time, n, anchor int) time.Time {
	l := t.In(z.Location())
	ofDay := time.Duration(l.Hour())*time.Hour + time.Duration(l.Minute())*time.Minute +
		time.Duration(l.Second())*time.Second + time.Duration(l.Nanosecond())
	u, _ := z.at(nearest(z.Day(t), n, anchor), ofDay)
	return UTC(u)
}

// nearest is the anchor day next to n months after a date.
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

// CutOff is the instant before which something must be done to count for the
// month of d: the end of its given day if that is included, else its
// beginning (clause 3.9: 25, included). The last day stands for a day that
// the month doesn't have.
func (z Zone) CutOff(d Date, day int, included bool) time.Time {
	c := d.AddMonths(0, day)
	if included {
		c = c.AddDays(1)
	}
	return z.Start(c)
}

// DaysAfter is the end of a grace of n days, t's own day not counted: 00:00
// of day n+1 after it. Arrears that begin on the 1st, at whatever hour, stop
// paid services with n = 7 at 00:00 of the 9th, the eighth day after (clause
// 3.8).
func (z Zone) DaysAfter(t time.Time, n int) time.Time {
	return z.Start(z.Day(t).AddDays(n + 1))
}

// at is the first instant at which the zone's clocks show a time of a day. If
// they never do, it is where they would be had they not been changed, and
// false.
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
