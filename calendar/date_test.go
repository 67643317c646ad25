package calendar_test

import (
	"bytes"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"portico/calendar"
)

func date(t *testing.T, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParseDate(t *testing.T) {
	for _, bad := range []string{"", "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-4-3", "20260403", "2026-04-03T00:00:00Z", "0000-01-01", "10000-01-01", " 2026-04-03"} {
		if d, err := calendar.ParseDate(bad); err == nil {
			t.Errorf("%q is the date %s", bad, d)
		}
	}
	if d := date(t, "2028-02-29"); d != (calendar.Date{Year: 2028, Month: 2, Day: 29}) || d.String() != "2028-02-29" {
		t.Errorf("the leap day is %s", d)
	}
}

func TestDateOnTheWire(t *testing.T) {
	d := date(t, "2026-11-25")
	var b bytes.Buffer
	d.MarshalGQL(&b)
	text, err := json.Marshal(d)
	if b.String() != `"2026-11-25"` || string(text) != `"2026-11-25"` || err != nil {
		t.Errorf("written %s and %s, %v", b.String(), text, err)
	}
	v, err := d.Value()
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range []any{v, []byte("2026-11-25"), time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)} {
		var got calendar.Date
		if err := got.Scan(src); err != nil || got != d {
			t.Errorf("%v is scanned as %s, %v", src, got, err)
		}
	}
	for _, bad := range []any{nil, 20261125, 1.5, "2026-11-31"} {
		got := d
		if got.UnmarshalGQL(bad) == nil || got.Scan(bad) == nil || got != d {
			t.Errorf("%v is read as %s", bad, got)
		}
	}
}

func TestDateArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := calendar.DateOf(2026, 1, rapid.IntRange(-30000, 30000).Draw(t, "day"))
		n := rapid.IntRange(-5000, 5000).Draw(t, "n")
		if e := d.AddDays(n); d.DaysUntil(e) != n || e.AddDays(-n) != d || sign(n) != e.Compare(d) {
			t.Fatalf("%s and %d days is %s", d, n, e)
		}
		anchor := rapid.IntRange(1, 31).Draw(t, "anchor")
		m := d.AddMonths(n%600, anchor)
		if months := (m.Year-d.Year)*12 + int(m.Month) - int(d.Month); months != n%600 {
			t.Fatalf("%s and %d months is %s", d, n%600, m)
		}
		if m.Day != anchor && (m.Day > anchor || m.AddDays(1).Day != 1) {
			t.Fatalf("%s isn't the %d. nor its month's last", m, anchor)
		}
	})
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func TestClocks(t *testing.T) {
	odd := time.Date(2026, 3, 1, 8, 0, 0, 1999, time.FixedZone("", 8*3600))
	want := time.Date(2026, 3, 1, 0, 0, 0, 1000, time.UTC)
	for name, c := range map[string]calendar.Clock{"Fixed": calendar.Fixed(odd), "Manual": calendar.NewManual(odd)} {
		if now := c.Now(); now != want {
			t.Errorf("%s shows %s", name, now)
		}
	}
	if now := (calendar.Real{}).Now(); now != calendar.UTC(now) || now.Year() < 2025 {
		t.Errorf("Real shows %s", now)
	}
	m := calendar.NewManual(odd)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() { m.Advance(time.Second); m.Now() })
	}
	all.Wait()
	if got := m.Now().Sub(want); got != 100*time.Second {
		t.Errorf("a hundred seconds are %s", got)
	}
	if m.Set(odd); m.Now() != want || m.Advance(-time.Hour) != want.Add(-time.Hour) {
		t.Errorf("set back it shows %s", m.Now())
	}
}
