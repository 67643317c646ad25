package service

import (
	"portico/ent"
	"portico/ent/db/service"
)

// StopAll closes every running service of an account at once, including prepaid
// ones, and returns their number (0). A service closes no earlier than it was
// opened, even if the clocks of replicas differ. A step of unit closing, which
// checks the permission.
func StopAll(tx *ent.Tx, accountID string) (int, error) {
	running, err := tx.Service.Query().Where(service.AccountID(accountID), service.StatusEQ(service.StatusRUNNING)).All(tx)
	if err != nil {
		return 0, err
	}
	for _, row := range running {
		tx.NoEarlier(row.OpenedAt)
	}
	n, err := tx.Service.Update().Where(service.AccountID(accountID), service.StatusEQ(service.StatusRUNNING)).
		SetStatus(service.StatusCLOSED).SetClosedAt(tx.Now).SetAutoRenew(false).ClearRunningKey().Save(tx)
	if err == nil && n != len(running) { // one was opened or ended since they were read
		return 0, ent.ErrStale
	}
	return n, err
}
