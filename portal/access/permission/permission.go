// Package permission decides what a person may do and who may do something, as
// commands decide it (1.5), and tells those who may decide about what waits.
package permission

import (
	"context"
	"slices"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/grant"
	"portico/ent/db/role"
	"portico/ent/statement"
	"portico/portal/access/staff"
	"portico/portal/kernel/command"
)

// Decision is whether a person may do something with an object now.
type Decision struct {
	Allowed bool
	// Grants are those that give the permission and can be used now.
	Grants []*db.Grant
	// Refusal is why it is not allowed; nil if it is.
	Refusal *clause.Refusal
}

// Unknown is the decision about an object that doesn't exist, or that the person
// may not see.
func Unknown() *Decision {
	r := clause.NotFound
	return &Decision{Grants: []*db.Grant{}, Refusal: &r}
}

// Can decides whether the context's principal may do something with an object that
// it may see, as a command does. A permission that nobody may hold is refused by 1.4.
func Can(ctx context.Context, s *ent.Store, n db.Node, do authz.Permission) (*Decision, error) {
	o, p, now, wall := command.ObjectOf(n), authz.From(ctx), s.Now(), s.Wall()
	if o.AccountID == "" {
		return Unknown(), nil
	}
	ctx = authz.Narrow(ctx, o.AccountID)
	var err error
	if do.NonTransferable() {
		err = staff.NotTransferable.With("permissions", do.Enum())
	} else {
		err = command.May(ctx, s.Read(), do, o, now, wall)
	}
	if err != nil {
		refused := command.Shown(ctx, o, now, command.Refusals(err))
		if len(refused) == 0 {
			return nil, err
		}
		return &Decision{Grants: []*db.Grant{}, Refusal: &refused[0]}, nil
	}
	grants, err := rows(ctx, s.Read(), p.Usable(do, o, now, wall))
	return &Decision{Allowed: true, Grants: grants}, err
}

// rows returns the rows of grants, oldest first.
func rows(ctx context.Context, c *db.Client, usable []authz.Grant) ([]*db.Grant, error) {
	if len(usable) == 0 {
		return []*db.Grant{}, nil
	}
	ids := make([]string, len(usable))
	for i, g := range usable {
		ids[i] = g.ID
	}
	return c.Grant.Query().Where(grant.IDIn(ids...)).Order(db.Asc(grant.FieldID)).All(ctx)
}

// Holders returns what finds the employees who may do something with an object:
// they hold the permission, and no restriction of the account forbids it.
func Holders(ctx context.Context, s *ent.Store, o authz.Object, do authz.Permission) (statement.RoleHolders, error) {
	h, err := holders(ctx, s.Read(), o, do)
	if err != nil {
		return h, err
	}
	h.Now = s.Now()
	if err := command.Denied(ctx, s.Read(), do, o, h.Now); len(command.Refusals(err)) > 0 {
		h.Roles = nil
	} else if err != nil {
		return h, err
	}
	return h, nil
}

// holders finds the roles that give a permission on an object: built-in ones, and
// those of its account.
func holders(ctx context.Context, c *db.Client, o authz.Object, do authz.Permission) (statement.RoleHolders, error) {
	h := statement.RoleHolders{AccountID: o.AccountID, ApplicationID: o.ApplicationID}
	roles, err := c.Role.Query().Where(role.AccountIDIn("", o.AccountID)).Order(db.Asc(role.FieldID)).All(ctx)
	for _, of := range roles {
		if slices.Contains(staff.Permissions(of), do) {
			h.Roles = append(h.Roles, of.ID)
		}
	}
	return h, err
}
