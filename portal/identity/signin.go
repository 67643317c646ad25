package identity

import (
	"context"
	"strings"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/attempt"
	"portico/ent/db/captcha"
	"portico/ent/db/person"
	"portico/portal/act"
)

// freeFailures is how often a login may fail in a row before a captcha is
// asked for.
const freeFailures = 3

// login is what a sign-in looks for; unknown and malformed ones cost the same.
type login struct{ subject, index string }

func (l login) find(ctx context.Context, c *db.PersonClient, byMail bool) (*db.Person, error) {
	where := person.PhoneIndex(l.index)
	if byMail {
		where = person.VerifiedEmailIndex(l.index)
	}
	row, err := c.Query().Where(where).Only(ctx)
	if db.IsNotFound(err) {
		return nil, nil
	}
	return row, err
}

func readLogin(s *ent.Store, text string) (l login, byMail bool) {
	byMail = strings.Contains(text, "@")
	normal, ok := NormalPhone(text)
	column := phoneColumn
	if byMail {
		normal, ok = NormalEmail(text)
		column = emailColumn
	}
	if !ok {
		normal = "?" + fold(text)
	}
	return login{subject: normal, index: s.Index(column, normal)}, byMail
}

// proved lets the person that a secret proves act in the transaction, in the
// audit too (1.2).
func proved(tx *ent.Tx, personID string) *ent.Tx {
	p := tx.Principal()
	tx = tx.As(&authz.Principal{Kind: authz.Person, ID: personID, Address: p.Address, Agent: p.Agent, Correlation: p.Correlation})
	tx.On("", personID)
	return tx
}

// SignIn opens a session by phone or verified e-mail address and password. For
// everyone. After three failures of a login, whether or not it exists, a
// captcha is needed. Refusals: SIGN_IN_FAILED, CAPTCHA_REQUIRED, CAPTCHA_WRONG.
func SignIn(ctx context.Context, s *ent.Store, in SignInInput) (*SignInPayload, error) {
	l, byMail := readLogin(s, in.Login)
	// The hash is compared before the transaction, which must be short; not at
	// all where the attempt is going to be refused anyway.
	waits, err := s.Read().Attempt.Query().Where(attempt.Subject(s.Index("attempt.login", l.subject)), attempt.FailuresGTE(freeFailures)).Exist(ctx)
	if err != nil {
		return nil, err
	}
	var found *db.Person
	var right bool
	if !waits || in.CaptchaID != nil {
		if found, err = l.find(ctx, s.Read().Person, byMail); err != nil {
			return nil, err
		}
		hash := ""
		if found != nil {
			hash = found.PasswordHash
		}
		if right, err = matches(in.Password, hash); err != nil {
			return nil, err
		}
	}
	return act.Do(ctx, s, act.Command{Name: "signIn", Secret: true}, func(tx *ent.Tx) (*SignInPayload, error) {
		counter, err := turn(tx, "login", l.subject)
		if err != nil {
			return nil, err
		}
		if counter.Failures >= freeFailures {
			if in.CaptchaID == nil || in.CaptchaAnswer == nil {
				return nil, CaptchaRequired.At("captchaId")
			}
			if err := solve(tx, *in.CaptchaID, *in.CaptchaAnswer, captcha.PurposeSIGN_IN, "captchaAnswer"); err != nil {
				return nil, err
			}
		}
		if right { // a password that was reset since it was compared opens nothing
			right, err = tx.Person.Query().Where(person.ID(found.ID), person.PasswordHash(found.PasswordHash)).Exist(tx)
			if err != nil {
				return nil, err
			}
		}
		if !right {
			if err := tx.Attempt.UpdateOneID(counter.ID).AddFailures(1).Exec(tx); err != nil {
				return nil, err
			}
			return nil, act.Keep(SignInFailed)
		}
		if err := tx.Attempt.UpdateOneID(counter.ID).SetFailures(0).Exec(tx); err != nil {
			return nil, err
		}
		tx = proved(tx, found.ID)
		session, err := Begin(tx, found.ID)
		if err != nil {
			return nil, err
		}
		return &SignInPayload{Session: session}, nil
	})
}
