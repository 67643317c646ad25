package service

import (
	"portico/ent"
	"portico/ent/db/service"
)

// StopAll closes every running service of an account at once, prepaid ones too,
// and tells how many (0). A step of unit closing, which answers for the
// permission.
func StopAll(tx *ent.Tx, accountID string) (int, error) {
	rows, err := tx.Service.Query().Where(service.AccountID(accountID), service.StatusEQ(service.StatusRUNNING)).All(tx)
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		tx.NoEarlier(row.OpenedAt)
	}
	return tx.Service.Update().Where(service.AccountID(accountID), service.StatusEQ(service.StatusRUNNING)).
		SetStatus(service.StatusCLOSED).SetClosedAt(tx.Now).SetAutoRenew(false).ClearRunningKey().Save(tx)
}
