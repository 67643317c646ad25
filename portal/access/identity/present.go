package identity

import (
	"context"
	"errors"
	"log/slog"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/person"
)

// presentPassword is a try of the present password of a person, for a command
// that it opens.
type presentPassword struct {
	row   *db.Person
	right bool
}

// tryPassword counts a try of a person's present password, commits the count,
// and compares it (1.4). The refusal is TRIES_EXCEEDED.
func tryPassword(ctx context.Context, s *ent.Store, place *Place, personID, password string) (t presentPassword, err error) {
	if err := passwordBound.claim(ctx, s, personID); err != nil {
		return t, err
	}
	if t.row, err = s.Read().Person.Get(ctx, personID); err != nil {
		return t, err
	}
	t.right, err = place.Matches(ctx, password, t.row.PasswordHash)
	return t, err
}

// giveBack subtracts a right try after a command that was refused for another
// reason.
func (t presentPassword) giveBack(ctx context.Context, s *ent.Store) {
	if !t.right {
		return
	}
	if err := passwordBound.giveBack(ctx, s, t.row.ID); err != nil { // it stays counted
		slog.ErrorContext(ctx, "right try not subtracted", "action", "present password", "error", err)
	}
}

// TriedPassword is a try of a person's present password that was counted and
// compared, for a command of another unit that the password opens.
type TriedPassword struct {
	tried   presentPassword
	refused error
}

// TryPassword counts and compares a try of a person's present password, before
// the command that it opens. The error is an internal one; [TriedPassword.Holds]
// returns the refusal.
func TryPassword(ctx context.Context, s *ent.Store, place *Place, personID, password string) (TriedPassword, error) {
	tried, err := tryPassword(ctx, s, place, personID, password)
	switch {
	case errors.As(err, new(clause.Refusal)):
		return TriedPassword{refused: err}, nil
	case err == nil && !tried.right:
		return TriedPassword{refused: CurrentPasswordWrong.At("currentPassword")}, nil
	}
	return TriedPassword{tried: tried}, err
}

// Holds sets the count to zero if the password was right and still is the
// person's. Refusals at currentPassword: CURRENT_PASSWORD_WRONG, also of a
// password that wasn't tried, TRIES_EXCEEDED.
func (t TriedPassword) Holds(tx *ent.Tx) error {
	if t.refused != nil {
		return t.refused
	}
	if t.tried.row == nil {
		return CurrentPasswordWrong.At("currentPassword")
	}
	same, err := tx.Person.Query().Where(person.ID(t.tried.row.ID), person.PasswordHash(t.tried.row.PasswordHash)).Exist(tx)
	if err != nil {
		return err
	}
	if !same {
		return CurrentPasswordWrong.At("currentPassword")
	}
	return passwordBound.forget(tx, t.tried.row.ID)
}
