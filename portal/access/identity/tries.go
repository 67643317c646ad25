package identity

import (
	"context"
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db/attempt"
	"portico/ent/statement"
)

// bound limits how often one subject may try a secret in a row.
type bound struct {
	kind         string
	tries, pause string // figures
}

// countBound is how long counting a try may take, even if its request ends.
const countBound = 20 * time.Second

// The limits of secrets that are tried one by one.
var (
	passwordBound   = bound{"present password", clause.PasswordTries, clause.PasswordTriesPause}
	factorBound     = bound{"second factor", clause.FactorTries, clause.FactorTriesPause}
	invitationBound = bound{"invitation", clause.InvitationTries, clause.InvitationTriesPause}
)

// claim counts one more try of a subject before the secret is compared, and
// commits it even if the request ends: an aborted try counts. Each try counts
// as wrong until [bound.forget] or [bound.giveBack] corrects it. The refusal is
// TRIES_EXCEEDED.
func (b bound) claim(ctx context.Context, s *ent.Store, value string) error {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), countBound)
	defer done()
	subject := b.subject(s, value)
	tries, pause := clause.Standard(b.tries).Int(), clause.Standard(b.pause).Duration()
	var refusal error
	err := s.Write(ctx, func(tx *ent.Tx) error {
		refusal = nil
		err := statement.CountAttempt(tx, subject, false)
		if err != nil {
			return err
		}
		row, err := tx.Attempt.Query().Where(attempt.Subject(subject)).Only(tx)
		if err != nil {
			return err
		}
		left := calendar.Left(row.LastAt, pause, tx.Wall)
		update := tx.Attempt.Update().Where(attempt.ID(row.ID), attempt.Version(row.Version)).SetLastAt(tx.Wall)
		switch {
		case left == 0:
			update.SetFailures(1)
		case row.Failures < int64(tries):
			update.AddFailures(1)
		default:
			refusal = TriesExceeded.With("retryAfter", seconds(left))
			if !row.LastAt.After(tx.Wall) {
				return nil
			} // the clock was set back: the pause begins now, once
		}
		n, err := update.Save(tx)
		if err == nil && n == 0 {
			return ent.ErrStale
		}
		return err
	})
	if err != nil {
		return err
	}
	return refusal
}

// forget sets the count to zero after a right secret.
func (b bound) forget(tx *ent.Tx, value string) error {
	return tx.Attempt.Update().Where(attempt.Subject(b.subject(tx.Store(), value))).SetFailures(0).Exec(tx)
}

// giveBack subtracts one right try of a subject that many share.
func (b bound) giveBack(ctx context.Context, s *ent.Store, value string) error {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), countBound)
	defer done()
	return s.Write(ctx, func(tx *ent.Tx) error {
		return tx.Attempt.Update().Where(attempt.Subject(b.subject(s, value)), attempt.FailuresGT(0)).AddFailures(-1).Exec(tx)
	})
}

func (b bound) subject(s *ent.Store, value string) string { return s.Index("attempt."+b.kind, value) }

// TryInvitation counts a try of an invitation's token by the context's network
// address, calls opens, and subtracts the try if the token opened something.
// The refusal is TRIES_EXCEEDED, whether or not the token is right.
func TryInvitation(ctx context.Context, s *ent.Store, network string, opens func() (bool, error)) (bool, error) {
	if err := invitationBound.claim(ctx, s, network); err != nil {
		return false, err
	}
	right, err := opens()
	if err != nil || !right {
		return false, err
	}
	return true, invitationBound.giveBack(ctx, s, network)
}

// TryFactor counts a try of a person's second factor, over all ways to use it,
// and commits it before the factor is compared. The refusal is TRIES_EXCEEDED.
// Unit factor calls it.
func TryFactor(ctx context.Context, s *ent.Store, personID string) error {
	return factorBound.claim(ctx, s, personID)
}

// ForgetFactorTries sets the count of a person to zero after a right try.
func ForgetFactorTries(tx *ent.Tx, personID string) error { return factorBound.forget(tx, personID) }
