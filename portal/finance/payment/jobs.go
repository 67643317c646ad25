package payment

import (
	"context"
	"errors"
	"slices"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/formername"
	"portico/ent/db/holding"
	entpayment "portico/ent/db/payment"
	"portico/ent/db/topup"
	"portico/portal/kernel/command"
	"portico/portal/kernel/job"
)

// batch is the number of rows that a job reads in one statement.
const batch = 200

// Expire is the job that ends top-ups that weren't paid in time. Later payments
// count all the same ([Notify]).
func Expire() job.Job {
	return job.Each("payment.expire", expire, job.List[*db.TopUp]{
		Rows: func(ctx context.Context, c *db.Client, within job.Range, most int) ([]*db.TopUp, error) {
			return c.TopUp.Query().Where(topup.StatusEQ(topup.StatusPENDING), within.By(topup.FieldExpiresAt, topup.FieldID)).
				Order(db.Asc(topup.FieldExpiresAt, topup.FieldID)).Limit(most).All(ctx)
		},
		Key: func(t *db.TopUp) job.Key { return job.Key{At: t.ExpiresAt, ID: t.ID, Account: t.AccountID} }})
}

// expire ends one top-up, unless it was paid in the meantime.
func expire(ctx context.Context, s *ent.Store, t *db.TopUp) error {
	_, err := command.Do(ctx, s, command.Command{Name: "expireTopUp"}, func(tx *command.Tx) (*db.TopUp, error) {
		tx = tx.Within(t.AccountID)
		tx.AuditObject(t.AccountID, t.ID)
		return nil, tx.TopUp.Update().Where(topup.ID(t.ID), topup.StatusEQ(topup.StatusPENDING)).
			SetStatus(topup.StatusEXPIRED).Exec(tx)
	})
	return err
}

// Match is the job that compares waiting payments with the legal entity of
// their account: those that were paid before the entity was approved (3.5), and
// those that have waited since before the entity was renamed (1.1). Payments of
// the entity or of a designated payer are credited; the others wait for an
// operator. If decided_at is empty, the payment was never compared; otherwise
// it was compared at that instant.
func Match() job.Job {
	return job.Job{Name: "payment.match", Next: nextMatch, Run: match}
}

// waiting is a payment that can be compared, and the instant since which it
// can.
type waiting struct {
	*db.Payment
	since time.Time
}

func nextMatch(ctx context.Context, s *ent.Store) (at time.Time, found bool, err error) {
	err = matchable(ctx, s, func(page []waiting) error {
		for _, p := range page {
			if !found || p.since.Before(at) {
				at, found = p.since, true
			}
		}
		return nil
	})
	return at, found, err
}

// matchable visits the waiting payments that can be compared, page by page.
func matchable(ctx context.Context, s *ent.Store, see func(page []waiting) error) error {
	if err := approved(ctx, s, see); err != nil {
		return err
	}
	return renamed(ctx, s, see)
}

// approved visits the payments that were never compared, of the accounts that
// have a legal entity, the oldest first.
func approved(ctx context.Context, s *ent.Store, see func(page []waiting) error) error {
	after := ""
	for {
		page, err := s.Read().Payment.Query().Where(entpayment.StateEQ(entpayment.StateSUSPENSE),
			entpayment.DecidedAtIsNil(), entpayment.IDGT(after)).Order(db.Asc(entpayment.FieldID)).Limit(batch).All(ctx)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].ID
		ids := make([]string, len(page))
		for i, p := range page {
			ids[i] = p.AccountID
		}
		open, err := s.Read().Holding.Query().Where(holding.OpenKeyIn(ids...)).All(ctx)
		if err != nil {
			return err
		}
		from := make(map[string]time.Time, len(open))
		for _, h := range open {
			from[h.AccountID] = h.FromAt
		}
		var can []waiting
		for _, p := range page {
			if since, is := from[p.AccountID]; is {
				can = append(can, waiting{p, since})
			}
		}
		if err := see(can); err != nil {
			return err
		}
	}
}

