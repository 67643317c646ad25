package personal

import (
	"regexp"
	"strings"
	"testing"

	"portico/ent/db"
)

// naming matches the columns that name a person or an employee.
var naming = regexp.MustCompile(`^(person_id|employee_id|actor_id|placed_by|.*_by)$`)

// elsewhere are the columns that name a person, but whose records aren't in the file,
// each with the reason.
var elsewhere = map[string]string{
	"SignInChallenge.person_id":  "it ends within minutes, and is then removed",
	"PasskeyChallenge.person_id": "it ends within minutes, and is then removed",
	"AccessSeal.person_id":       "an operator's accesses are kept secret by law (5.12)",
	"AccessSeal.lifted_by":       "an operator's accesses are kept secret by law (5.12)",
	"Ownership.employee_id":      "the account's; the grants of the owner and the audit have it",
	"OwnershipOffer.employee_id": "the account's; the audit has it",
	"AuditEvent.sealed_by":       "it names a seal",
}

// TestNothingHeldOnAPersonIsForgotten goes over all columns of the database.
func TestNothingHeldOnAPersonIsForgotten(t *testing.T) {
	for entity, l := range db.Loaders {
		list, _, _ := strings.Cut(strings.TrimPrefix(l.Select, "SELECT "), " FROM ")
		for _, column := range strings.Split(strings.ReplaceAll(list, "`", ""), ", ") {
			if !naming.MatchString(column) {
				continue
			}
			in := false
			for _, h := range held {
				in = in || h.entity == entity && h.column == column
			}
			_, reasoned := elsewhere[entity+"."+column]
			switch acted := column != "actor_id" && strings.HasSuffix(column, "_by"); {
			case in && reasoned:
				t.Errorf("%s.%s is in the file, and has a reason why not", entity, column)
			case !in && !reasoned && !acted: // what a person did is the account's record; the audit has it
				t.Errorf("%s.%s names a person: its records are neither in the file nor have a reason why not", entity, column)
			}
		}
	}
	for name := range elsewhere {
		entity, column, _ := strings.Cut(name, ".")
		if l, is := db.Loaders[entity]; !is || !strings.Contains(l.Select, "`"+column+"`") {
			t.Errorf("there is no %s", name)
		}
	}
}
