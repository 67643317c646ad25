package factor

import (
	"context"

	"portico/ent"
	"portico/ent/db"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
	"portico/text"
)

// AnswerChallenge opens the session of a person who has answered the challenge
// of its sign-in with a second factor (1.4). It is open to everyone who has the
// challenge. Each try is counted, for the challenge and for the person, before
// it is compared. Refusals: CHALLENGE_ENDED, TRIES_EXCEEDED,
// SECOND_FACTOR_WRONG, PASSKEY_WRONG, PASSKEY_COPIED, THROTTLED, and those of
// [identity.Deliver].
func AnswerChallenge(ctx context.Context, s *ent.Store, in AnswerChallengeInput) (*AnswerChallengePayload, error) {
	return identity.Deliver(ctx, s, in.Delivery, func() (*AnswerChallengePayload, error) { return answer(ctx, s, in) })
}

func answer(ctx context.Context, s *ent.Store, in AnswerChallengeInput) (*AnswerChallengePayload, error) {
	if err := command.Admit(ctx, s, "answerChallenge"); err != nil {
		return nil, err
	}
	ctx, done, err := command.ToItsEnd(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	challenge, refused, err := tried(ctx, s, in.ChallengeID)
	if err != nil {
		return nil, err
	}
	return command.Do(ctx, s, command.Command{Name: "answerChallenge", Secret: true}, func(tx *command.Tx) (*AnswerChallengePayload, error) {
		if challenge == nil {
			return nil, command.CommitRefusal(identity.ChallengeEnded.At("challengeId"))
		}
		tx.AuditObject("", challenge.PersonID)
		if refused != nil {
			return nil, refused
		}
		tx.AuditDetail("method", in.Method)
		if err := prove(tx.Tx, challenge.PersonID, proof{by: in.Method, code: text.Value(in.Code), token: in.ChallengeID, answer: in.Credential}); err != nil {
			return nil, err
		}
		session, err := identity.Answer(tx, challenge)
		return &AnswerChallengePayload{Delivered: identity.Delivered{Session: session}}, err
	})
}

// tried counts a try of an answer, for the challenge and for its person. The
// challenge is nil if it can't be answered any more.
func tried(ctx context.Context, s *ent.Store, token string) (c *db.SignInChallenge, refused, err error) {
	c, err = identity.TryChallenge(ctx, s, token)
	if c == nil || err != nil {
		return c, nil, err
	}
	refused, err = refusalOf(identity.TryFactor(ctx, s, c.PersonID))
	return c, refused, err
}
