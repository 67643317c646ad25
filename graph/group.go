package graph

import (
	"context"
	"slices"

	entsql "entgo.io/ent/dialect/sql"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/grant"
	"portico/ent/db/group"
	"portico/ent/db/membership"
	"portico/ent/db/roleversion"
	"portico/ent/statement"
	"portico/graph/batch"
	"portico/graph/page"
	"portico/text"
)

// groups is the list of the groups of an account, in the order in which they were
// created.
var groups = page.AccountList[*db.GroupQuery, db.Group]{
	List:    page.List[db.Group]{Name: "groups", Column: group.FieldCreatedAt, Key: func(g *db.Group) (any, string) { return g.CreatedAt, g.ID }},
	Table:   group.Table,
	Account: func(g *db.Group) string { return g.AccountID },
	Query:   func(c *db.Client) *db.GroupQuery { return c.Group.Query() },
}

// members is the list of the memberships of a group, in the order in which the members
// were added.
var members = page.AccountList[*db.MembershipQuery, db.Membership]{
	List:    page.List[db.Membership]{Name: "members", Column: membership.FieldAddedAt, Key: func(m *db.Membership) (any, string) { return m.AddedAt, m.ID }},
	Table:   membership.Table,
	Under:   membership.FieldHolderID,
	Account: func(m *db.Membership) string { return m.HolderID },
	Query:   func(c *db.Client) *db.MembershipQuery { return c.Membership.Query() },
}

// groupsBy returns the ids of the groups of employees, by employee.
func (r *Resolver) groupsBy(ctx context.Context, employees []string) (map[string][]string, error) {
	rows, err := r.read().Membership.Query().Where(membership.EmployeeIDIn(employees...)).
		Order(db.Asc(membership.FieldHolderID)).All(ctx)
	if err != nil {
		return nil, err
	}
	m := map[string][]string{}
	for _, row := range rows {
		if row.HolderID != row.EmployeeID {
			m[row.EmployeeID] = append(m[row.EmployeeID], row.HolderID)
		}
	}
	return m, nil
}

// groupsOf returns the groups of an employee, oldest first.
func (r *Resolver) groupsOf(ctx context.Context, obj *db.Employee) ([]*db.Group, error) {
	byEmployee, err := batch.Load(ctx, obj, "groups", func(parents []*db.Employee) (map[string][]*db.Group, error) {
		ids, err := r.groupsBy(ctx, batch.IDs(parents))
		if err != nil {
			return nil, err
		}
		var wanted []string
		for _, of := range ids {
			wanted = append(wanted, of...)
		}
		rows, err := r.nodes(ctx, wanted)
		if err != nil {
			return nil, err
		}
		m := map[string][]*db.Group{}
		for employee, of := range ids {
			for _, id := range of {
				if g, ok := rows[id].(*db.Group); ok {
					m[employee] = append(m[employee], g)
				}
			}
		}
		return m, nil
	})
	if err != nil || byEmployee[obj.ID] == nil {
		return []*db.Group{}, err
	}
	return byEmployee[obj.ID], nil
}

// grantsOfGroup returns all grants of a group, oldest first.
func (r *Resolver) grantsOfGroup(ctx context.Context, obj *db.Group) ([]*db.Grant, error) {
	return batch.Children(ctx, obj, "grants", func(ids []string) ([]*db.Grant, error) {
		return r.read().Grant.Query().Where(grant.EmployeeIDIn(ids...)).Order(db.Asc(grant.FieldID)).All(ctx)
	}, func(g *db.Grant) string { return g.EmployeeID })
}

// groupOf returns the group that holds a grant; nil if an employee holds it.
func (r *Resolver) groupOf(ctx context.Context, obj *db.Grant) (*db.Group, error) {
	return reference[*db.Group](ctx, r, obj, "group", func(g *db.Grant) string {
		if ent.TypeOf(g.EmployeeID) != "Group" {
			return ""
		}
		return g.EmployeeID
	})
}

// employeeOf returns the employee who holds a grant; nil if a group does.
func (r *Resolver) employeeOf(ctx context.Context, obj *db.Grant) (*db.Employee, error) {
	return reference[*db.Employee](ctx, r, obj, "employee", func(g *db.Grant) string {
		if ent.TypeOf(g.EmployeeID) != "Employee" {
			return ""
		}
		return g.EmployeeID
	})
}

