// Package service owns applications and the services that run for them.
package service

import (
	"context"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/application"
	"portico/ent/db/service"
	"portico/portal/act"
	"portico/portal/naming"
)

// CreateApplication creates an application of an account. Who holds
// application:create may. Refusals: INVALID_INPUT and NAME_LIKE_ADDRESS at the name.
func CreateApplication(ctx context.Context, s *ent.Store, in CreateApplicationInput) (*CreateApplicationPayload, error) {
	return act.Do(ctx, s, act.Command{Name: "createApplication", Permission: authz.ApplicationCreate,
		Object: in.AccountID, Field: "accountId", Input: in, ContinuedUse: true}, func(tx *ent.Tx) (*CreateApplicationPayload, error) {
		name, err := naming.Of("name", in.Name)
		if err != nil {
			return nil, err
		}
		row, err := tx.Application.Create().SetAccountID(in.AccountID).SetName(name).SetKind(string(in.Kind)).
			SetRegion(in.Region).SetStatus(application.StatusACTIVE).SetCreatedAt(tx.Now).Save(tx)
		if err != nil {
			return nil, err
		}
		tx.On(in.AccountID, row.ID)
		return &CreateApplicationPayload{Application: row}, nil
	})
}

// DeleteApplication deletes an application and closes its services at once,
// prepaid ones too (3.6). Who holds application:delete may. Refusals:
// [ApplicationDeleted].
func DeleteApplication(ctx context.Context, s *ent.Store, in DeleteApplicationInput) (*DeleteApplicationPayload, error) {
	return act.Do(ctx, s, act.Command{Name: "deleteApplication", Permission: authz.ApplicationDelete,
		Object: in.ApplicationID, Field: "applicationId", Input: in}, func(tx *ent.Tx) (*DeleteApplicationPayload, error) {
		n, err := tx.Application.Update().Where(application.ID(in.ApplicationID), application.StatusEQ(application.StatusACTIVE)).
			SetStatus(application.StatusDELETED).SetDeletedAt(tx.Now).Save(tx)
		if err != nil {
			return nil, err
		}
		row, err := tx.Application.Get(tx, in.ApplicationID)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, ApplicationDeleted.At("applicationId").With("accountId", row.AccountID)
		}
		closed, err := tx.Service.Update().Where(service.ApplicationID(row.ID), service.StatusEQ(service.StatusRUNNING)).
			SetStatus(service.StatusCLOSED).SetClosedAt(tx.Now).SetAutoRenew(false).ClearRunningKey().Save(tx)
		if err != nil {
			return nil, err
		}
		tx.Detail("servicesClosed", closed)
		return &DeleteApplicationPayload{Application: row}, nil
	})
}
