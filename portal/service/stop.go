package service

import (
	"entgo.io/ent/dialect/sql"

	"portico/ent"
	"portico/ent/db/service"
)

// NoEarlier moves the time of a transaction that will stop all services of an
// account on to the one that was opened last.
func NoEarlier(tx *ent.Tx, accountID string) error {
	rows, err := tx.Service.Query().Where(service.AccountID(accountID), service.StatusEQ(service.StatusRUNNING)).
		Order(service.ByOpenedAt(sql.OrderDesc())).Limit(1).All(tx)
	for _, row := range rows {
		tx.NoEarlier(row.OpenedAt)
	}
	return err
}

// StopAll closes every running service of an account at once, prepaid ones too,
// and tells how many (0). A step of unit closing, which answers for the
// permission.
func StopAll(tx *ent.Tx, accountID string) (int, error) {
	return tx.Service.Update().Where(service.AccountID(accountID), service.StatusEQ(service.StatusRUNNING)).
		SetStatus(service.StatusCLOSED).SetClosedAt(tx.Now).SetAutoRenew(false).ClearRunningKey().Save(tx)
}
