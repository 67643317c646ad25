package factor

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strings"

	"portico/clause"
	"portico/ent"
	"portico/ent/db/recoverycode"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
	"portico/text"
)

const (
	// codeBytes is the length of a recovery code, 80 bits: it can't be guessed,
	// so that a keyed hash of it needs no work factor.
	codeBytes = 10
	// codeGroup is how many characters of a code are shown together.
	codeGroup = 4
	// codeIndex is the domain of the keyed hashes of recovery codes.
	codeIndex = "recovery code"
)

// alphabet are the characters of recovery codes (RFC 4648 in lower case): none
// looks like another.
var alphabet = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newCode returns a recovery code as it is shown: abcd-efgh-ijkl-mnop.
func newCode() string {
	b := make([]byte, codeBytes)
	_, _ = rand.Read(b)
	code := alphabet.EncodeToString(b)
	var groups []string
	for i := 0; i < len(code); i += codeGroup {
		groups = append(groups, code[i:min(i+codeGroup, len(code))])
	}
	return strings.Join(groups, "-")
}

// codeHash returns the keyed hash of a person's recovery code, however it was
// typed.
func codeHash(s *ent.Store, personID, code string) string {
	plain := strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(text.Plain(code)))
	return s.Index(codeIndex, personID+"|"+plain)
}

// replaceCodes replaces all recovery codes of a person and returns the new ones,
// which are shown once.
func replaceCodes(tx *ent.Tx, personID string) ([]string, error) {
	if _, err := tx.RecoveryCode.Delete().Where(recoverycode.PersonID(personID)).Exec(tx); err != nil {
		return nil, err
	}
	var codes []string
	for n := range clause.Standard(clause.RecoveryCodes).Int() {
		code := newCode()
		err := tx.RecoveryCode.Create().SetPersonID(personID).SetOrdinal(int64(n + 1)).
			SetCodeHash(codeHash(tx.Store(), personID, code)).SetCreatedAt(tx.Wall).Exec(tx)
		if ent.IsDuplicate(err) { // a concurrent request replaced them
			return nil, ent.ErrStale
		}
		if err != nil {
			return nil, err
		}
		codes = append(codes, code)
	}
	return codes, nil
}

// ReplaceRecoveryCodes replaces all recovery codes of the signed-in person by
// ten new ones, which are shown once (1.4). The person gets a mail. Refusals:
// SECOND_FACTOR_MISSING, STEP_UP_REQUIRED, CONFIRMATION_REQUIRED.
func ReplaceRecoveryCodes(ctx context.Context, s *ent.Store, in ReplaceRecoveryCodesInput) (*ReplaceRecoveryCodesPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "replaceRecoveryCodes", SignedIn: true, Secret: true}, func(tx *command.Tx) (*ReplaceRecoveryCodesPayload, error) {
		p, err := person(tx)
		switch {
		case err != nil:
			return nil, err
		case !p.HasFactor:
			return nil, SecondFactorMissing
		case !in.Confirm:
			return nil, ReplacementNotConfirmed.At("confirm")
		}
		if err := identity.FreshFactor(tx, p); err != nil {
			return nil, err
		}
		codes, err := replaceCodes(tx.Tx, p.ID)
		if err != nil {
			return nil, err
		}
		return &ReplaceRecoveryCodesPayload{RecoveryCodes: codes}, mail(tx.Tx, p.ID, outbox.RecoveryCodesReplaced)
	})
}
