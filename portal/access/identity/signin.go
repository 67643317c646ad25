package identity

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"portico/authz"
	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/person"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
	"portico/text"
)

// firstPasswordLifetime is how long a password that was generated for a person
// is valid; it is valid for one sign-in.
const firstPasswordLifetime = 24 * time.Hour

const captchaForSignIn = ForSignIn

// login is what a sign-in searches for, by its blind index; unknown and
// malformed logins cost the same.
type login struct {
	index  string
	byMail bool
}

func readLogin(s *ent.Store, typed string) login {
	l := address.Address{Email: strings.Contains(typed, "@")}
	var ok bool
	if l.Email {
		l.Value, ok = address.NormalEmail(typed)
	} else {
		l.Value, ok = address.NormalPhone(typed)
	}
	if !ok {
		l.Value = "?" + text.Plain(typed)
	}
	return login{index: l.Index(s), byMail: l.Email}
}

// proved makes the person that a secret proves the actor of the transaction,
// and of the audit (1.2).
func proved(tx *command.Tx, personID string) *command.Tx {
	p := tx.Principal()
	tx = tx.As(&authz.Principal{Kind: authz.Person, ID: personID, Address: p.Address, Agent: p.Agent, Correlation: p.Correlation})
	tx.AuditObject("", personID)
	return tx
}

// SignIn opens a session by phone or verified e-mail address and password, or
// returns a challenge if the person has a second factor. It is public. A try is counted before the password is compared. After three
// failures of a login, whether or not it exists, a captcha is needed, and each
// further try waits twice as long as the one before. The same delays apply
// after twenty failures of a network. A login that signed in from the network
// before is counted for that network only, so that nobody elsewhere can lock it
// out. Refusals: SIGN_IN_FAILED, SIGN_IN_DELAYED, CAPTCHA_REQUIRED,
// CAPTCHA_WRONG, FIRST_PASSWORD_ENDED, THROTTLED, and those of [Deliver].
func SignIn(ctx context.Context, s *ent.Store, in SignInInput) (*SignInPayload, error) {
	return Deliver(ctx, s, in.Delivery, func() (*SignInPayload, error) { return signIn(ctx, s, in) })
}

func signIn(ctx context.Context, s *ent.Store, in SignInInput) (*SignInPayload, error) {
	if err := command.Admit(ctx, s, "signIn"); err != nil {
		return nil, err
	}
	place, err := Queue(ctx, s)
	if err != nil {
		return nil, err
	}
	defer place.Leave()
	ctx, done, err := command.ToItsEnd(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	t := &passwordTry{login: readLogin(s, in.Login), network: authz.From(ctx).Network(), captcha: in.CaptchaID != nil && in.CaptchaAnswer != nil}
	if err := t.solve(ctx, s, in); err != nil {
		return nil, err
	}
	if err := s.Write(ctx, t.take); err != nil {
		return nil, err
	}
	right := false
	if t.refusal == nil {
		hash := ""
		if t.found != nil {
			hash = t.found.PasswordHash
		}
		if right, err = place.Matches(ctx, in.Password, hash); err != nil {
			return nil, err
		}
	}
	place.Leave()
	payload, err := command.Do(ctx, s, command.Command{Name: "signIn", Secret: true}, func(tx *command.Tx) (*SignInPayload, error) {
		if t.found != nil { // the owner of the login; who tried it isn't known (1.2)
			tx.AuditObject("", t.found.ID)
		}
		if t.refusal != nil {
			return nil, command.CommitRefusal(*t.refusal)
		}
		if !right {
			return nil, command.CommitRefusal(SignInFailed)
		}
		return t.enter(tx)
	})
	var refused clause.Refusal
	if err != nil && right && !errors.As(err, &refused) { // an internal error isn't a failed try
		if back := s.Write(ctx, t.right); back != nil {
			slog.ErrorContext(ctx, "right try not subtracted", "action", "signIn", "error", back)
		}
	}
	return payload, err
}

// solve tries the captcha of the input, unless the sign-in is delayed anyway.
func (t *passwordTry) solve(ctx context.Context, s *ent.Store, in SignInInput) error {
	if !t.captcha {
		return nil
	}
	early, err := t.delayed(ctx, s)
	if err != nil || early {
		return err
	}
	t.solved, err = solve(ctx, s, *in.CaptchaID, *in.CaptchaAnswer, captchaForSignIn)
	return err
}

// enter opens the session after a right password.
func (t *passwordTry) enter(tx *command.Tx) (*SignInPayload, error) {
	// A password that was reset since it was compared opens nothing.
	row, err := tx.Person.Query().Where(person.ID(t.found.ID), person.PasswordHash(t.found.PasswordHash)).Only(tx)
	if db.IsNotFound(err) {
		return nil, command.CommitRefusal(SignInFailed)
	}
	if err != nil {
		return nil, err
	}
	if serves, err := firstUse(tx.Tx, row); err != nil {
		return nil, err
	} else if !serves { // counted as a failure, since it must not clear the count
		return nil, command.CommitRefusal(FirstPasswordEnded)
	}
	if err := t.right(tx.Tx); err != nil {
		return nil, err
	}
	tx = proved(tx, row.ID)
	entry, err := Enter(tx, row)
	if err != nil {
		return nil, err
	}
	return &SignInPayload{Delivered: Delivered{Session: entry.Session}, Challenge: entry.Challenge}, nil
}

// firstUse reports whether a right password may be used. A password that was
// generated for the person is valid for one sign-in within a day, as long as it
// wasn't changed in any way.
func firstUse(tx *ent.Tx, p *db.Person) (bool, error) {
	if p.FirstPasswordAt == nil || !p.FirstPasswordAt.Equal(p.PasswordChangedAt) {
		return true, nil
	}
	if calendar.Left(*p.FirstPasswordAt, firstPasswordLifetime, tx.Wall) == 0 {
		return false, nil
	}
	n, err := tx.Person.Update().Where(person.ID(p.ID), person.FirstPasswordUsedAtIsNil()).SetFirstPasswordUsedAt(tx.Wall).Save(tx)
	return n > 0, err
}
