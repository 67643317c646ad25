package factor

import (
	"context"

	"portico/ent"
	"portico/ent/db/passkeychallenge"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
)

// BeginPasskeyStepUp returns what a browser needs to prove a passkey of the
// signed-in person in its present session, by [StepUp] (1.4, 1.5). Refusals:
// PASSKEYS_UNAVAILABLE, PASSKEY_MISSING.
func BeginPasskeyStepUp(ctx context.Context, s *ent.Store, in BeginPasskeyStepUpInput) (*BeginPasskeyStepUpPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "beginPasskeyStepUp", SignedIn: true, Secret: true}, func(tx *command.Tx) (*BeginPasskeyStepUpPayload, error) {
		p, err := person(tx)
		if err != nil {
			return nil, err
		}
		w, err := available(s)
		if err != nil {
			return nil, err
		}
		rows, err := List(tx, tx.Client(), p.ID)
		if err != nil {
			return nil, err
		}
		keys, err := unsealed(s, rows)
		if err != nil {
			return nil, err
		}
		if len(keys) == 0 {
			return nil, PasskeyMissing
		}
		c, err := challenge(tx.Tx, passkeychallenge.PurposeSTEP_UP, p.ID, p.SessionID, nil)
		if err != nil {
			return nil, err
		}
		c.Options, err = request(s, w, c.ID, keys, in.Hint)
		return &BeginPasskeyStepUpPayload{Challenge: c}, err
	})
}

// AnswerOptions returns the options by which a passkey answers the challenge of
// a sign-in; nil if the person has none.
func AnswerOptions(ctx context.Context, s *ent.Store, c *identity.SignInChallenge) (any, error) {
	w := party.Of(s)
	if w == nil {
		return nil, nil
	}
	rows, err := List(ctx, s.Read(), c.PersonID)
	if err != nil {
		return nil, err
	}
	keys, err := unsealed(s, rows)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	return request(s, w, c.ID, keys, nil)
}
