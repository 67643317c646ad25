package factor

import (
	"crypto/hmac"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"portico/clause"
	"portico/ent"
	"portico/ent/db/recoverycode"
	"portico/ent/db/secondfactor"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
	"portico/text"
)

// skew is how many time steps the clock of an app may be ahead or behind.
const skew = 1

// stepOf returns the time step whose code was given, and whether there is one.
// It compares with every step within the skew.
func stepOf(secret, given string, wall time.Time) (at int64, right bool) {
	given = strings.ReplaceAll(text.Plain(given), " ", "")
	now := wall.Unix() / int64(step/time.Second)
	for n := now - skew; n <= now+skew; n++ {
		code, err := hotp.GenerateCodeCustom(secret, uint64(n), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && hmac.Equal([]byte(code), []byte(given)) {
			at, right = n, true
		}
	}
	return at, right
}

// proof is what proves a second factor: a code, or the answer of a passkey to a
// challenge with a token.
type proof struct {
	by     identity.SecondFactorMethod
	code   string
	token  string
	answer any
}

// prove proves a second factor of a person, whose try was counted, and uses up
// what was given: the time step of a code, the recovery code, or the counter of a
// passkey. A wrong one is SECOND_FACTOR_WRONG, PASSKEY_WRONG or PASSKEY_COPIED,
// and what the command wrote before stays.
func prove(tx *ent.Tx, personID string, given proof) error {
	right, err := false, error(nil)
	switch given.by {
	case identity.ByTotp:
		right, err = useTotp(tx, personID, given.code)
	case identity.ByRecoveryCode:
		right, err = useCode(tx, personID, given.code)
	case identity.ByPasskey:
		_, err = useKey(tx, given.token, personID, given.answer)
		right = err == nil
	}
	if err != nil {
		return err
	}
	if !right {
		return command.CommitRefusal(SecondFactorWrong.At("code"))
	}
	return identity.ForgetFactorTries(tx, personID)
}

// useTotp reports whether a code is that of one of a person's secrets. A code is
// accepted once: no code of the same time step, or of an earlier one, is
// accepted after it.
func useTotp(tx *ent.Tx, personID, code string) (bool, error) {
	rows, err := List(tx, tx.Client(), personID)
	if err != nil {
		return false, err
	}
	for _, row := range rows {
		if row.CredentialIndex != nil { // a passkey
			continue
		}
		secret, err := tx.Store().Unseal(secretColumn, row.Secret)
		if err != nil {
			return false, err
		}
		at, right := stepOf(secret, code, tx.Wall)
		if !right {
			continue
		}
		n, err := tx.SecondFactor.Update().Where(secondfactor.ID(row.ID), secondfactor.LastStepLT(at)).SetLastStep(at).SetLastUsedAt(tx.Wall).Save(tx)
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}

// useCode reports whether a recovery code is one of the person's, and wasn't used.
// The person gets a mail.
func useCode(tx *ent.Tx, personID, code string) (bool, error) {
	n, err := tx.RecoveryCode.Update().Where(recoverycode.PersonID(personID), recoverycode.CodeHash(codeHash(tx.Store(), personID, code)),
		recoverycode.UsedAtIsNil()).SetUsedAt(tx.Wall).Save(tx)
	if err != nil || n == 0 {
		return false, err
	}
	return true, mail(tx, personID, outbox.RecoveryCodeUsed)
}

// stepUpAge is how long a session that has passed a second factor may do what
// needs one.
func stepUpAge() time.Duration { return clause.Standard(clause.StepUpAge).Duration() }
