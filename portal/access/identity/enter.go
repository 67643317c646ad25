package identity

import (
	"context"
	"slices"
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/recoverycode"
	"portico/ent/db/secondfactor"
	"portico/ent/db/session"
	"portico/ent/db/signinchallenge"
	"portico/portal/kernel/command"
)

// ChallengePrefix is the prefix of the tokens of challenges.
const ChallengePrefix = "pc_"

// SecondFactorMethod is a way to prove a second factor.
type SecondFactorMethod string

// The methods.
const (
	// ByTotp: a time-based code of an app.
	ByTotp SecondFactorMethod = "TOTP"
	// ByPasskey: the answer of a passkey.
	ByPasskey SecondFactorMethod = "PASSKEY"
	// ByRecoveryCode: a recovery code, which is used up.
	ByRecoveryCode SecondFactorMethod = "RECOVERY_CODE"
)

// SignInChallenge asks a person who has proved its first factor for a second
// one.
type SignInChallenge struct {
	// ID is a secret token; it is shown once.
	ID string
	// Methods are the ways in which the person can answer.
	Methods []SecondFactorMethod
	// ExpiresAt is when it can't be answered any more; wall time.
	ExpiresAt time.Time
	// PersonID is who has to answer; it isn't shown.
	PersonID string
}

// Entry is what a person gets who has proved its first factor: a session, or a
// challenge to be answered first.
type Entry struct {
	Session   *Session
	Challenge *SignInChallenge
}

// Enter lets a person in who has proved its first factor, by whatever way of
// signing in: it opens a session, or returns a challenge if the person has a
// second factor (1.4). Every command that signs a registered person in ends with
// it.
func Enter(tx *command.Tx, p *db.Person) (Entry, error) {
	methods, err := Methods(tx, tx.Client(), p.ID)
	if err != nil {
		return Entry{}, err
	}
	if len(methods) == 0 {
		session, err := Begin(tx.Tx, p.ID)
		return Entry{Session: session}, err
	}
	c := &SignInChallenge{ID: NewToken(ChallengePrefix), Methods: methods, PersonID: p.ID,
		ExpiresAt: tx.Wall.Add(clause.Standard(clause.ChallengeLifetime).Duration())}
	tx.AuditDetail("challenge", methods)
	return Entry{Challenge: c}, tx.SignInChallenge.Create().SetPersonID(p.ID).SetTokenHash(ent.Hash(c.ID)).SetPasswordMark(ent.Hash(p.PasswordHash)).
		SetCreatedAt(tx.Wall).SetExpiresAt(c.ExpiresAt).Exec(tx)
}

// Methods returns the ways in which a person can prove a second factor; none if
// it has no confirmed one.
func Methods(ctx context.Context, c *db.Client, personID string) ([]SecondFactorMethod, error) {
	rows, err := c.SecondFactor.Query().Where(secondfactor.PersonID(personID), secondfactor.ConfirmedAtNotNil()).All(ctx)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var methods []SecondFactorMethod
	for _, method := range []SecondFactorMethod{ByTotp, ByPasskey} {
		if slices.ContainsFunc(rows, func(row *db.SecondFactor) bool { return string(row.Kind) == string(method) }) {
			methods = append(methods, method)
		}
	}
	left, err := c.RecoveryCode.Query().Where(recoverycode.PersonID(personID), recoverycode.UsedAtIsNil()).Exist(ctx)
	if left {
		methods = append(methods, ByRecoveryCode)
	}
	return methods, err
}

// TryChallenge counts a try of an answer to a challenge, given by its token, and
// commits it before the answer is compared. It returns nil if the challenge is
// unknown, was answered, has expired, or was tried too often. Unit factor calls
// it.
func TryChallenge(ctx context.Context, s *ent.Store, token string) (found *db.SignInChallenge, err error) {
	err = s.Write(ctx, func(tx *ent.Tx) error {
		found = nil
		row, err := tx.SignInChallenge.Query().Where(signinchallenge.TokenHash(ent.Hash(token))).Only(tx)
		if db.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if calendar.Left(row.CreatedAt, clause.Standard(clause.ChallengeLifetime).Duration(), tx.Wall) == 0 {
			return nil
		}
		n, err := tx.SignInChallenge.Update().Where(signinchallenge.ID(row.ID), signinchallenge.AnsweredAtIsNil(),
			signinchallenge.TriesLT(int64(clause.Standard(clause.ChallengeTries).Int()))).AddTries(1).Save(tx)
		if err == nil && n > 0 {
			found = row
		}
		return err
	})
	return found, err
}

// Answer ends a challenge that was answered rightly and opens the session of its
// person, which has passed a second factor. Of answers that race one opens a
// session. The refusal is CHALLENGE_ENDED: it was answered before, or the
// person has another password since. Unit factor calls it.
func Answer(tx *command.Tx, challenge *db.SignInChallenge) (*Session, error) {
	n, err := tx.SignInChallenge.Update().Where(signinchallenge.ID(challenge.ID), signinchallenge.AnsweredAtIsNil()).SetAnsweredAt(tx.Wall).Save(tx)
	if err != nil {
		return nil, err
	}
	p, err := tx.Person.Get(tx, challenge.PersonID)
	if err != nil {
		return nil, err
	}
	if n == 0 || ent.Hash(p.PasswordHash) != challenge.PasswordMark {
		return nil, ChallengeEnded.At("challengeId")
	}
	return begin(proved(tx, p.ID).Tx, p.ID, &tx.Wall)
}

// EnterProved opens the session of a person who has proved two factors at once,
// by a passkey. Unit factor calls it.
func EnterProved(tx *command.Tx, personID string) (*Session, error) {
	return begin(proved(tx, personID).Tx, personID, &tx.Wall)
}

// PassFactor records that a session passed a second factor. Unit factor calls
// it.
func PassFactor(tx *ent.Tx, sessionID string) error {
	return tx.Session.Update().Where(session.ID(sessionID)).SetSecondFactorAt(tx.Wall).Exec(tx)
}

// EndOtherSessions ends every session of a person but one.
func EndOtherSessions(tx *ent.Tx, personID, sessionID, reason string) error {
	return revoke(tx, reason, session.PersonID(personID), session.IDNEQ(sessionID))
}