// renamed visits the payments that were compared before the legal entity of
// their account was renamed, by the renames since the oldest waiting payment.
func renamed(ctx context.Context, s *ent.Store, see func(page []waiting) error) error {
	oldest, err := s.Read().Payment.Query().Where(entpayment.StateEQ(entpayment.StateSUSPENSE)).
		Order(db.Asc(entpayment.FieldReceivedAt, entpayment.FieldID)).First(ctx)
	if db.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	after := ""
	for {
		page, err := s.Read().FormerName.Query().Where(formername.UntilAtGT(oldest.ReceivedAt), formername.IDGT(after)).
			Order(db.Asc(formername.FieldID)).Limit(batch).All(ctx)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].ID
		for _, f := range page {
			held, err := s.Read().Holding.Query().Where(holding.LegalEntityID(f.LegalEntityID), holding.OpenKeyNotNil()).
				Select(holding.FieldAccountID).Strings(ctx)
			if err != nil {
				return err
			}
			for part := range slices.Chunk(held, batch) {
				rows, err := s.Read().Payment.Query().Where(entpayment.AccountIDIn(part...), entpayment.StateEQ(entpayment.StateSUSPENSE),
					entpayment.DecidedAtLT(f.UntilAt)).Order(db.Asc(entpayment.FieldID)).All(ctx)
				if err != nil {
					return err
				}
				can := make([]waiting, len(rows))
				for i, p := range rows {
					can[i] = waiting{p, f.UntilAt}
				}
				if err := see(can); err != nil {
					return err
				}
			}
		}
	}
}

func match(ctx context.Context, s *ent.Store) (done int, err error) {
	var broken error
	err = matchable(ctx, s, func(page []waiting) error {
		n, err := job.Work(ctx, job.Parallel(s), page,
			func(p waiting) job.Key { return job.Key{At: p.since, ID: p.ID, Account: p.AccountID} },
			func(ctx context.Context, p waiting) error { return matchOne(ctx, s, p.Payment) })
		done, broken = done+n, errors.Join(broken, err)
		return ctx.Err()
	})
	return done, errors.Join(broken, err)
}

func matchOne(ctx context.Context, s *ent.Store, p *db.Payment) error {
	_, err := command.Do(ctx, s, command.Command{Name: "matchPayment"}, func(tx *command.Tx) (*db.TopUp, error) {
		tx.NoEarlier(p.ReceivedAt)
		tx = tx.Within(p.AccountID)
		tx.AuditObject(p.AccountID, p.TopUpID)
		t, err := tx.TopUp.Get(tx, p.TopUpID)
		if err != nil {
			return nil, err
		}
		compared, belongs, err := compare(tx.Tx, p.AccountID, p.PayerName, indexOf(p), t.CreatedAt)
		if err != nil || !compared {
			return nil, err
		}
		tx.AuditDetail("paymentId", p.ID)
		tx.AuditDetail("matched", belongs)
		if !belongs {
			first := entpayment.DecidedAtIsNil()
			if p.DecidedAt != nil {
				first = entpayment.DecidedAt(*p.DecidedAt)
			}
			n, err := tx.Payment.Update().Where(entpayment.ID(p.ID), first, entpayment.StateEQ(entpayment.StateSUSPENSE)).SetDecidedAt(tx.Now).AddVersion(1).Save(tx)
			if err != nil || n == 0 || p.DecidedAt != nil { // the owner was notified when the payment was first compared
				return nil, err
			}
			compared := *p
			compared.DecidedAt = &tx.Now
			return nil, notifyWaiting(tx.Tx, t, &compared)
		}
		now, err := tx.Payment.Get(tx, p.ID)
		if err != nil || now.State != entpayment.StateSUSPENSE { // an operator decided in the meantime
			return nil, err
		}
		if _, err := leave(tx, now, Credit, nil); err != nil {
			return nil, err
		}
		return tx.TopUp.Get(tx, p.TopUpID)
	})
	return err
}
