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

func TestEntitiesAreWrittenByTheirOwnersAndSQLIsBehindTheDoor(t *testing.T) {
	tr := read(t, root)
	owner := tr.owners()
	for entity, unit := range owner {
		if _, known := units[unit]; !known {
			t.Errorf("the entity %s is owned by %q, which is no unit of the rank table", entity, unit)
		}
	}
	tr.uses(load(t, root), owner)
	report(t, tr)
}

// The rank table itself: a unit uses lower ranks only.
func TestTheRankTableHasNoCircle(t *testing.T) {
	for name, u := range units {
		for _, used := range append(slices.Clone(u.uses), base...) {
			other, known := units[used]
			if !known || other.rank > u.rank || other.rank == u.rank && !slices.Contains(base, used) {
				t.Errorf("%s of rank %v uses %s (%v)", name, u.rank, used, other.rank)
			}
		}
	}
	for _, p := range slices.Concat(clocks, sqlPlaces, writers, large) {
		if strings.TrimSpace(p.reason) == "" {
			t.Errorf("%s is excused without a reason", p.path)
		}
	}
}