// membersOf reads a page of the members of a group. For several groups that were read
// together it reads the first page of all of them.
func (r *Resolver) membersOf(ctx context.Context, obj *db.Group, args page.Args) (*page.Connection[db.Employee], error) {
	read := func(parents []*db.Group) (map[string]*page.Connection[db.Employee], error) {
		owners := make([]statement.Owner, len(parents))
		for i, g := range parents {
			owners[i] = statement.Owner{ID: g.ID, AccountID: g.AccountID}
		}
		pages, err := page.ReadEach(ctx, r.store(), members, owners, args)
		if err != nil {
			return nil, err
		}
		var ids []string
		for _, c := range pages {
			for _, m := range c.Nodes {
				ids = append(ids, m.EmployeeID)
			}
		}
		rows, err := r.nodes(ctx, slices.Compact(slices.Sorted(slices.Values(ids))))
		if err != nil {
			return nil, err
		}
		of := make(map[string]*page.Connection[db.Employee], len(pages))
		for id, c := range pages {
			of[id] = page.Map(c, func(m *db.Membership) *db.Employee {
				e, _ := rows[m.EmployeeID].(*db.Employee)
				return e
			})
		}
		return of, nil
	}
	if args.After != nil || args.Before != nil { // a cursor belongs to one group's list
		pages, err := read([]*db.Group{obj})
		return pages[obj.ID], err
	}
	pages, err := batch.Load(ctx, obj, "members "+sizeName(args.First)+" "+sizeName(args.Last), read)
	return pages[obj.ID], err
}

// holdersOf returns how many employees and groups hold a custom role now; nil for a
// built-in one.
func (r *Resolver) holdersOf(ctx context.Context, obj *db.Role) (*int, error) {
	if obj.BuiltIn {
		return nil, nil
	}
	counts, err := batch.Load(ctx, obj, "holders", func(parents []*db.Role) (map[string]int, error) {
		now := r.store().Now()
		byAccount := map[string][]string{}
		for _, of := range parents {
			if !of.BuiltIn {
				byAccount[of.AccountID] = append(byAccount[of.AccountID], of.ID)
			}
		}
		m := map[string]int{}
		for account, ids := range byAccount {
			var rows []struct {
				RoleID  string `json:"role_id"`
				Holders int    `json:"holders"`
			}
			err := r.read().Grant.Query().Where(grant.AccountID(account), grant.RoleIDIn(ids...),
				grant.Or(grant.ExpiresAtIsNil(), grant.ExpiresAtGT(now))).
				GroupBy(grant.FieldRoleID).Aggregate(distinctHolders).Scan(ctx, &rows)
			if err != nil {
				return nil, err
			}
			for _, row := range rows {
				m[row.RoleID] = row.Holders
			}
		}
		return m, nil
	})
	n := counts[obj.ID]
	return &n, err
}

// distinctHolders counts the holders of grants, each once.
func distinctHolders(s *entsql.Selector) string {
	return entsql.As(entsql.Count(entsql.Distinct(s.C(grant.FieldEmployeeID))), "holders")
}

// versionsOf returns the latest versions of a custom role, the present one first.
func (r *Resolver) versionsOf(ctx context.Context, obj *db.Role) ([]*db.RoleVersion, error) {
	if obj.BuiltIn {
		return []*db.RoleVersion{}, nil
	}
	return batch.Children(ctx, obj, "versions", func(ids []string) ([]*db.RoleVersion, error) {
		return r.read().RoleVersion.Query().Where(roleversion.RoleIDIn(ids...)).Order(db.Desc(roleversion.FieldVersion)).All(ctx)
	}, func(v *db.RoleVersion) string { return v.RoleID })
}

// savedBy returns the employee who saved a version of a role; nil if the portal did.
func (r *Resolver) savedBy(ctx context.Context, obj *db.RoleVersion) (*db.Employee, error) {
	return reference[*db.Employee](ctx, r, obj, "savedBy", func(v *db.RoleVersion) string { return text.Value(v.SavedBy) })
}
