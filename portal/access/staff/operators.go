package staff

import (
	"context"
	"slices"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db/operator"
	"portico/portal/access/identity"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
)

// OperatorRoles are the roles of the provider's operators.
var OperatorRoles = []string{"support", "operator-finance", "catalogue", "compliance", "platform"}

// Appoint makes a person an operator with roles, or changes its roles. For
// command lines and the sandbox's seed; the refusal is INVALID_INPUT.
func Appoint(tx *ent.Tx, personID string, roles []string) error {
	for _, r := range roles {
		if !slices.Contains(OperatorRoles, r) {
			return clause.Invalid.At("roles").With("detail", r)
		}
	}
	n, err := tx.Operator.Update().Where(operator.PersonID(personID)).SetRoles(roles).SetActive(true).Save(tx)
	if err != nil || n > 0 {
		return err
	}
	err = tx.Operator.Create().SetPersonID(personID).SetRoles(roles).SetActive(true).SetCreatedAt(tx.Wall).Exec(tx)
	if ent.IsDuplicate(err) {
		return ent.ErrStale
	}
	return err
}

// EnrolOperator creates a person with a password and makes it an operator. For
// command lines and the sandbox's seed; n's address and number must be in
// normal form. Refusals: INVALID_INPUT, PASSWORD_WEAK, PHONE_REGISTERED.
func EnrolOperator(ctx context.Context, s *ent.Store, n identity.Newcomer, password string, roles []string) error {
	hash, err := identity.HashNewPassword(password, "password")
	if err != nil {
		return err
	}
	n.PasswordHash = hash
	_, err = command.Do(ctx, s, command.Command{Name: "addOperator", Permission: authz.OverrideSet, Global: true, Secret: true}, func(tx *command.Tx) (bool, error) {
		p, err := identity.Enrol(tx.Tx, n)
		if err != nil {
			return false, err
		}
		tx.AuditObject("", p.ID)
		tx.AuditDetail("roles", roles)
		return true, Appoint(tx.Tx, p.ID, roles)
	})
	return err
}

// AddOperator is [EnrolOperator] with a generated password, which is returned
// to be shown once. It is valid for one sign-in within 24 hours; the next
// password is set by a code to the number (1.4). Refusals: PHONE_INVALID,
// EMAIL_INVALID, INVALID_INPUT, PHONE_REGISTERED.
func AddOperator(ctx context.Context, s *ent.Store, name, phone, email string, roles []string) (password string, err error) {
	n := identity.Newcomer{Name: name, Drawn: true}
	var ok bool
	if n.Phone, ok = address.NormalPhone(phone); !ok {
		return "", address.PhoneInvalid
	}
	if n.Email, ok = address.NormalEmail(email); !ok {
		return "", address.EmailInvalid
	}
	password = identity.NewToken("")[:24]
	return password, EnrolOperator(ctx, s, n, password, roles)
}

// ServiceRoles are the roles that a program of the provider can have.
var ServiceRoles = []string{"data-plane"}

// CreateKey creates a service credential of the provider and returns its
// secret, which is shown once. For command lines (`portico key create`).
func CreateKey(ctx context.Context, s *ent.Store, name, role string) (secret string, err error) {
	return command.Do(ctx, s, command.Command{Name: "createServiceKey", Permission: authz.OverrideSet, Global: true, Secret: true}, func(tx *command.Tx) (string, error) {
		if !slices.Contains(ServiceRoles, role) {
			return "", clause.Invalid.At("role").With("detail", role)
		}
		token := identity.NewToken(identity.KeyPrefix)
		row, err := tx.ServiceKey.Create().SetName(name).SetRole(role).SetSecretHash(ent.Hash(token)).SetCreatedAt(tx.Wall).Save(tx)
		if err != nil {
			return "", err
		}
		tx.AuditObject("", row.ID)
		return token, nil
	})
}
