package usage_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"portico/calendar"
	"portico/ent/db/usageperiod"
	"portico/portal/finance/usage"
)

// zones have whole and half hours, with and without clock changes; in one the
// clock changes by half an hour, and one skipped a day (Apia, 2011).
var zones = []string{"UTC", "Asia/Shanghai", "Asia/Kolkata", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo",
	"Asia/Kathmandu", "Pacific/Apia"}

var units = []usageperiod.Unit{usageperiod.UnitHOUR, usageperiod.UnitDAY, usageperiod.UnitMONTH}

func zoned(t rapid.TB, name string) calendar.Zone {
	t.Helper()
	z, err := calendar.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// changeAfter returns the first clock change after a time, or the time itself.
func changeAfter(z calendar.Zone, at time.Time) time.Time {
	if _, end := at.In(z.Location()).ZoneBounds(); !end.IsZero() {
		return end
	}
	return at
}

// TestSpansTile checks that a time is within its span, that every time of a
// span gets the same span, and that the spans before and after are adjacent.
func TestSpansTile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zoned(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		unit := rapid.SampledFrom(units).Draw(t, "unit")
		first, last := time.Date(2007, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
		at := time.UnixMicro(rapid.Int64Range(first, last).Draw(t, "at"))
		if rapid.Bool().Draw(t, "near a clock change") {
			at = changeAfter(z, at).Add(time.Duration(rapid.Int64Range(-2*3600*1e6, 2*3600*1e6).Draw(t, "offset")) * time.Microsecond)
		}
		if rapid.Bool().Draw(t, "on a half hour") {
			at = at.Truncate(30 * time.Minute)
		}
		s := usage.SpanOf(z, unit, at)
		if at.Before(s.From) || !at.Before(s.To) {
			t.Fatalf("%s isn't in %s to %s", at.UTC(), s.From, s.To)
		}
		inside := s.From.Add(time.Duration(rapid.Int64Range(0, s.To.Sub(s.From).Microseconds()-1).Draw(t, "inside")) * time.Microsecond)
		for _, other := range []time.Time{s.From, inside, s.To.Add(-time.Microsecond)} {
			if o := usage.SpanOf(z, unit, other); o != s {
				t.Fatalf("%s is in %s to %s, not in %s to %s", other, o.From, o.To, s.From, s.To)
			}
		}
		if before := usage.SpanOf(z, unit, s.From.Add(-time.Microsecond)); !before.To.Equal(s.From) {
			t.Fatalf("the span before ends at %s, not at %s", before.To, s.From)
		}
		if after := usage.SpanOf(z, unit, s.To); !after.From.Equal(s.To) {
			t.Fatalf("the span after begins at %s, not at %s", after.From, s.To)
		}
	})
}

// TestSpansBeginByTheZonesClock checks cases of where spans begin and end.
func TestSpansBeginByTheZonesClock(t *testing.T) {
	for _, c := range []struct {
		zone         string
		unit         usageperiod.Unit
		at, from, to string
	}{
		{"Asia/Shanghai", usageperiod.UnitHOUR, "2026-03-02T02:59:59Z", "2026-03-02T02:00:00Z", "2026-03-02T03:00:00Z"},
		{"Asia/Kolkata", usageperiod.UnitHOUR, "2026-03-02T02:29:59Z", "2026-03-02T01:30:00Z", "2026-03-02T02:30:00Z"},
		{"Asia/Shanghai", usageperiod.UnitDAY, "2026-03-02T16:00:00Z", "2026-03-02T16:00:00Z", "2026-03-03T16:00:00Z"},
		{"Asia/Shanghai", usageperiod.UnitMONTH, "2026-02-28T15:59:59Z", "2026-01-31T16:00:00Z", "2026-02-28T16:00:00Z"},
		{"Asia/Shanghai", usageperiod.UnitMONTH, "2028-02-29T00:00:00Z", "2028-01-31T16:00:00Z", "2028-02-29T16:00:00Z"},
		// New York's clock changes from 2:00 to 3:00, and from 2:00 to 1:00.
		{"America/New_York", usageperiod.UnitDAY, "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"},
		{"America/New_York", usageperiod.UnitDAY, "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
		{"America/New_York", usageperiod.UnitHOUR, "2026-11-01T05:30:00Z", "2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z"},
		{"America/New_York", usageperiod.UnitHOUR, "2026-11-01T06:30:00Z", "2026-11-01T06:00:00Z", "2026-11-01T07:00:00Z"},
		{"Europe/Berlin", usageperiod.UnitMONTH, "2026-03-15T00:00:00Z", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"},
		// Lord Howe's changes from 2:00 to 1:30, and from 2:00 to 2:30.
		{"Australia/Lord_Howe", usageperiod.UnitHOUR, "2026-04-04T14:59:59Z", "2026-04-04T14:00:00Z", "2026-04-04T15:00:00Z"},
		{"Australia/Lord_Howe", usageperiod.UnitHOUR, "2026-04-04T15:00:00Z", "2026-04-04T15:00:00Z", "2026-04-04T15:30:00Z"},
		{"Australia/Lord_Howe", usageperiod.UnitHOUR, "2026-04-04T15:30:00Z", "2026-04-04T15:30:00Z", "2026-04-04T16:30:00Z"},
		{"Australia/Lord_Howe", usageperiod.UnitHOUR, "2026-10-03T15:45:00Z", "2026-10-03T15:30:00Z", "2026-10-03T16:00:00Z"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		s := usage.SpanOf(zoned(t, c.zone), c.unit, at)
		if s.Unit != c.unit || s.From.Format(time.RFC3339) != c.from || s.To.Format(time.RFC3339) != c.to {
			t.Errorf("%s of %s in %s is %s to %s", c.unit, c.at, c.zone, s.From.Format(time.RFC3339), s.To.Format(time.RFC3339))
		}
	}
}
