package staff

import (
	"context"
	"slices"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/operator"
	"portico/ent/db/person"
	"portico/ent/db/servicekey"
	"portico/portal/access/identity"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
)

// ServiceKey is a service credential as a command line lists it; its secret
// isn't stored.
type ServiceKey struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Service   string     `json:"service"`
	CreatedAt time.Time  `json:"createdAt"`
	RevokedAt *time.Time `json:"revokedAt,omitempty"`
}

// ServiceKeys lists the service credentials, oldest first, revoked ones included.
// For command lines (`portico key list`).
func ServiceKeys(ctx context.Context, s *ent.Store) ([]ServiceKey, error) {
	rows, err := s.Read().ServiceKey.Query().Order(db.Asc(servicekey.FieldID)).All(ctx)
	if err != nil {
		return nil, err
	}
	keys := make([]ServiceKey, len(rows))
	for i, row := range rows {
		keys[i] = ServiceKey{row.ID, row.Name, row.Role, row.CreatedAt, row.RevokedAt}
	}
	return keys, nil
}

// RevokeKey ends a service credential at once; revoking it again changes
// nothing. For command lines (`portico key revoke`). The refusal is NOT_FOUND.
func RevokeKey(ctx context.Context, s *ent.Store, id string) error {
	_, err := command.Do(ctx, s, command.Command{Name: "revokeServiceKey", Permission: authz.OverrideSet, Global: true}, func(tx *command.Tx) (bool, error) {
		found, err := tx.ServiceKey.Query().Where(servicekey.ID(id)).Exist(tx)
		if err != nil {
			return false, err
		}
		if !found {
			return false, clause.NotFound.At("id")
		}
		tx.AuditObject("", id)
		return true, tx.ServiceKey.Update().Where(servicekey.ID(id), servicekey.RevokedAtIsNil()).SetRevokedAt(tx.Wall).Exec(tx)
	})
	return err
}

// Operator is an operator as a command line lists it.
type Operator struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Phone  string   `json:"phone"`
	Roles  []string `json:"roles"`
	Active bool     `json:"active"`
}

// Operators lists the operators, including former ones. For command lines
// (`portico operator list`).
func Operators(ctx context.Context, s *ent.Store) ([]Operator, error) {
	rows, err := s.Read().Operator.Query().Order(db.Asc(operator.FieldID)).All(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.PersonID
	}
	persons, err := s.Read().Person.Query().Where(person.IDIn(ids...)).All(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]Operator, len(rows))
	for i, row := range rows {
		all[i] = Operator{ID: row.ID, Roles: row.Roles, Active: row.Active}
		at := slices.IndexFunc(persons, func(p *db.Person) bool { return p.ID == row.PersonID })
		if at < 0 {
			continue
		}
		all[i].Name = persons[at].Name
		if all[i].Phone, err = address.Phone(s, persons[at]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// DeactivateOperator removes an operator's roles at once and ends its sessions.
// The person keeps its login, and its employment on accounts. `portico operator
// add` adds a replacement. For command lines (`portico operator deactivate`).
// Refusals: PHONE_INVALID, NOT_FOUND.
func DeactivateOperator(ctx context.Context, s *ent.Store, phone string) error {
	normal, ok := address.NormalPhone(phone)
	if !ok {
		return address.PhoneInvalid
	}
	_, err := command.Do(ctx, s, command.Command{Name: "deactivateOperator", Permission: authz.OverrideSet, Global: true}, func(tx *command.Tx) (bool, error) {
		id, err := tx.Person.Query().Where(person.PhoneIndex(address.Address{Value: normal}.Index(tx.Store()))).OnlyID(tx)
		if db.IsNotFound(err) {
			return false, clause.NotFound.At("phone")
		}
		if err != nil {
			return false, err
		}
		n, err := tx.Operator.Update().Where(operator.PersonID(id)).SetActive(false).Save(tx)
		if err != nil {
			return false, err
		}
		if n == 0 {
			return false, clause.NotFound.At("phone")
		}
		tx.AuditObject("", id)
		return true, identity.RevokeAll(tx.Tx, id, "OFFBOARDED")
	})
	return err
}
