package factor

import (
	"context"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/passkeychallenge"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
	"portico/portal/kernel/naming"
)

// defaultPasskey is the name of a passkey that the person didn't name.
const defaultPasskey = "Passkey"

// passkeyPrefix is the prefix of the tokens of challenges for passkeys.
const passkeyPrefix = "pw_"

// PasskeyChallenge is what a browser asks an authenticator with.
type PasskeyChallenge struct {
	// ID is a secret token; it is shown once.
	ID string
	// Options are those of WebAuthn, as browsers read them from JSON.
	Options any
	// ExpiresAt is when it can't be answered any more; wall time.
	ExpiresAt time.Time
}

// BeginPasskey returns what a browser needs to create a passkey of the signed-in
// person (1.4). [FinishPasskey] adds it, within five minutes and in the same
// session. A person without a second factor proves its present password; each
// try of it is counted before it is compared. Refusals: CURRENT_PASSWORD_WRONG,
// TRIES_EXCEEDED, STEP_UP_REQUIRED, SECOND_FACTOR_LIMIT, PASSKEYS_UNAVAILABLE,
// INVALID_INPUT, NAME_LIKE_ADDRESS, THROTTLED.
func BeginPasskey(ctx context.Context, s *ent.Store, in BeginPasskeyInput) (*BeginPasskeyPayload, error) {
	return withPassword(ctx, s, in.CurrentPassword, func(ctx context.Context, password identity.TriedPassword) (*BeginPasskeyPayload, error) {
		return command.Do(ctx, s, command.Command{Name: "beginPasskey", SignedIn: true, Secret: true}, func(tx *command.Tx) (*BeginPasskeyPayload, error) {
			p, err := person(tx)
			if err != nil {
				return nil, err
			}
			if err := mayAdd(tx, p, password); err != nil {
				return nil, err
			}
			w, err := available(s)
			if err != nil {
				return nil, err
			}
			name := defaultPasskey
			if in.Name != nil {
				if name, err = naming.Of("name", *in.Name); err != nil {
					return nil, err
				}
			}
			if err := room(tx, p.ID); err != nil {
				return nil, err
			}
			c, err := challenge(tx.Tx, passkeychallenge.PurposeADD, p.ID, p.SessionID, &name)
			if err != nil {
				return nil, err
			}
			c.Options, err = creation(tx.Tx, w, p.ID, c.ID, in.Hint)
			return &BeginPasskeyPayload{Challenge: c}, err
		})
	})
}

// challenge creates a challenge, without its options. Person and session are ""
// for a sign-in.
func challenge(tx *ent.Tx, purpose passkeychallenge.Purpose, personID, sessionID string, name *string) (*PasskeyChallenge, error) {
	c := &PasskeyChallenge{ID: identity.NewToken(passkeyPrefix), ExpiresAt: tx.Wall.Add(clause.Standard(clause.ChallengeLifetime).Duration())}
	row := tx.PasskeyChallenge.Create().SetPurpose(purpose).SetTokenHash(ent.Hash(c.ID)).SetNillableName(name).SetCreatedAt(tx.Wall).SetExpiresAt(c.ExpiresAt)
	if personID != "" {
		row.SetPersonID(personID).SetSessionID(sessionID)
	}
	return c, row.Exec(tx)
}

// creation returns the options by which a passkey of a person is created. Those
// that it has are left out.
func creation(tx *ent.Tx, w *webauthn.WebAuthn, personID, token string, hint *PasskeyHint) (any, error) {
	rows, err := List(tx, tx.Client(), personID)
	if err != nil {
		return nil, err
	}
	keys, err := unsealed(tx.Store(), rows)
	if err != nil {
		return nil, err
	}
	row, err := tx.Person.Get(tx, personID)
	if err != nil {
		return nil, err
	}
	c, _, err := w.BeginRegistration(holder{handle: handleOf(tx.Store(), personID), name: row.Name},
		webauthn.WithExclusions(webauthn.Credentials(keys).CredentialDescriptors()), webauthn.WithPublicKeyCredentialHints(hint.hints()))
	if err != nil {
		return nil, err
	}
	c.Response.Challenge, c.Response.Timeout = protocol.URLEncodedBase64(signed(tx.Store(), token)), timeout()
	return c.Response, nil
}

// request returns the options by which a passkey signs: one of those given, or
// else any of the domain.
func request(s *ent.Store, w *webauthn.WebAuthn, token string, keys []webauthn.Credential, hint *PasskeyHint) (any, error) {
	a, _, err := w.BeginDiscoverableLogin(webauthn.WithAllowedCredentials(webauthn.Credentials(keys).CredentialDescriptors()),
		webauthn.WithAssertionPublicKeyCredentialHints(hint.hints()))
	if err != nil {
		return nil, err
	}
	a.Response.Challenge, a.Response.Timeout = protocol.URLEncodedBase64(signed(s, token)), timeout()
	return a.Response, nil
}

// claim uses up a challenge by its token, and commits that before the answer is
// looked at: it serves once. It returns nil if it is unknown, was used, has
// expired, or is for another purpose, person or session.
func claim(ctx context.Context, s *ent.Store, purpose passkeychallenge.Purpose, token, personID, sessionID string) (found *db.PasskeyChallenge, err error) {
	err = s.Write(ctx, func(tx *ent.Tx) error {
		found = nil
		row, err := tx.PasskeyChallenge.Query().Where(passkeychallenge.TokenHash(ent.Hash(token)), passkeychallenge.PurposeEQ(purpose)).Only(tx)
		if db.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if calendar.Left(row.CreatedAt, clause.Standard(clause.ChallengeLifetime).Duration(), tx.Wall) == 0 || !servesIn(row, personID, sessionID) {
			return nil
		}
		n, err := tx.PasskeyChallenge.Update().Where(passkeychallenge.ID(row.ID), passkeychallenge.UsedAtIsNil()).SetUsedAt(tx.Wall).Save(tx)
		if err == nil && n > 0 {
			found = row
		}
		return err
	})
	return found, err
}

// servesIn reports whether a challenge is that of a person and session, or of a
// sign-in if they are "".
func servesIn(row *db.PasskeyChallenge, personID, sessionID string) bool {
	if row.PersonID == nil || row.SessionID == nil {
		return personID == ""
	}
	return *row.PersonID == personID && *row.SessionID == sessionID
}
