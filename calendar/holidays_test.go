package calendar_test

import (
	"strings"
	"testing"

	"portico/calendar"
)

func standard(t *testing.T) calendar.Calendar {
	t.Helper()
	c, err := calendar.Standard()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// 2026 as the State Council published it on 4 November 2025.
func TestWorkingDaysOf2026(t *testing.T) {
	h := standard(t).Holidays
	working := map[string]bool{
		"2026-01-01": false, "2026-01-02": false, "2026-01-03": false, "2026-01-04": true, "2026-01-05": true,
		"2026-02-13": true, "2026-02-14": true, "2026-02-15": false, "2026-02-23": false, "2026-02-24": true, "2026-02-28": true, "2026-03-01": false,
		"2026-04-03": true, "2026-04-04": false, "2026-04-06": false, "2026-04-07": true,
		"2026-04-30": true, "2026-05-01": false, "2026-05-05": false, "2026-05-06": true, "2026-05-09": true, "2026-05-10": false,
		"2026-06-18": true, "2026-06-19": false, "2026-06-21": false, "2026-06-22": true,
		"2026-09-20": true, "2026-09-25": false, "2026-09-27": false, "2026-09-28": true, "2026-09-30": true,
		"2026-10-01": false, "2026-10-07": false, "2026-10-08": true, "2026-10-10": true, "2026-10-11": false,
		"2026-12-31": true,
	}
	for day, want := range working {
		if got, certain := h.Working(date(t, day)); got != want || !certain {
			t.Errorf("%s: working %t, certain %t", day, got, certain)
		}
	}
	if !h.Has(2027) || h.Has(2028) || h.Has(2001) {
		t.Errorf("tables: 2027 %t, 2028 %t, 2001 %t", h.Has(2027), h.Has(2028), h.Has(2001))
	}
}

func TestWorkingDaysAfter(t *testing.T) {
	h := standard(t).Holidays
	for _, c := range []struct {
		from    string
		n       int
		want    string
		certain bool
	}{
		{"2026-03-02", 1, "2026-03-03", true},
		{"2026-03-06", 1, "2026-03-09", true},
		{"2026-09-30", 1, "2026-10-08", true},
		{"2026-10-08", 2, "2026-10-10", true}, // a worked Saturday
		{"2026-10-10", 1, "2026-10-12", true},
		{"2026-10-03", 0, "2026-10-08", true},
		{"2026-10-08", 0, "2026-10-08", true},
		{"2026-12-31", 1, "2027-01-04", true},
		{"2027-12-22", 1, "2027-12-23", true},
		{"2027-12-23", 1, "2027-12-24", false}, // New Year's holiday of 2028 isn't published
		{"2028-01-03", 1, "2028-01-04", false},
		{"2028-01-07", 1, "2028-01-10", false},
	} {
		if got, certain := h.WorkingDaysAfter(date(t, c.from), c.n); got.String() != c.want || certain != c.certain {
			t.Errorf("%d working days after %s: %s, certain %t; want %s, %t", c.n, c.from, got, certain, c.want, c.certain)
		}
	}
	var none *calendar.Holidays
	if got, certain := none.WorkingDaysAfter(date(t, "2026-10-01"), 1); got.String() != "2026-10-02" || certain {
		t.Errorf("without tables: %s, certain %t", got, certain)
	}
}

func TestANewerTableSettlesAProvisionalDeadline(t *testing.T) {
	c := standard(t)
	from := in(t, c.Zone, "2027-12-31 12:00:00")
	before, err := c.Deadline(calendar.WorkingDays(1), from)
	if err != nil || !before.Provisional {
		t.Fatalf("%+v, %v", before, err)
	}
	expect(t, c.Zone, "the provisional deadline", before.At, "2028-01-03 00:00:00")
	newer, err := c.Holidays.Load(strings.NewReader("# an example\n2028-01-01 off\n2028-01-02 off\n\n2028-01-03\toff # Monday\n2028-01-08 work\n"))
	if err != nil {
		t.Fatal(err)
	}
	old := c.Holidays
	c.Holidays = newer
	after, err := c.Deadline(before.Rule, from)
	if err != nil || after.Provisional {
		t.Fatalf("%+v, %v", after, err)
	}
	expect(t, c.Zone, "the deadline", after.At, "2028-01-04 00:00:00")
	if old.Has(2028) || !newer.Has(2026) || !newer.Has(2028) {
		t.Error("loading changed the old tables, or lost them")
	}
	if got, certain := newer.Working(date(t, "2026-10-10")); !got || !certain {
		t.Error("loading lost a worked Saturday of 2026")
	}
}

func TestALoadedYearReplacesTheWholeYear(t *testing.T) {
	h, err := standard(t).Holidays.Load(strings.NewReader("2026-10-01 off"))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := h.Working(date(t, "2026-10-02")); !got {
		t.Error("the old table of 2026 shines through")
	}
	if got, _ := h.Working(date(t, "2026-10-01")); got {
		t.Error("the new table of 2026 is missing")
	}
}

func TestLoadRefuses(t *testing.T) {
	h := standard(t).Holidays
	for _, bad := range []string{"2028-01-01", "2028-01-01 maybe", "2028-02-30 off", "off 2028-01-01", "2028-01-01 off\n2028-01-01 work", "2028-01-01 off extra", strings.Repeat("x", 1<<17)} {
		if _, err := h.Load(strings.NewReader(bad)); err == nil {
			t.Errorf("%.40q is a table", bad)
		}
	}
}

func TestDeadlines(t *testing.T) {
	c := standard(t)
	from := in(t, c.Zone, "2026-09-30 18:00:00")
	for rule, want := range map[calendar.Rule]string{
		calendar.Months(1):            "2026-10-31 00:00:00",
		calendar.MonthEnd(0):          "2026-10-01 00:00:00",
		calendar.MonthEnd(1):          "2026-11-01 00:00:00",
		calendar.MonthEnd(3):          "2027-01-01 00:00:00",
		calendar.Days(7):              "2026-10-08 00:00:00",
		calendar.WorkingDays(1):       "2026-10-08 00:00:00",
		calendar.WithinWorkingDays(1): "2026-10-09 00:00:00",
	} {
		d, err := c.Deadline(rule, from)
		if err != nil || d.Provisional || d.Rule != rule {
			t.Errorf("%s: %+v, %v", rule, d, err)
		}
		expect(t, c.Zone, string(rule), d.At, want)
	}
	for _, bad := range []calendar.Rule{"", "days-after", "days-after:", "days-after:-1", "days-after:+7", "days-after:07", "days-after:10000", "days-after:x", "years:1"} {
		if d, err := c.Deadline(bad, from); err == nil {
			t.Errorf("%q gives %+v", bad, d)
		}
	}
}
