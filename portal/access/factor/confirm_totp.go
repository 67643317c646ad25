package factor

import (
	"context"

	"portico/authz"
	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/secondfactor"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// ConfirmTotp makes a secret that [AddTotp] created a second factor of the
// signed-in person, by a code of it (1.4). The first one comes with ten recovery
// codes, which are shown once. The other sessions of the person end, and the
// person gets a mail. The present session has passed the factor. Each try is
// counted before it is compared. Refusals: TRIES_EXCEEDED, NOT_FOUND,
// SECOND_FACTOR_NOT_PENDING, STEP_UP_REQUIRED, SECOND_FACTOR_LIMIT,
// SECOND_FACTOR_WRONG.
func ConfirmTotp(ctx context.Context, s *ent.Store, in ConfirmTotpInput) (*ConfirmTotpPayload, error) {
	ctx, done, err := command.ToItsEnd(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	refused, err := counted(ctx, s, authz.From(ctx))
	if err != nil {
		return nil, err
	}
	return command.Do(ctx, s, command.Command{Name: "confirmTotp", SignedIn: true, Secret: true}, func(tx *command.Tx) (*ConfirmTotpPayload, error) {
		p, err := person(tx)
		if err != nil {
			return nil, err
		}
		if refused != nil {
			return nil, refused
		}
		row, err := pending(tx, p, in.SecondFactorID)
		if err != nil {
			return nil, err
		}
		secret, err := tx.Store().Unseal(secretColumn, row.Secret)
		if err != nil {
			return nil, err
		}
		at, right := stepOf(secret, in.Code, tx.Wall)
		if !right {
			return nil, command.CommitRefusal(SecondFactorWrong.At("code"))
		}
		return confirm(tx, p, row.ID, at)
	})
}

// counted counts a try of a person's second factor and returns the refusal, if
// there is one.
func counted(ctx context.Context, s *ent.Store, p *authz.Principal) (refused, err error) {
	if p.Kind != authz.Person {
		return nil, nil
	}
	return refusalOf(identity.TryFactor(ctx, s, p.ID))
}

// refusalOf tells a refusal from an internal error.
func refusalOf(err error) (refused, internal error) {
	if len(command.Refusals(err)) > 0 {
		return err, nil
	}
	return nil, err
}

// pending returns a person's second factor that can be confirmed.
func pending(tx *command.Tx, p *authz.Principal, id string) (*db.SecondFactor, error) {
	row, err := own(tx, p, id)
	if err != nil {
		return nil, err
	}
	if row.ConfirmedAt != nil || calendar.Left(row.AddedAt, clause.Standard(clause.FactorUnconfirmed).Duration(), tx.Wall) == 0 {
		return nil, SecondFactorNotPending.At("secondFactorId")
	}
	if err := fresh(tx, p); err != nil {
		return nil, err
	}
	return row, room(tx, p.ID)
}

// own returns a second factor of a person by its id. The refusal is NOT_FOUND.
func own(tx *command.Tx, p *authz.Principal, id string) (*db.SecondFactor, error) {
	if ent.TypeOf(id) != "SecondFactor" {
		return nil, clause.NotFound.At("secondFactorId")
	}
	row, err := tx.SecondFactor.Query().Where(secondfactor.ID(id), secondfactor.PersonID(p.ID)).Only(tx)
	if db.IsNotFound(err) {
		err = clause.NotFound.At("secondFactorId")
	}
	return row, err
}

// confirm makes a second factor count from now on. At is the time step of the
// code that confirmed it.
func confirm(tx *command.Tx, p *authz.Principal, id string, at int64) (*ConfirmTotpPayload, error) {
	others, err := tx.SecondFactor.Query().Where(confirmed(p.ID)).Exist(tx)
	if err != nil {
		return nil, err
	}
	n, err := tx.SecondFactor.Update().Where(secondfactor.ID(id), secondfactor.ConfirmedAtIsNil()).SetConfirmedAt(tx.Wall).
		SetLastStep(at).SetLastUsedAt(tx.Wall).ClearPendingUntil().ClearPendingKey().Save(tx)
	if err != nil {
		return nil, err
	}
	if n == 0 { // a concurrent request confirmed it, or replaced it
		return nil, ent.ErrStale
	}
	codes, err := added(tx, p, id, !others)
	if err != nil {
		return nil, err
	}
	row, err := tx.SecondFactor.Get(tx, id)
	return &ConfirmTotpPayload{SecondFactor: row, RecoveryCodes: codes}, err
}

// added does what follows when a factor of a person counts from now on. The first
// one comes with recovery codes, which it returns.
func added(tx *command.Tx, p *authz.Principal, id string, first bool) (codes []string, err error) {
	if first {
		if codes, err = replaceCodes(tx.Tx, p.ID); err != nil {
			return nil, err
		}
	}
	if err := identity.ForgetFactorTries(tx.Tx, p.ID); err != nil {
		return nil, err
	}
	if err := identity.PassFactor(tx.Tx, p.SessionID); err != nil {
		return nil, err
	}
	tx.AuditDetail("secondFactorId", id)
	return codes, settle(tx, p, outbox.FactorAdded)
}
