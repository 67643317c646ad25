package service

import (
	"context"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/service"
	"portico/portal/kernel/command"
	"portico/portal/kernel/job"
)

// Expire is the job that ends a prepaid service at its expiry, without arrears
// (3.7).
func Expire() job.Job {
	return job.Each("service.expire", expire, job.List[*db.Service]{
		Rows: func(ctx context.Context, c *db.Client, within job.Range, most int) ([]*db.Service, error) {
			return c.Service.Query().Where(service.StatusEQ(service.StatusRUNNING), within.By(service.FieldExpiresAt, service.FieldID)).
				Order(db.Asc(service.FieldExpiresAt, service.FieldID)).Limit(most).All(ctx)
		},
		Key: func(row *db.Service) job.Key { return job.Key{At: *row.ExpiresAt, ID: row.ID, Account: row.AccountID} }})
}

// expire ends one service, unless it was renewed or closed in the meantime.
func expire(ctx context.Context, s *ent.Store, row *db.Service) error {
	_, err := command.Do(ctx, s, command.Command{Name: "service.expire", Permission: authz.ServiceClose, Object: row.ID}, func(tx *command.Tx) (int, error) {
		return tx.Service.Update().Where(service.ID(row.ID), service.StatusEQ(service.StatusRUNNING), service.ExpiresAtLTE(tx.Now)).
			SetStatus(service.StatusEXPIRED).SetClosedAt(*row.ExpiresAt).SetAutoRenew(false).ClearRunningKey().Save(tx)
	})
	return err
}
