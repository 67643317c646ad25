package factor

import (
	"context"
	"time"

	"portico/authz"
	"portico/calendar"
	"portico/ent"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
)

// StepUp proves a second factor of the signed-in person in its present session,
// which may then do what needs a fresh one, for 15 minutes (1.4, 1.5). Each try
// is counted before it is compared. Refusals: SECOND_FACTOR_MISSING,
// TRIES_EXCEEDED, SECOND_FACTOR_WRONG.
func StepUp(ctx context.Context, s *ent.Store, in StepUpInput) (*StepUpPayload, error) {
	ctx, done, err := command.ToItsEnd(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	var refused error
	if p := authz.From(ctx); p.HasFactor {
		if refused, err = counted(ctx, s, p); err != nil {
			return nil, err
		}
	}
	return command.Do(ctx, s, command.Command{Name: "stepUp", SignedIn: true, Secret: true}, func(tx *command.Tx) (*StepUpPayload, error) {
		p, err := person(tx)
		switch {
		case err != nil:
			return nil, err
		case refused != nil:
			return nil, refused
		case !p.HasFactor || !authz.From(ctx).HasFactor: // it was confirmed meanwhile: no try was counted
			return nil, SecondFactorMissing
		}
		tx.AuditDetail("method", in.Method)
		if err := prove(tx.Tx, p.ID, in.Method, in.Code); err != nil {
			return nil, err
		}
		until := tx.Wall.Add(stepUpAge())
		return &StepUpPayload{SteppedUpUntil: &until}, identity.PassFactor(tx.Tx, p.SessionID)
	})
}

// SteppedUpUntil returns until when a principal's session may do what needs a
// fresh second factor; nil if it may not. Wall time.
func SteppedUpUntil(p *authz.Principal, wall time.Time) *time.Time {
	if !p.FactorIsFresh(wall) {
		return nil
	}
	until := wall.Add(calendar.Left(p.SecondFactorAt, stepUpAge(), wall))
	return &until
}
