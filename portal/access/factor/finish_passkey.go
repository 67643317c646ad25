package factor

import (
	"context"
	"fmt"

	"github.com/go-webauthn/webauthn/webauthn"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/passkeychallenge"
	"portico/ent/db/secondfactor"
	"portico/portal/kernel/command"
)

// FinishPasskey makes a passkey that the browser created a second factor of the
// signed-in person (1.4). The first factor comes with ten recovery codes, which
// are shown once. The other sessions of the person end, and the person gets a
// mail. The present session has passed the factor. A challenge serves once.
// Refusals: PASSKEY_CHALLENGE_ENDED, STEP_UP_REQUIRED, SECOND_FACTOR_LIMIT,
// PASSKEYS_UNAVAILABLE, PASSKEY_WRONG, PASSKEY_REGISTERED.
func FinishPasskey(ctx context.Context, s *ent.Store, in FinishPasskeyInput) (*FinishPasskeyPayload, error) {
	ctx, done, err := command.ToItsEnd(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	p := authz.From(ctx)
	var asked *db.PasskeyChallenge
	var made *webauthn.Credential
	w, wrong := available(s)
	if p.Kind == authz.Person && wrong == nil {
		if asked, err = claim(ctx, s, passkeychallenge.PurposeADD, in.ChallengeID, p.ID, p.SessionID); err != nil {
			return nil, err
		}
		if asked != nil {
			if made, err = create(s, w, in.ChallengeID, p.ID, in.Credential); err != nil {
				wrong = PasskeyWrong.At("credential")
			}
		}
	}
	return command.Do(ctx, s, command.Command{Name: "finishPasskey", SignedIn: true, Secret: true}, func(tx *command.Tx) (*FinishPasskeyPayload, error) {
		p, err := person(tx)
		switch {
		case err != nil:
			return nil, err
		case asked == nil && wrong == nil:
			return nil, PasskeyChallengeEnded.At("challengeId")
		}
		if err := fresh(tx, p); err != nil {
			return nil, err
		}
		if wrong != nil {
			return nil, wrong
		}
		if err := room(tx, p.ID); err != nil {
			return nil, err
		}
		return keep(tx, p, *asked.Name, made)
	})
}

// keep adds a passkey to the factors of a person.
func keep(tx *command.Tx, p *authz.Principal, name string, made *webauthn.Credential) (*FinishPasskeyPayload, error) {
	index := indexOf(tx.Store(), made.ID)
	known, err := tx.SecondFactor.Query().Where(secondfactor.CredentialIndex(index)).Exist(tx)
	if err != nil {
		return nil, err
	}
	if known {
		return nil, PasskeyRegistered.At("credential")
	}
	rows, err := List(tx, tx.Client(), p.ID)
	if err != nil {
		return nil, err
	}
	sealed, err := seal(tx.Store(), made)
	if err != nil {
		return nil, err
	}
	row, err := tx.SecondFactor.Create().SetPersonID(p.ID).SetKind(secondfactor.KindPASSKEY).SetName(name).SetSecret(sealed).
		SetCredentialIndex(index).SetPasskeyKey(free(p.ID, rows)).SetSignCount(int64(made.Authenticator.SignCount)).
		SetAddedAt(tx.Wall).SetConfirmedAt(tx.Wall).SetLastUsedAt(tx.Wall).Save(tx)
	if ent.IsDuplicate(err) { // a concurrent request added one
		return nil, ent.ErrStale
	}
	if err != nil {
		return nil, err
	}
	codes, err := added(tx, p, row.ID, len(rows) == 0)
	return &FinishPasskeyPayload{SecondFactor: row, RecoveryCodes: codes}, err
}

// free returns the first unused key of a person's passkeys.
func free(personID string, rows []*db.SecondFactor) string {
	taken := map[string]bool{}
	for _, row := range rows {
		if row.PasskeyKey != nil {
			taken[*row.PasskeyKey] = true
		}
	}
	for n := 1; ; n++ {
		if k := fmt.Sprint(personID, "|", n); !taken[k] || n == clause.Standard(clause.FactorsPerPerson).Int() {
			return k
		}
	}
}
