package service

import (
	"context"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/service"
	"portico/portal/kernel/command"
)

// CloseService closes a metered service, or one without a term, at once (3.6).
// For a prepaid service it ends the renewal; the paid term runs to its expiry
// (3.7). Closing such a service again changes nothing. For holders of
// service:close. Refusals: [ServiceEnded].
func CloseService(ctx context.Context, s *ent.Store, in CloseServiceInput) (*CloseServicePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "closeService", Permission: authz.ServiceClose,
		Object: in.ServiceID, Field: "serviceId", Input: in}, func(tx *command.Tx) (*CloseServicePayload, error) {
		row, err := tx.Service.Get(tx, in.ServiceID)
		if err != nil {
			return nil, err
		}
		tx.NoEarlier(row.OpenedAt)
		if !Runs(row, tx.Now) {
			return nil, ServiceEnded.At("serviceId").With("accountId", row.AccountID).
				With("planId", row.PlanID).With("applicationId", row.ApplicationID)
		}
		update := tx.Service.Update().Where(service.ID(row.ID), service.StatusEQ(service.StatusRUNNING)).SetAutoRenew(false)
		switch {
		case row.ExpiresAt == nil:
			update.SetStatus(service.StatusCLOSED).SetClosedAt(tx.Now).ClearRunningKey()
		case row.ClosedAt == nil:
			update.SetClosedAt(tx.Now)
		default:
			return &CloseServicePayload{Service: row}, nil
		}
		n, err := update.Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, ent.ErrStale
		}
		if row, err = tx.Service.Get(tx, row.ID); err != nil {
			return nil, err
		}
		return &CloseServicePayload{Service: row}, nil
	})
}
