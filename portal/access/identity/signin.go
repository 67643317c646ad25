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
	"portico/ent/db/captcha"
	"portico/ent/db/person"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
	"portico/text"
)

// firstPasswordLifetime is how long a password that was drawn for somebody else
// serves; it serves once.
const firstPasswordLifetime = 24 * time.Hour

const captchaForSignIn = captcha.PurposeSIGN_IN

// login is what a sign-in looks for, by its blind index; unknown and malformed
// ones cost the same.
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

// proved lets the person that a secret proves act in the transaction, in the
// audit too (1.2).
func proved(tx *command.Tx, personID string) *command.Tx {
	p := tx.Principal()
	tx = tx.As(&authz.Principal{Kind: authz.Person, ID: personID, Address: p.Address, Agent: p.Agent, Correlation: p.Correlation})
	tx.AuditObject("", personID)
	return tx
}

// SignIn opens a session by phone or verified e-mail address and password. For
// everyone. A try is counted before the password is looked at. After three
// failures of a login, whether or not it exists, a captcha is needed, and each
// further try waits twice as long as the one before; so it does after twenty
// failures of a network. A login that signed in from the network before is
// counted there alone, so that nobody elsewhere locks it out. Refusals:
// SIGN_IN_FAILED, SIGN_IN_DELAYED, CAPTCHA_REQUIRED, CAPTCHA_WRONG,
// FIRST_PASSWORD_ENDED, THROTTLED.
func SignIn(ctx context.Context, s *ent.Store, in SignInInput) (*SignInPayload, error) {
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
	g := &guess{login: readLogin(s, in.Login), network: authz.From(ctx).Network(), captcha: in.CaptchaID != nil && in.CaptchaAnswer != nil}
	if err := g.solve(ctx, s, in); err != nil {
		return nil, err
	}
	if err := s.Write(ctx, g.take); err != nil {
		return nil, err
	}
	right := false
	if g.refusal == nil {
		hash := ""
		if g.found != nil {
			hash = g.found.PasswordHash
		}
		if right, err = place.Matches(ctx, in.Password, hash); err != nil {
			return nil, err
		}
	}
	place.Leave()
	payload, err := command.Do(ctx, s, command.Command{Name: "signIn", Secret: true}, func(tx *command.Tx) (*SignInPayload, error) {
		if g.found != nil { // whose login it is; who tried it isn't known (1.2)
			tx.AuditObject("", g.found.ID)
		}
		if g.refusal != nil {
			return nil, command.CommitRefusal(*g.refusal)
		}
		if !right {
			return nil, command.CommitRefusal(SignInFailed)
		}
		return g.enter(tx)
	})
	var told clause.Refusal
	if err != nil && right && !errors.As(err, &told) { // something broke: that was no failure
		if back := s.Write(ctx, g.right); back != nil {
			slog.ErrorContext(ctx, "right try not given back", "action", "signIn", "error", back)
		}
	}
	return payload, err
}

// solve tries the captcha that came along, unless it is too early for it.
func (g *guess) solve(ctx context.Context, s *ent.Store, in SignInInput) error {
	if !g.captcha {
		return nil
	}
	early, err := g.delayed(ctx, s)
	if err != nil || early {
		return err
	}
	g.solved, err = solve(ctx, s, *in.CaptchaID, *in.CaptchaAnswer, captchaForSignIn)
	return err
}

// enter opens the session of who gave the right password.
func (g *guess) enter(tx *command.Tx) (*SignInPayload, error) {
	// A password that was reset since it was compared opens nothing.
	row, err := tx.Person.Query().Where(person.ID(g.found.ID), person.PasswordHash(g.found.PasswordHash)).Only(tx)
	if db.IsNotFound(err) {
		return nil, command.CommitRefusal(SignInFailed)
	}
	if err != nil {
		return nil, err
	}
	if serves, err := firstUse(tx.Tx, row); err != nil {
		return nil, err
	} else if !serves { // a failure like any other, or it would clear the count of others
		return nil, command.CommitRefusal(FirstPasswordEnded)
	}
	if err := g.right(tx.Tx); err != nil {
		return nil, err
	}
	tx = proved(tx, row.ID)
	session, err := Begin(tx.Tx, row.ID)
	if err != nil {
		return nil, err
	}
	return &SignInPayload{Session: session}, nil
}

// firstUse reports whether a right password serves. One that was drawn for the
// person serves one sign-in within a day; it is such a one for as long as it
// wasn't changed, in whatever way.
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
