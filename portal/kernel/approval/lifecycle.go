package approval

import (
	"fmt"
	"slices"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/approval"
)

// transitions is the life cycle of an approval: from each status, those that may
// follow. All others are final.
var transitions = map[approval.Status][]approval.Status{
	approval.StatusREQUESTED: {approval.StatusAPPROVED, approval.StatusREJECTED, approval.StatusWITHDRAWN, approval.StatusEXPIRED},
	approval.StatusAPPROVED:  {approval.StatusDONE, approval.StatusREFUSED},
}

// move brings approvals from one status to another, with what set adds. It returns how
// many still had the first one. No other function changes a status.
func move(tx *ent.Tx, ids []string, from, to approval.Status, set func(*db.ApprovalUpdate)) (int, error) {
	if !slices.Contains(transitions[from], to) {
		return 0, fmt.Errorf("approval: %s doesn't follow %s", to, from)
	}
	u := tx.Approval.Update().Where(approval.IDIn(ids...), approval.StatusEQ(from)).SetStatus(to)
	if from == approval.StatusREQUESTED {
		u.ClearLapsesAt()
	}
	set(u)
	return u.Save(tx)
}
