package graph

import (
	"context"

	"portico/ent/db"
	"portico/ent/db/invitation"
	"portico/graph/page"
)

// invitations is the list of an account's invitations, newest first.
var invitations = page.List[db.Invitation]{Name: "invitations", Column: invitation.FieldCreatedAt, Descending: true,
	Key: func(i *db.Invitation) (any, string) { return i.CreatedAt, i.ID }}

// invitedTo are the roles that an invitation gives; one that was deleted since is
// left out.
func (r *Resolver) invitedTo(ctx context.Context, obj *db.Invitation) ([]*db.Role, error) {
	rows, err := forAll(ctx, obj, "roles", func(parents []*db.Invitation) (map[string]db.Node, error) {
		var wanted []string
		for _, i := range parents {
			wanted = append(wanted, i.RoleIds...)
		}
		return r.nodes(ctx, wanted)
	})
	if err != nil {
		return nil, err
	}
	roles := []*db.Role{}
	for _, id := range obj.RoleIds {
		if row, ok := rows[id].(*db.Role); ok {
			roles = append(roles, row)
		}
	}
	return roles, nil
}
