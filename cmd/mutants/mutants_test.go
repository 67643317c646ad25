package main

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"portico/clause"
)

func TestANameHoldsItsClauses(t *testing.T) {
	for name, want := range map[string]string{
		"TestATopUp/sqlite/3.5:_it_can_be_paid_for_24_hours":          "[3.5]",
		"TestATopUp/sqlite/13.5:_another":                             "[13.5]",
		"TestConduct/sqlite/0,_12.4:_before_it_is_served":             "[0 12.4]",
		"TestClause5_5TheEndOfAnSDK":                                  "[5.5]",
		"TestClause0AnAmendment":                                      "[0]",
		"TestCodes/sqlite/1.1:_a_code_no_longer_serves_at_5:00/again": "[1.1]",
		"TestATopUp":                         "[]",
		"TestATopUp/sqlite":                  "[]",
		"TestATopUp/by_3.5:_it_is_paid":      "[]",
		"TestMoney/0.00_is_nothing":          "[]",
		"TestMoney/2,137.78_paid:_something": "[]",
	} {
		if got := fmt.Sprint(clauses(name)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestAFigureIsShiftedByItsUnit(t *testing.T) {
	for _, c := range []struct {
		unit    clause.Unit
		is      string
		shifted string
	}{
		{clause.Months, "1", "[2 0]"}, {clause.Count, "0", "[1]"}, {clause.DayOfMonth, "1", "[2]"}, {clause.DayOfMonth, "25", "[26 24]"},
		{clause.Duration, "24h", "[25h0m0s 23h0m0s]"}, {clause.Duration, "0s", "[1s]"}, {clause.Duration, "10m", "[11m0s 9m0s]"},
		{clause.DayList, "2,1", "[3,1 2,0]"}, {clause.Flag, "true", "[false]"},
	} {
		got, err := shifts(clause.Figure{Name: "a.figure", Unit: c.unit, Default: c.is})
		if err != nil || fmt.Sprint(got) != c.shifted {
			t.Errorf("%s %s: %v %v, want %s", c.unit, c.is, got, err, c.shifted)
		}
	}
	for _, f := range clause.Figures {
		shifted, err := shifts(f)
		if err != nil || len(shifted) == 0 {
			t.Errorf("%s: %v %v", f.Name, shifted, err)
		}
		for _, value := range shifted {
			if _, err := f.Override(value); err != nil || value == f.Default {
				t.Errorf("%s is no other value of %s: %v", value, f.Name, err)
			}
		}
	}
}

func TestEverythingIsTried(t *testing.T) {
	policy, err := os.ReadFile("../../authz/policy.csv")
	if err != nil {
		t.Fatal(err)
	}
	mutants, err := all(string(policy))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range mutants {
		if _, known := clause.Lookup(m.clause); !known {
			t.Errorf("%s rests on no clause: %q", m.name, m.clause)
		}
		names = append(names, m.name)
	}
	for _, name := range []string{"figure:bill.dispute_months=2", "figure:bill.dispute_months=0", "limit:im-developer im.registered_users=101",
		"policy:operations order:place allow", "policy:owner has administrator", "policy:when:ARREARS service:run deny", "policy:anyone account:transfer deny"} {
		if !slices.Contains(names, name) {
			t.Errorf("%s isn't tried", name)
		}
	}
	slices.Sort(names)
	if n := len(slices.Compact(slices.Clone(names))); n != len(names) {
		t.Errorf("%d of %d mutants have a name of their own", n, len(names))
	}
}
