package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/service"
	"portico/portal/kernel/command"
	"portico/portal/kernel/job"
)

// batch is how many services one look finds.
const batch = 200

// Expire is the job that ends a prepaid service at its expiry. No arrears come
// of it (3.7).
func Expire() job.Job {
	return job.Job{Name: "service.expire", Next: nextExpiry, Run: expireDue}
}

func nextExpiry(ctx context.Context, s *ent.Store) (time.Time, bool, error) {
	row, err := s.Read().Service.Query().Where(service.StatusEQ(service.StatusRUNNING), service.ExpiresAtNotNil()).
		Order(db.Asc(service.FieldExpiresAt)).First(ctx)
	if db.IsNotFound(err) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, err
	}
	return *row.ExpiresAt, true, nil
}

// expireDue ends what is due, each in a transaction of its own. What can't be
// ended is told, and keeps no other from its end.
func expireDue(ctx context.Context, s *ent.Store) (done int, err error) {
	var after *db.Service
	var broken error
	for {
		q := s.Read().Service.Query().Where(service.StatusEQ(service.StatusRUNNING), service.ExpiresAtLTE(s.Now()))
		if after != nil {
			q = q.Where(service.Or(service.ExpiresAtGT(*after.ExpiresAt), service.And(service.ExpiresAt(*after.ExpiresAt), service.IDGT(after.ID))))
		}
		rows, err := q.Order(db.Asc(service.FieldExpiresAt, service.FieldID)).Limit(batch).All(ctx)
		if err != nil || len(rows) == 0 {
			return done, errors.Join(broken, err)
		}
		for _, row := range rows {
			if err := ctx.Err(); err != nil {
				return done, errors.Join(broken, err)
			}
			if err := expire(ctx, s, row); err != nil {
				broken = errors.Join(broken, fmt.Errorf("%s: %w", row.ID, err))
				continue
			}
			done++
		}
		after = rows[len(rows)-1]
	}
}

// expire ends one service; one that was renewed or closed meanwhile is left.
func expire(ctx context.Context, s *ent.Store, row *db.Service) error {
	_, err := command.Do(ctx, s, command.Command{Name: "service.expire", Permission: authz.ServiceClose, Object: row.ID}, func(tx *ent.Tx) (int, error) {
		return tx.Service.Update().Where(service.ID(row.ID), service.StatusEQ(service.StatusRUNNING), service.ExpiresAtLTE(tx.Now)).
			SetStatus(service.StatusEXPIRED).SetClosedAt(*row.ExpiresAt).SetAutoRenew(false).ClearRunningKey().Save(tx)
	})
	return err
}
