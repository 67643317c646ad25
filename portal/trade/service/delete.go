package service

import (
	"context"
	"errors"
	"slices"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/ent/db/service"
	"portico/money"
	"portico/portal/kernel/command"
)

// DeleteApplication deletes an application and closes its services at once,
// including prepaid ones (3.6). Paid time that isn't used is lost, so each
// service with such time must be confirmed by its id. For holders of
// application:delete. Refusals: INVALID_INPUT,
// [ApplicationDeleted], [EndsPaid].
func DeleteApplication(ctx context.Context, s *ent.Store, in DeleteApplicationInput) (*DeleteApplicationPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "deleteApplication", Permission: authz.ApplicationDelete,
		Object: in.ApplicationID, Field: "applicationId", Input: in}, func(tx *command.Tx) (*DeleteApplicationPayload, error) {
		if err := fewEnough(in.ConfirmsEnding); err != nil {
			return nil, err
		}
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
		would, err := deletion(tx, tx.Client(), row, tx.Now)
		if err != nil {
			return nil, err
		}
		if refusal := would.unconfirmed(row, in.ConfirmsEnding); refusal != nil {
			return nil, *refusal
		}
		for _, e := range would.Services {
			tx.NoEarlier(e.Service.OpenedAt)
		}
		closed, err := tx.Service.Update().Where(service.ApplicationID(row.ID), service.StatusEQ(service.StatusRUNNING)).
			SetStatus(service.StatusCLOSED).SetClosedAt(tx.Now).SetAutoRenew(false).ClearRunningKey().Save(tx)
		if err != nil {
			return nil, err
		}
		if closed != len(would.Services) { // one was opened or ended since they were read
			return nil, ent.ErrStale
		}
		tx.AuditDetail("servicesClosed", closed)
		if !would.Lost.IsZero() {
			tx.AuditDetail("lost", *would.Lost)
		}
		return &DeleteApplicationPayload{Application: row}, nil
	})
}

// PreviewDeletion returns the services that deleting an application would end,
// the paid amount that would be lost, and the refusals (3.6). For holders of
// application:delete. Refusals: NOT_FOUND, FORBIDDEN,
// INVALID_INPUT.
func PreviewDeletion(ctx context.Context, s *ent.Store, applicationID string, confirms []string) (*ApplicationDeletionPreview, error) {
	c, now := s.Read(), s.Now()
	found, object, err := command.Find(ctx, c, applicationID)
	row, is := found.(*db.Application)
	if err == nil && !is {
		err = clause.NotFound
	}
	if err != nil {
		return nil, err
	}
	if !authz.From(ctx).Allows(authz.ApplicationDelete, object, now) {
		return nil, authz.Forbid(authz.From(ctx), authz.ApplicationDelete)
	}
	if err := fewEnough(confirms); err != nil {
		return nil, err
	}
	ctx = authz.Narrow(ctx, object.AccountID)
	would, err := deletion(ctx, c, row, now)
	if err != nil {
		return nil, err
	}
	var refused clause.Refusals
	var refusal clause.Refusal
	if err := command.May(ctx, c, authz.ApplicationDelete, object, now, s.Wall()); errors.As(err, &refusal) {
		refused = append(refused, refusal)
	} else if err != nil {
		return nil, err
	}
	if row.Status == application.StatusDELETED {
		refused = append(refused, ApplicationDeleted.At("applicationId").With("accountId", row.AccountID))
	}
	if refusal := would.unconfirmed(row, confirms); refusal != nil {
		refused = append(refused, *refusal)
	}
	would.Refusals = command.Shown(ctx, object, now, refused)
	if !authz.From(ctx).Allows(authz.OrderRead, object, now) { // paid amounts are visible to readers of orders
		would.Lost = nil
		for _, e := range would.Services {
			e.Lost = nil
		}
	}
	return would, nil
}

// mostConfirmed is the largest number of services that can be confirmed at once.
const mostConfirmed = 1000

// fewEnough refuses, as INVALID_INPUT, a confirmation of more than [mostConfirmed]
// services.
func fewEnough(confirms []string) error {
	if len(confirms) > mostConfirmed {
		return clause.InvalidField("confirmsEnding", "最多 1,000 项服务。", "at most 1,000 services.")
	}
	return nil
}

// deletion returns what deleting an application would end.
func deletion(ctx context.Context, c *db.Client, row *db.Application, now time.Time) (*ApplicationDeletionPreview, error) {
	account, err := c.Account.Get(ctx, row.AccountID)
	if err != nil {
		return nil, err
	}
	running, err := c.Service.Query().Where(service.ApplicationID(row.ID), service.StatusEQ(service.StatusRUNNING)).
		Order(db.Asc(service.FieldOpenedAt, service.FieldID)).All(ctx)
	if err != nil {
		return nil, err
	}
	would := &ApplicationDeletionPreview{Refusals: []clause.Refusal{}}
	services, lost, err := Endings(ctx, c, running, now, money.Currency(account.Currency))
	would.Services, would.Lost = services, &lost
	return would, err
}

// unconfirmed returns the refusal if a service with paid time wasn't confirmed;
// otherwise nil.
func (p *ApplicationDeletionPreview) unconfirmed(row *db.Application, confirms []string) *clause.Refusal {
	var ids []string
	missing := false
	for _, e := range p.Services {
		if e.Lost.IsZero() {
			continue
		}
		ids = append(ids, e.Service.ID)
		missing = missing || !slices.Contains(confirms, e.Service.ID)
	}
	if !missing {
		return nil
	}
	r := EndsPaid.At("confirmsEnding").With("applicationId", row.ID).With("serviceIds", ids).With("services", len(ids)).
		WithFor(authz.OrderRead, "lost", *p.Lost).With("currency", p.Lost.Currency().String())
	return &r
}
