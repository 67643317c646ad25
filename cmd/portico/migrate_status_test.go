package main

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"portico/ent"
)

func TestMigrateAloneApplies(t *testing.T) {
	for command, args := range map[string][]string{
		"migrate apply": {"migrate", "--database", "sqlite:x"}, "migrate status": {"migrate", "status", "--json", "--database", "sqlite:x"}, "version": {"version"},
	} {
		k, err := kong.New(&cli{}, kong.Vars{"version": "x"})
		if err != nil {
			t.Fatal(err)
		}
		if c, err := k.Parse(args); err != nil || c.Command() != command {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestTheStatusOfMigrationsIsPrinted(t *testing.T) {
	half := ent.HalfDoneMigration{Name: "0002_b", Statement: 2, Of: 3, SQL: "CREATE TABLE b (id int);"}
	ended, changed := half, half
	ended.Statement = 4
	changed.Changed = true
	for want, m := range map[string]ent.MigrationStatus{
		"waiting    0001_a\nwaiting    0002_b\n": {Waiting: []string{"0001_a", "0002_b"}},
		"applied    0001_a  2026-03-02T02:00:00Z\nwaiting    0003_c\n" +
			"half done  0002_b  portico migrate goes on at statement 2 of 3, which may have run: CREATE TABLE b (id int);\na process migrates the database now\n": {
			Applied: []ent.AppliedMigration{{Name: "0001_a", At: "2026-03-02T02:00:00Z"}}, Waiting: []string{"0002_b", "0003_c"}, HalfDone: &half, Running: true},
		"half done  0002_b  all 3 statements have run; portico migrate ends it\n":                                                              {Waiting: []string{"0002_b"}, HalfDone: &ended},
		"half done  0002_b  at statement 2, begun with another text than this program has: run portico migrate of the release that began it\n": {HalfDone: &changed},
		"applied    0001_a  x  with another text than this program has\napplied    0009_z  y  of another release\n": {
			Applied: []ent.AppliedMigration{{Name: "0001_a", At: "x", Changed: true}, {Name: "0009_z", At: "y", Unknown: true}}},
	} {
		var got strings.Builder
		if err := printStatus(&got, m); err != nil || got.String() != want {
			t.Errorf("%q, want %q", got.String(), want)
		}
	}
}
