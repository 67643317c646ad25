package house_test

import (
	"slices"
	"strings"
	"testing"
)

const root = ".."

func report(t *testing.T, tr *tree) {
	t.Helper()
	slices.Sort(tr.faults)
	for _, f := range slices.Compact(tr.faults) {
		t.Error(f)
	}
}

func TestImportsFollowTheTables(t *testing.T) {
	tr := read(t, root)
	tr.imports()
	report(t, tr)
}

func TestPackagesAreNamedForWhatTheyAreFor(t *testing.T) {
	tr := read(t, root)
	tr.names()
	report(t, tr)
}

func TestNothingReadsTheWallClockOrSleepsOrSkips(t *testing.T) {
	tr := read(t, root)
	tr.calls()
	report(t, tr)
}

func TestFilesAndFunctionsCanBeRead(t *testing.T) {
	tr := read(t, root)
	tr.sizes()
	report(t, tr)
}

func TestEntitiesAreWrittenByTheirOwnersAndSQLOnlyInEnt(t *testing.T) {
	tr := read(t, root)
	owner := tr.owners()
	for entity, unit := range owner {
		if _, known := unitsByName[unit]; !known {
			t.Errorf("the entity %s is owned by %q, which is no unit of the table", entity, unit)
		}
	}
	tr.uses(load(t, root), owner)
	report(t, tr)
}

// A unit uses only units that stand above it, so the table of units has no
// cycle; and the table names no use that the code doesn't have.
func TestTheTableOfUnitsIsTrue(t *testing.T) {
	used := map[[2]string]bool{}
	there := map[string]bool{}
	for _, s := range read(t, root).files {
		from := unitOf(s.dir)
		there[from] = there[from] || !s.test
		for _, spec := range s.file.Imports {
			if own, ok := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module+"/"); ok && !s.test {
				used[[2]string{from, unitOf(own)}] = true
			}
		}
	}
	for name, u := range unitsByName {
		if !there[name] {
			t.Errorf("%s is in the table and has no file", u.path())
		}
		for _, other := range u.uses {
			o, known := unitsByName[other]
			switch {
			case !known || !u.may(o):
				t.Errorf("%s uses %s, which doesn't stand above it", name, other)
			case !used[[2]string{name, other}]:
				t.Errorf("the table lets %s use %s, which it doesn't", name, other)
			}
		}
	}
}

func TestWhatIsExcusedHasAReason(t *testing.T) {
	for _, p := range slices.Concat(clocks, sqlPlaces, writers, large) {
		if strings.TrimSpace(p.reason) == "" {
			t.Errorf("%s is excused without a reason", p.path)
		}
	}
}
