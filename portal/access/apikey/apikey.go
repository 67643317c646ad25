// Package apikey owns the API keys of an account: credentials of a customer's own
// programs, each of an employee (1.4, 1.5).
package apikey

import (
	"encoding/json"
	"slices"
	"time"

	"portico/authz"
	"portico/ent/db"
	dbapikey "portico/ent/db/apikey"
	"portico/ent/db/employee"
	"portico/ent/db/predicate"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// StatusOf returns the status of a key at an instant of wall time, from the key and the
// employee that it belongs to.
func StatusOf(k *db.ApiKey, owner *db.Employee, wall time.Time) Status {
	switch {
	case k.RevokedAt != nil:
		return Revoked
	case !wall.Before(k.ExpiresAt):
		return Expired
	case owner == nil || owner.Status != employee.StatusACTIVE:
		return Suspended
	case k.SecretHash == nil:
		return NeedsRotation
	}
	return Active
}

// PreviousUntil returns until when the secret before is valid beside the present one;
// nil if it isn't.
func PreviousUntil(k *db.ApiKey, wall time.Time) *time.Time {
	if k.PreviousUntil == nil || !wall.Before(*k.PreviousUntil) || ended(k, wall) {
		return nil
	}
	return k.PreviousUntil
}

// PermissionsOf returns the permissions that a key may use, in the order of their values.
func PermissionsOf(k *db.ApiKey) ([]authz.Permission, error) {
	set, err := authz.Law().Custom(k.Permissions)
	return set.List(), err
}

// named returns permissions as a key keeps them.
func named(set authz.Set) (string, error) {
	var names []string
	for _, p := range set.List() {
		names = append(names, p.String())
	}
	b, err := json.Marshal(names)
	return string(b), err
}

// live is the condition that a key has neither expired nor been revoked.
func live(wall time.Time) predicate.ApiKey {
	return dbapikey.And(dbapikey.RevokedAtIsNil(), dbapikey.ExpiresAtGT(wall))
}

func ended(k *db.ApiKey, wall time.Time) bool { return k.RevokedAt != nil || !wall.Before(k.ExpiresAt) }

// actor returns the employee as which the principal acts on an account. Only a person
// has one: the refusal is FORBIDDEN.
func actor(tx *command.Tx, accountID string, perm authz.Permission) (string, error) {
	p := tx.Principal()
	at := slices.IndexFunc(p.Grants, func(g authz.Grant) bool { return g.AccountID == accountID })
	if p.Kind != authz.Person || at < 0 {
		return "", authz.Forbid(p, perm)
	}
	return p.Grants[at].EmployeeID, nil
}

// tell sends the owner of a key, who acts, a mail about the key.
func tell(tx *command.Tx, what outbox.KeyChange) error {
	return identity.Tell(tx.Tx, tx.Principal().ID, func(to, personID string, at time.Time) outbox.Message {
		return outbox.KeyMail(to, personID, what, at)
	})
}
