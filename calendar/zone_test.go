package calendar_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"portico/calendar"
)

const layout = "2006-01-02 15:04:05.999999"

func zone(t *testing.T, name string) calendar.Zone {
	t.Helper()
	z, err := calendar.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// in returns the time at which the zone's clock shows s.
func in(t *testing.T, z calendar.Zone, s string) time.Time {
	t.Helper()
	u, err := time.ParseInLocation(layout, s, z.Location())
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func expect(t *testing.T, z calendar.Zone, what string, got time.Time, want string) {
	t.Helper()
	if s := got.In(z.Location()).Format(layout); s != want {
		t.Errorf("%s is %s, want %s", what, s, want)
	}
	if got.Location() != time.UTC || got.Nanosecond()%1000 != 0 {
		t.Errorf("%s isn't in UTC to the microsecond: %s", what, got)
	}
}

func TestLoadZoneRefusesWhatDependsOnTheMachine(t *testing.T) {
	for _, name := range []string{"", "Local", "Asia/Atlantis", "../etc/passwd", "+08:00"} {
		if z, err := calendar.LoadZone(name); err == nil {
			t.Errorf("%q is the zone %s", name, z)
		}
	}
	var z calendar.Zone
	if z.String() != "UTC" || z.UnmarshalText([]byte("Asia/Tokyo")) != nil || z.String() != "Asia/Tokyo" || z.UnmarshalText([]byte("Local")) == nil {
		t.Errorf("the zone is %s", z)
	}
}

func TestDayInShanghai(t *testing.T) {
	z := calendar.Shanghai()
	for utc, want := range map[string]string{
		"2026-12-31 15:59:59.999999": "2026-12-31",
		"2026-12-31 16:00:00":        "2027-01-01",
	} {
		if d := z.Day(in(t, calendar.Zone{}, utc)); d.String() != want {
			t.Errorf("%s UTC is the %s, want %s", utc, d, want)
		}
	}
	expect(t, z, "the start of the day", z.StartOfDay(in(t, z, "2026-03-01 23:59:59.999999")), "2026-03-01 00:00:00")
	expect(t, z, "the start of the month", z.StartOfMonth(in(t, z, "2026-03-01 00:00:00")), "2026-03-01 00:00:00")
	expect(t, z, "the start of the hour", z.StartOfHour(in(t, z, "2026-03-01 10:59:59.999999")), "2026-03-01 10:00:00")
}

func TestStartOfHourWhereOffsetsAreNotWholeHours(t *testing.T) {
	z := zone(t, "Asia/Kathmandu")
	expect(t, z, "the hour in Kathmandu", z.StartOfHour(in(t, z, "2026-03-01 10:20:00")), "2026-03-01 10:00:00")
	z = zone(t, "America/New_York") // 01:30 occurs twice on this day
	first := in(t, calendar.Zone{}, "2026-11-01 05:30:00")
	if a, b := z.StartOfHour(first), z.StartOfHour(first.Add(time.Hour)); b.Sub(a) != time.Hour {
		t.Errorf("the repeated hour begins at %s and %s", a, b)
	}
}

func Test3_4MonthLater(t *testing.T) {
	z := calendar.Shanghai()
	for from, want := range map[string]string{
		"2026-01-15 10:00:00":        "2026-02-16 00:00:00",
		"2026-01-15 00:00:00":        "2026-02-16 00:00:00",
		"2026-01-15 23:59:59.999999": "2026-02-16 00:00:00",
		"2026-01-28 10:00:00":        "2026-03-01 00:00:00",
		"2026-01-29 10:00:00":        "2026-03-01 00:00:00",
		"2026-01-30 10:00:00":        "2026-03-01 00:00:00",
		"2026-01-31 10:00:00":        "2026-03-01 00:00:00",
		"2026-02-28 10:00:00":        "2026-03-29 00:00:00",
		"2026-03-30 10:00:00":        "2026-05-01 00:00:00",
		"2026-03-31 10:00:00":        "2026-05-01 00:00:00",
		"2028-01-28 10:00:00":        "2028-02-29 00:00:00",
		"2028-01-29 10:00:00":        "2028-03-01 00:00:00",
		"2028-02-29 10:00:00":        "2028-03-30 00:00:00",
		"2026-11-30 10:00:00":        "2026-12-31 00:00:00",
		"2026-12-30 10:00:00":        "2027-01-31 00:00:00",
		"2026-12-31 23:00:00":        "2027-02-01 00:00:00",
	} {
		expect(t, z, "a month after "+from, z.MonthLater(in(t, z, from), 1), want)
	}
	expect(t, z, "13 months later", z.MonthLater(in(t, z, "2026-01-31 10:00:00"), 13), "2027-03-01 00:00:00")
}

func TestAddMonthsKeepsItsAnchor(t *testing.T) {
	z := calendar.Shanghai()
	at := in(t, z, "2026-01-31 10:30:00.000001")
	for _, want := range []string{"2026-02-28 10:30:00.000001", "2026-03-31 10:30:00.000001", "2026-04-30 10:30:00.000001", "2026-05-31 10:30:00.000001"} {
		at = z.AddMonths(at, 1, 31)
		expect(t, z, "the next term", at, want)
	}
	expect(t, z, "without an anchor", z.AddMonths(in(t, z, "2026-02-28 10:00:00"), 1, 0), "2026-03-28 10:00:00")
	expect(t, z, "a year from a leap day", z.AddMonths(in(t, z, "2028-02-29 10:00:00"), 12, 29), "2029-02-28 10:00:00")
	expect(t, z, "four years from a leap day", z.AddMonths(in(t, z, "2028-02-29 10:00:00"), 48, 29), "2032-02-29 10:00:00")
	expect(t, z, "over the year's end", z.AddMonths(in(t, z, "2026-12-31 10:00:00"), 2, 31), "2027-02-28 10:00:00")
	expect(t, z, "the first of another zone's month", z.AddMonths(in(t, z, "2027-02-28 11:30:00"), 1, 1), "2027-04-01 11:30:00")
	expect(t, z, "the last of another zone's month", z.AddMonths(in(t, z, "2027-03-01 04:30:00"), 1, 31), "2027-03-31 04:30:00")
	expect(t, z, "the same for a year", z.AddMonths(in(t, z, "2027-02-28 11:30:00"), 12, 1), "2028-03-01 11:30:00")
	expect(t, z, "a month back", z.AddMonths(in(t, z, "2026-03-31 10:00:00"), -1, 0), "2026-02-28 10:00:00")
}

func TestClockChanges(t *testing.T) {
	ny, cairo, samoa, havana, azores := zone(t, "America/New_York"), zone(t, "Africa/Cairo"), zone(t, "Pacific/Apia"), zone(t, "America/Havana"), zone(t, "Atlantic/Azores")
	// On 8 March 2026, 02:00 to 03:00 is skipped; on 1 November, 01:00 to 02:00
	// occurs twice.
	expect(t, ny, "a term into a gap", ny.AddMonths(in(t, ny, "2026-02-08 02:30:00"), 1, 0), "2026-03-08 03:30:00")
	expect(t, ny, "the day of a gap", ny.StartOfDay(in(t, ny, "2026-03-08 12:00:00")), "2026-03-08 00:00:00")
	twice := ny.AddMonths(in(t, ny, "2026-10-01 01:30:00"), 1, 0)
	expect(t, ny, "a term into a repeated hour", twice, "2026-11-01 01:30:00")
	if _, offset := twice.In(ny.Location()).Zone(); offset != -4*3600 {
		t.Errorf("it is the second of the two: %s", twice.In(ny.Location()))
	}
	if h := ny.End(calendar.Date{Year: 2026, Month: 3, Day: 8}).Sub(ny.Start(calendar.Date{Year: 2026, Month: 3, Day: 8})); h != 23*time.Hour {
		t.Errorf("the day of a gap has %s", h)
	}
	// Midnight is skipped.
	expect(t, cairo, "a day without midnight", cairo.StartOfDay(in(t, cairo, "2026-04-24 12:00:00")), "2026-04-24 01:00:00")
	expect(t, cairo, "grace that ends at no midnight", cairo.DaysAfter(in(t, cairo, "2026-04-16 12:00:00"), 7), "2026-04-24 01:00:00")
	expect(t, havana, "another one", havana.StartOfDay(in(t, havana, "2026-03-08 12:00:00")), "2026-03-08 01:00:00")
	// Midnight occurs twice; the day starts with the first.
	d := calendar.Date{Year: 2026, Month: 11, Day: 1}
	expect(t, havana, "a day with two midnights", havana.Start(d), "2026-11-01 00:00:00")
	if h := havana.End(d).Sub(havana.Start(d)); h != 25*time.Hour {
		t.Errorf("a day with two midnights has %s", h)
	}
	expect(t, azores, "the Azores'", azores.Start(calendar.Date{Year: 2026, Month: 10, Day: 25}), "2026-10-25 00:00:00")
	// A day that was skipped.
	expect(t, samoa, "the start of a day left out", samoa.Start(calendar.Date{Year: 2011, Month: 12, Day: 30}), "2011-12-31 00:00:00")
	expect(t, samoa, "the end of the day before", samoa.End(calendar.Date{Year: 2011, Month: 12, Day: 29}), "2011-12-31 00:00:00")
}

func Test3_9CutOff(t *testing.T) {
	z := calendar.Shanghai()
	nov := calendar.Date{Year: 2026, Month: time.November, Day: 3}
	expect(t, z, "the 25th included", z.CutOff(nov, 25, true), "2026-11-26 00:00:00")
	expect(t, z, "the 25th excluded", z.CutOff(nov, 25, false), "2026-11-25 00:00:00")
	expect(t, z, "the 31st of November included", z.CutOff(nov, 31, true), "2026-12-01 00:00:00")
	expect(t, z, "the 31st of February excluded", z.CutOff(nov.AddMonths(3, 1), 31, false), "2027-02-28 00:00:00")
	expect(t, z, "the last of the year included", z.CutOff(nov.AddMonths(1, 1), 31, true), "2027-01-01 00:00:00")
}

func Test3_8DaysAfter(t *testing.T) {
	z := calendar.Shanghai()
	for from, want := range map[string]string{
		"2026-03-01 00:00:00":        "2026-03-09 00:00:00",
		"2026-03-01 23:59:59.999999": "2026-03-09 00:00:00",
		"2026-03-02 00:00:00":        "2026-03-10 00:00:00",
		"2026-02-21 12:00:00":        "2026-03-01 00:00:00",
		"2028-02-21 12:00:00":        "2028-02-29 00:00:00",
		"2026-12-24 12:00:00":        "2027-01-01 00:00:00",
	} {
		expect(t, z, "seven days of grace from "+from, z.DaysAfter(in(t, z, from), 7), want)
	}
	expect(t, z, "no grace", z.DaysAfter(in(t, z, "2026-03-01 12:00:00"), 0), "2026-03-02 00:00:00")
}

var zones = []string{"Asia/Shanghai", "UTC", "America/New_York", "Africa/Cairo", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/Lisbon", "America/Sao_Paulo"}

// A day's start belongs to the day, and the instant before doesn't; days are
// adjacent.
func TestStartIsTheFirstInstantOfItsDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z, err := calendar.LoadZone(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		at := time.UnixMicro(rapid.Int64Range(-1e15, 4e15).Draw(t, "at"))
		d := z.Day(at)
		start, end := z.StartOfDay(at), z.End(d)
		if start.After(at) || !at.Before(end) {
			t.Fatalf("%s isn't in its day from %s to %s", at, start, end)
		}
		if z.Day(start) != d || z.Day(start.Add(-time.Microsecond)) == d || z.Day(end) == d || z.Day(end.Add(-time.Microsecond)) != d {
			t.Fatalf("%s isn't from %s to %s in %s", d, start, end, z)
		}
		if h := z.StartOfHour(at); h.After(at) || at.Sub(h) >= time.Hour {
			t.Fatalf("the hour of %s begins at %s", at, h)
		}
	})
}
