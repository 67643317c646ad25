package factor

import (
	"context"
	"time"

	"portico/authz"
	"portico/calendar"
	"portico/ent"
	"portico/ent/db/passkeychallenge"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
	"portico/text"
)

// StepUp proves a second factor of the signed-in person in its present session,
// which may then do what needs a fresh one, for 15 minutes (1.4, 1.5). Each try
// is counted before it is compared. Refusals: SECOND_FACTOR_MISSING,
// TRIES_EXCEEDED, SECOND_FACTOR_WRONG, PASSKEY_CHALLENGE_ENDED, PASSKEY_WRONG,
// PASSKEY_COPIED.
func StepUp(ctx context.Context, s *ent.Store, in StepUpInput) (*StepUpPayload, error) {
	ctx, done, err := command.ToItsEnd(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	given, refused, err := in.taken(ctx, s)
	if err != nil {
		return nil, err
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
		if in.Method == identity.ByPasskey && given.token == "" {
			return nil, PasskeyChallengeEnded.At("challengeId")
		}
		tx.AuditDetail("method", in.Method)
		if err := prove(tx.Tx, p.ID, given); err != nil {
			return nil, err
		}
		until := tx.Wall.Add(stepUpAge())
		return &StepUpPayload{SteppedUpUntil: &until}, identity.PassFactor(tx.Tx, p.SessionID)
	})
}

// taken counts a try of a person that has a second factor, and uses up the
// challenge of a passkey: without one the proof has no token.
func (in StepUpInput) taken(ctx context.Context, s *ent.Store) (given proof, refused, err error) {
	given = proof{by: in.Method, code: text.Value(in.Code), answer: in.Credential}
	p := authz.From(ctx)
	if p.Kind != authz.Person || !p.HasFactor {
		return given, nil, nil
	}
	if refused, err = counted(ctx, s, p); refused != nil || err != nil || in.Method != identity.ByPasskey || in.ChallengeID == nil {
		return given, refused, err
	}
	asked, err := claim(ctx, s, passkeychallenge.PurposeSTEP_UP, *in.ChallengeID, p.ID, p.SessionID)
	if asked != nil {
		given.token = *in.ChallengeID
	}
	return given, nil, err
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
