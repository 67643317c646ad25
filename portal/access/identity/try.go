package identity

import (
	"context"
	"crypto/hmac"
	"errors"
	"log/slog"
	"slices"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/phonecode"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
	"portico/text"
)

// CodeTry is one try of a code for a number, in its normal form.
type CodeTry struct {
	Phone, Code string
	Purpose     CodePurpose
	// SignedIn means that the command is for persons who are signed in.
	SignedIn bool
}

// WithCode runs a command that a code opens (1.1). The try is counted and
// committed before anything depends on it, and then runs to its end even if the
// request ends. A place in the hashing queue is taken first.
//
// Prepare does the slow work, outside transactions, and must cost the same
// whether or not the code was right. A refusal that it returns is shown only to
// a caller who has the code. Steps is the command; the code is used up by then.
// If it refuses and keeps nothing, the code stays valid, and the right try
// isn't counted. Further refusals: CODE_WRONG, THROTTLED.
func WithCode[T any](ctx context.Context, s *ent.Store, name string, c CodeTry,
	prepare func(ctx context.Context, p *Place, held bool) error, steps func(tx *command.Tx) (T, error)) (answer T, err error) {
	if err := command.Admit(ctx, s, name); err != nil {
		return answer, err
	}
	place, err := Queue(ctx, s)
	if err != nil {
		return answer, err
	}
	defer place.Leave()
	ctx, done, err := command.ToItsEnd(ctx)
	if err != nil {
		return answer, err
	}
	defer done()
	proof, err := c.try(ctx, s)
	if err != nil {
		return answer, err
	}
	err = prepare(ctx, place, proof != "")
	var refusal clause.Refusal
	if err != nil && !errors.As(err, &refusal) {
		return answer, err
	}
	place.Leave()
	answer, err = command.Do(ctx, s, command.Command{Name: name, SignedIn: c.SignedIn, Secret: true}, func(tx *command.Tx) (none T, _ error) {
		switch {
		case proof == "":
			return none, command.CommitRefusal(c.wrong())
		case refusal.Code != "":
			return none, refusal
		}
		n, err := tx.PhoneCode.Update().Where(phonecode.ID(proof), phonecode.UsedAtIsNil()).SetUsedAt(tx.Wall).Save(tx)
		if err != nil {
			return none, err
		}
		if n == 0 { // a concurrent request used it first
			return none, command.CommitRefusal(c.wrong())
		}
		return steps(tx)
	})
	if err != nil && proof != "" {
		if back := giveBack(ctx, s, proof); back != nil { // it stays counted
			slog.ErrorContext(ctx, "right try not subtracted", "action", name, "error", back)
		}
	}
	return answer, err
}

func (c CodeTry) wrong() clause.Refusal {
	return CodeWrong.At("code").With("phone", c.Phone).With("purpose", string(c.Purpose))
}

// triesElsewhere is how many tries of a code may come from networks that didn't
// ask for it, so that a stranger who tries codes of somebody's number leaves
// tries to the owner.
const triesElsewhere = 2

// try counts a try of the code that was sent to a number for a purpose, and
// returns the code's id if the try is right. It tries the latest code that the
// network asked for, otherwise the latest. After five wrong tries the code is
// invalid; for networks that didn't ask for it, after two.
func (c CodeTry) try(ctx context.Context, s *ent.Store) (proof string, err error) {
	index := address.PhoneIndex(s, c.Phone)
	given := s.Index(codeIndex, index+text.Plain(c.Code))
	err = s.Write(ctx, func(tx *ent.Tx) error {
		proof = ""
		live, err := tx.PhoneCode.Query().Where(phonecode.PhoneIndex(index), c.Purpose.ofCode(), phonecode.ExpiresAtGT(tx.Wall)).
			Order(db.Desc(phonecode.FieldCreatedAt, phonecode.FieldID)).All(tx)
		if err != nil || len(live) == 0 {
			return err
		}
		here := s.Index("address", tx.Principal().Network())
		latest, most := live[0], int64(triesElsewhere)
		if own := slices.IndexFunc(live, func(row *db.PhoneCode) bool { return row.AddressIndex == here }); own >= 0 {
			latest, most = live[own], int64(clause.Standard(clause.CodeTries).Int())
		}
		n, err := tx.PhoneCode.Update().Where(phonecode.ID(latest.ID), phonecode.UsedAtIsNil(), phonecode.ExpiresAtGT(tx.Wall),
			phonecode.WrongTriesLT(most)).AddWrongTries(1).Save(tx)
		if err == nil && n > 0 && hmac.Equal([]byte(latest.CodeHash), []byte(given)) {
			proof = latest.ID
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return proof, nil
}

// giveBack subtracts a right try from the count, unless it used up the code.
// Only a caller who has the code gets here.
func giveBack(ctx context.Context, s *ent.Store, proof string) error {
	return s.Write(ctx, func(tx *ent.Tx) error {
		return tx.PhoneCode.Update().Where(phonecode.ID(proof), phonecode.UsedAtIsNil(), phonecode.WrongTriesGT(0)).AddWrongTries(-1).Exec(tx)
	})
}
