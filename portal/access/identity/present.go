package identity

import (
	"context"
	"log/slog"

	"portico/ent"
	"portico/ent/db"
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
