// Package service owns applications and the services that run for them.
package service

import (
	"context"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/application"
	"portico/portal/kernel/command"
	"portico/portal/kernel/naming"
)

// CreateApplication creates an application of an account. For holders of
// application:create. Refusals: INVALID_INPUT and NAME_LIKE_ADDRESS at the
// name.
func CreateApplication(ctx context.Context, s *ent.Store, in CreateApplicationInput) (*CreateApplicationPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "createApplication", Permission: authz.ApplicationCreate,
		Object: in.AccountID, Field: "accountId", Input: in, ContinuedUse: true}, func(tx *command.Tx) (*CreateApplicationPayload, error) {
		name, err := naming.Of("name", in.Name)
		if err != nil {
			return nil, err
		}
		row, err := tx.Application.Create().SetAccountID(in.AccountID).SetName(name).SetKind(string(in.Kind)).
			SetRegion(in.Region).SetStatus(application.StatusACTIVE).SetCreatedAt(tx.Now).Save(tx)
		if err != nil {
			return nil, err
		}
		tx.AuditObject(in.AccountID, row.ID)
		return &CreateApplicationPayload{Application: row}, nil
	})
}
