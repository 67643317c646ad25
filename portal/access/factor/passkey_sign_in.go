package factor

import (
	"context"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/passkeychallenge"
	"portico/ent/db/secondfactor"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// BeginPasskeySignIn returns what a browser needs to sign a person in by a
// passkey (1.4). It is open to everyone, names nobody, and is answered the same
// whether or not anybody has a passkey. Refusals: PASSKEYS_UNAVAILABLE,
// THROTTLED.
func BeginPasskeySignIn(ctx context.Context, s *ent.Store, in BeginPasskeySignInInput) (*BeginPasskeySignInPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "beginPasskeySignIn", Secret: true}, func(tx *command.Tx) (*BeginPasskeySignInPayload, error) {
		w, err := available(s)
		if err != nil {
			return nil, err
		}
		c, err := challenge(tx.Tx, passkeychallenge.PurposeSIGN_IN, "", "", nil)
		if err != nil {
			return nil, err
		}
		c.Options, err = request(s, w, c.ID, nil, in.Hint)
		return &BeginPasskeySignInPayload{Challenge: c}, err
	})
}

// FinishPasskeySignIn opens the session of the person whose passkey has signed a
// challenge (1.4). The authenticator has verified the person, so the passkey is
// both factors: the session has passed a second one. It is open to everyone who
// has the challenge, which serves once. Refusals: PASSKEY_CHALLENGE_ENDED,
// PASSKEY_WRONG, PASSKEY_COPIED, PASSKEYS_UNAVAILABLE, THROTTLED, and those of
// [identity.Deliver].
func FinishPasskeySignIn(ctx context.Context, s *ent.Store, in FinishPasskeySignInInput) (*FinishPasskeySignInPayload, error) {
	return identity.Deliver(ctx, s, in.Delivery, func() (*FinishPasskeySignInPayload, error) { return finishSignIn(ctx, s, in) })
}

func finishSignIn(ctx context.Context, s *ent.Store, in FinishPasskeySignInInput) (*FinishPasskeySignInPayload, error) {
	if err := command.Admit(ctx, s, "finishPasskeySignIn"); err != nil {
		return nil, err
	}
	ctx, done, err := command.ToItsEnd(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	asked, err := claim(ctx, s, passkeychallenge.PurposeSIGN_IN, in.ChallengeID, "", "")
	if err != nil {
		return nil, err
	}
	return command.Do(ctx, s, command.Command{Name: "finishPasskeySignIn", Secret: true}, func(tx *command.Tx) (*FinishPasskeySignInPayload, error) {
		if asked == nil {
			return nil, command.CommitRefusal(PasskeyChallengeEnded.At("challengeId"))
		}
		row, err := useKey(tx.Tx, in.ChallengeID, "", in.Credential)
		if row != nil { // the owner of the passkey; who tried it isn't known (1.2)
			tx.AuditObject("", row.PersonID)
			tx.AuditDetail("secondFactorId", row.ID)
		}
		if err != nil {
			return nil, err
		}
		session, err := identity.EnterProved(tx, row.PersonID)
		return &FinishPasskeySignInPayload{Delivered: identity.Delivered{Session: session}}, err
	})
}

// useKey checks that a passkey has signed a challenge, and keeps its counter. The
// person is "" if the passkey tells who it is. A refusal keeps what the command
// wrote before: PASSKEY_WRONG, or PASSKEY_COPIED with the row of the passkey,
// of which the person gets a mail.
func useKey(tx *ent.Tx, token, personID string, answer any) (*db.SecondFactor, error) {
	wrong := command.CommitRefusal(PasskeyWrong.At("credential"))
	w, err := available(tx.Store())
	if err != nil {
		return nil, err
	}
	parsed, err := parse(answer)
	if err != nil {
		return nil, wrong
	}
	row, err := found(tx, personID, parsed)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, wrong
	}
	count, err := check(tx.Store(), w, token, row, parsed)
	if errors.Is(err, errAnswer) {
		return row, wrong
	}
	if err != nil {
		return nil, err
	}
	return row, counts(tx, row, count)
}

// found returns the passkey that an answer names; nil if there is none, or it is
// not that of the person.
func found(tx *ent.Tx, personID string, answer *protocol.ParsedCredentialAssertionData) (*db.SecondFactor, error) {
	row, err := tx.SecondFactor.Query().Where(secondfactor.CredentialIndex(indexOf(tx.Store(), answer.RawID))).Only(tx)
	if db.IsNotFound(err) || err == nil && personID != "" && row.PersonID != personID {
		return nil, nil
	}
	return row, err
}

// counts keeps the signature counter of a passkey, which must have grown, unless
// it is 0 and always was: then the passkey doesn't count, as those that are
// synchronised between devices. The refusal is PASSKEY_COPIED.
func counts(tx *ent.Tx, row *db.SecondFactor, count int64) error {
	grown := secondfactor.SignCountLT(count)
	if count == 0 {
		grown = secondfactor.SignCount(0)
	}
	n, err := tx.SecondFactor.Update().Where(secondfactor.ID(row.ID), grown).SetSignCount(count).SetLastUsedAt(tx.Wall).Save(tx)
	if err != nil || n > 0 {
		return err
	}
	there, err := tx.SecondFactor.Query().Where(secondfactor.ID(row.ID)).Exist(tx)
	if err != nil {
		return err
	}
	if !there { // a concurrent request removed it
		return command.CommitRefusal(PasskeyWrong.At("credential"))
	}
	if err := mail(tx, row.PersonID, outbox.PasskeyCopied); err != nil {
		return err
	}
	return command.CommitRefusal(PasskeyCopied.At("credential"))
}
