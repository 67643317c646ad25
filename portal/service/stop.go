package service

import (
	"portico/ent"
	"portico/ent/db/predicate"
	"portico/ent/db/service"
)

// Running counts the services of an account that run, and lets the transaction
// end them no earlier than the last of them was opened, by whatever replica's
// clock. It comes before anything that is written with the transaction's time.
func Running(tx *ent.Tx, accountID string) (int, error) {
	return afterOpening(tx, service.AccountID(accountID))
}

func afterOpening(tx *ent.Tx, of predicate.Service) (int, error) {
	running, err := tx.Service.Query().Where(of, service.StatusEQ(service.StatusRUNNING)).All(tx)
	for _, row := range running {
		tx.NoEarlier(row.OpenedAt)
	}
	return len(running), err
}

// StopAll closes every running service of an account at once, prepaid ones too:
// as many as [Running] counted (0). A step of unit closing, which answers for the
// permission.
func StopAll(tx *ent.Tx, accountID string, running int) error {
	n, err := tx.Service.Update().Where(service.AccountID(accountID), service.StatusEQ(service.StatusRUNNING)).
		SetStatus(service.StatusCLOSED).SetClosedAt(tx.Now).SetAutoRenew(false).ClearRunningKey().Save(tx)
	if err == nil && n != running { // one was opened, or ended, since they were counted
		return ent.ErrStale
	}
	return err
}
