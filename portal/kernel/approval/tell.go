package approval

import (
	"portico/ent"
	"portico/ent/db"
)

// changed tells people of an approval; see [OnChange].
var changed func(tx *ent.Tx, row *db.Approval) error

// OnChange sets what runs, in the same transaction, once an approval was asked for,
// was decided, withdrawn or has expired, and once it has an outcome: a unit that
// knows who may decide tells these, and the person that asked. It is set once, when
// the program starts.
func OnChange(tell func(tx *ent.Tx, row *db.Approval) error) {
	if changed != nil {
		panic("approval: people are told by one unit")
	}
	changed = tell
}

func tell(tx *ent.Tx, row *db.Approval) error {
	if changed == nil {
		return nil
	}
	return changed(tx, row)
}
