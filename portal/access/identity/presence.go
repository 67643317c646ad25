package identity

import (
	"context"

	"portico/authz"
	"portico/ent"
	"portico/portal/kernel/command"
)

// WithPassword runs a command that a person proves itself for (1.4). For a person
// without a second factor, the try of its present password is counted and compared
// first, and [TriedPassword.Proves] decides inside the command.
func WithPassword[T any](ctx context.Context, s *ent.Store, current *string, run func(ctx context.Context, password TriedPassword) (T, error)) (none T, err error) {
	p := authz.From(ctx)
	if p.Kind != authz.Person || p.HasFactor || current == nil {
		return run(ctx, TriedPassword{})
	}
	place, err := Queue(ctx, s)
	if err != nil {
		return none, err
	}
	defer place.Leave()
	ctx, done, err := command.ToItsEnd(ctx)
	if err != nil {
		return none, err
	}
	defer done()
	password, err := TryPassword(ctx, s, place, p.ID, *current)
	if err != nil {
		return none, err
	}
	place.Leave()
	return run(ctx, password)
}

// Proves refuses a person with a second factor that its session hasn't passed lately,
// and one without a factor that didn't give its present password. Refusals:
// STEP_UP_REQUIRED, CURRENT_PASSWORD_WRONG, TRIES_EXCEEDED.
func (t TriedPassword) Proves(tx *command.Tx, p *authz.Principal) error {
	if p.HasFactor {
		return FreshFactor(tx, p)
	}
	return t.Holds(tx.Tx)
}

// FreshFactor refuses if the person has a second factor and its session hasn't passed
// one lately. The refusal is STEP_UP_REQUIRED.
func FreshFactor(tx *command.Tx, p *authz.Principal) error {
	if p.HasFactor && !p.FactorIsFresh(tx.Wall) {
		return command.StepUpRequired.By("1.4")
	}
	return nil
}
