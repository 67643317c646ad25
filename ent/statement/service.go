package statement

import (
	"time"

	"portico/ent"
	"portico/ent/db/service"
)

const serviceEnd = "UPDATE services SET status = ?, closed_at = ?, auto_renew = ?, running_key = NULL WHERE id = ? AND account_id = ? AND status = 'RUNNING'"

// EndService ends a service of an account at an instant, so that another can run in
// its place. It reports whether it did: not if it has ended already. Only the unit
// that writes services may call it.
func EndService(tx *ent.Tx, accountID, id string, status service.Status, at time.Time) (bool, error) {
	if !tx.Reaches(accountID) {
		return false, nil
	}
	return changed(tx, serviceEnd, string(status), at, false, id, accountID)
}
