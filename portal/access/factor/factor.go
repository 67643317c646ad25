// Package factor owns the second factors of persons: time-based codes, passkeys
// and the recovery codes beside them, and how they are proved (1.4).
package factor

import (
	"context"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/predicate"
	"portico/ent/db/recoverycode"
	"portico/ent/db/secondfactor"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// changed is the reason for which the other sessions end when a person's second
// factors change.
const changed = "SECOND_FACTOR_CHANGED"

// confirmed is the condition that a second factor is a person's and counts.
func confirmed(personID string) predicate.SecondFactor {
	return secondfactor.And(secondfactor.PersonID(personID), secondfactor.ConfirmedAtNotNil())
}

// List returns the confirmed second factors of a person, oldest first, at most
// ten.
func List(ctx context.Context, c *db.Client, personID string) ([]*db.SecondFactor, error) {
	return c.SecondFactor.Query().Where(confirmed(personID)).Order(db.Asc(secondfactor.FieldConfirmedAt, secondfactor.FieldID)).All(ctx)
}

// RecoveryCodesLeft returns how many recovery codes of a person are unused.
func RecoveryCodesLeft(ctx context.Context, c *db.Client, personID string) (int, error) {
	return c.RecoveryCode.Query().Where(recoverycode.PersonID(personID), recoverycode.UsedAtIsNil()).Count(ctx)
}

// person returns the signed-in person that a command is about. The refusal is
// FORBIDDEN for a program.
func person(tx *command.Tx) (*authz.Principal, error) {
	p := tx.Principal()
	if p.Kind != authz.Person {
		return nil, clause.OnlySelf
	}
	tx.AuditObject("", p.ID)
	return p, nil
}

// settle ends the other sessions of a person whose second factors changed, and
// sends it a mail about the change.
func settle(tx *command.Tx, p *authz.Principal, what outbox.FactorChange) error {
	if err := identity.EndOtherSessions(tx.Tx, p.ID, p.SessionID, changed); err != nil {
		return err
	}
	return mail(tx.Tx, p.ID, what)
}

// mail sends a person a mail about its second factors, if its address is
// verified.
func mail(tx *ent.Tx, personID string, what outbox.FactorChange) error {
	return identity.Mail(tx, personID, func(to, personID string, _ time.Time) outbox.Message { return outbox.FactorMail(to, personID, what) })
}
