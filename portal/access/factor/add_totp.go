package factor

import (
	"bytes"
	"context"
	"encoding/base64"
	"image/png"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db/secondfactor"
	"portico/portal/access/identity"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
	"portico/portal/kernel/naming"
)

// The parameters of time-based codes: those that every app supports.
const (
	issuer     = "Portico"
	secretSize = 20 // bytes, the size of a SHA-1 hash (RFC 4226, 4)
	step       = 30 * time.Second
	// picture is the width and height of a QR code, in pixels.
	picture = 256
)

// secretColumn is the domain of sealed secrets.
const secretColumn = "second_factor.secret"

// defaultName is the name of a factor that the person didn't name.
const defaultName = "TOTP"

// AddTotp creates a secret for time-based codes of the signed-in person (1.4).
// It doesn't count until [ConfirmTotp] confirms it, within ten minutes. A person
// has at most one that isn't confirmed: another one takes its place. A person
// without a second factor proves its present password; each try of it is
// counted before it is compared. Refusals: CURRENT_PASSWORD_WRONG,
// TRIES_EXCEEDED, STEP_UP_REQUIRED, SECOND_FACTOR_LIMIT, INVALID_INPUT,
// NAME_LIKE_ADDRESS, THROTTLED.
func AddTotp(ctx context.Context, s *ent.Store, in AddTotpInput) (*AddTotpPayload, error) {
	return withPassword(ctx, s, in.CurrentPassword, func(ctx context.Context, password identity.TriedPassword) (*AddTotpPayload, error) {
		return command.Do(ctx, s, command.Command{Name: "addTotp", SignedIn: true, Secret: true}, func(tx *command.Tx) (*AddTotpPayload, error) {
			p, err := person(tx)
			if err != nil {
				return nil, err
			}
			if err := mayAdd(tx, p, password); err != nil {
				return nil, err
			}
			name := defaultName
			if in.Name != nil {
				if name, err = naming.Of("name", *in.Name); err != nil {
					return nil, err
				}
			}
			if err := room(tx, p.ID); err != nil {
				return nil, err
			}
			t, err := add(tx, p.ID, name)
			return &AddTotpPayload{Totp: t}, err
		})
	})
}

// withPassword runs a command that adds a second factor. For a person without
// one, the try of its present password is counted and compared first.
func withPassword[T any](ctx context.Context, s *ent.Store, current *string, run func(ctx context.Context, password identity.TriedPassword) (T, error)) (none T, err error) {
	p := authz.From(ctx)
	if p.Kind != authz.Person || p.HasFactor || current == nil {
		return run(ctx, identity.TriedPassword{})
	}
	place, err := identity.Queue(ctx, s)
	if err != nil {
		return none, err
	}
	defer place.Leave()
	ctx, done, err := command.ToItsEnd(ctx)
	if err != nil {
		return none, err
	}
	defer done()
	password, err := identity.TryPassword(ctx, s, place, p.ID, *current)
	if err != nil {
		return none, err
	}
	place.Leave()
	return run(ctx, password)
}

// mayAdd refuses a further factor without a fresh one, and a first one without
// the present password.
func mayAdd(tx *command.Tx, p *authz.Principal, password identity.TriedPassword) error {
	if p.HasFactor {
		return fresh(tx, p)
	}
	return password.Holds(tx.Tx)
}

// room refuses if a person has as many second factors as it may have.
func room(tx *command.Tx, personID string) error {
	n, err := tx.SecondFactor.Query().Where(confirmed(personID)).Count(tx)
	if most := clause.Standard(clause.FactorsPerPerson).Int(); err == nil && n >= most {
		err = SecondFactorLimit.With("most", most)
	}
	return err
}

// add creates a secret that isn't confirmed, in place of the one before.
func add(tx *command.Tx, personID, name string) (*Totp, error) {
	row, err := tx.Person.Get(tx, personID)
	if err != nil {
		return nil, err
	}
	phone, err := address.Phone(tx.Store(), row)
	if err != nil {
		return nil, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: phone, Period: uint(step / time.Second), SecretSize: secretSize,
		Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return nil, err
	}
	code, err := qrCode(key)
	if err != nil {
		return nil, err
	}
	sealed, err := tx.Store().Seal(secretColumn, key.Secret())
	if err != nil {
		return nil, err
	}
	if _, err := tx.SecondFactor.Delete().Where(secondfactor.PendingKey(personID)).Exec(tx); err != nil {
		return nil, err
	}
	until := tx.Wall.Add(clause.Standard(clause.FactorUnconfirmed).Duration())
	added, err := tx.SecondFactor.Create().SetPersonID(personID).SetKind(secondfactor.KindTOTP).SetName(name).SetSecret(sealed).
		SetAddedAt(tx.Wall).SetPendingUntil(until).SetPendingKey(personID).Save(tx)
	if ent.IsDuplicate(err) { // a concurrent request added one
		return nil, ent.ErrStale
	}
	if err != nil {
		return nil, err
	}
	return &Totp{ID: added.ID, Secret: key.Secret(), URI: key.URL(), QRCode: code, ExpiresAt: until}, nil
}

// qrCode returns the picture of a key's URI, as a data URL.
func qrCode(key *otp.Key) (string, error) {
	image, err := key.Image(picture, picture)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, image); err != nil {
		return "", err
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}
