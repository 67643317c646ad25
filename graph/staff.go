package graph

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"portico/authz"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/ent/db/invitation"
	"portico/ent/db/ownership"
	"portico/ent/db/ownershipoffer"
	"portico/ent/db/predicate"
	"portico/ent/db/role"
	"portico/ent/statement"
	"portico/graph/batch"
	"portico/graph/page"
	"portico/money"
	"portico/portal/access/staff"
	"portico/portal/kernel/address"
	"portico/portal/kernel/param"
)

// employees is the list of the employees of an account, in the order in which they joined.
var employees = page.AccountList[*db.EmployeeQuery, db.Employee]{
	List:    page.List[db.Employee]{Name: "employees", Column: employee.FieldJoinedAt, Key: func(e *db.Employee) (any, string) { return e.JoinedAt, e.ID }},
	Table:   employee.Table,
	Account: func(e *db.Employee) string { return e.AccountID },
	Query:   func(c *db.Client) *db.EmployeeQuery { return c.Employee.Query() },
}

// invitations is the list of the invitations of an account, newest first.
var invitations = page.AccountList[*db.InvitationQuery, db.Invitation]{
	List:    page.List[db.Invitation]{Name: "invitations", Column: invitation.FieldCreatedAt, Descending: true, Key: func(i *db.Invitation) (any, string) { return i.CreatedAt, i.ID }},
	Table:   invitation.Table,
	Account: func(i *db.Invitation) string { return i.AccountID },
	Query:   func(c *db.Client) *db.InvitationQuery { return c.Invitation.Query() },
}

// unusedGrants is the list of the grants on an account that weren't used, the longest
// unused first. Its condition leaves out those whose use isn't watched.
var unusedGrants = page.AccountList[*db.GrantQuery, db.Grant]{
	List:    page.List[db.Grant]{Name: "accessReview", Column: grant.FieldIdleSince, Key: func(g *db.Grant) (any, string) { return *g.IdleSince, g.ID }},
	Table:   grant.Table,
	Account: func(g *db.Grant) string { return g.AccountID },
	Query:   func(c *db.Client) *db.GrantQuery { return c.Grant.Query() },
}

// owner returns the one owner of an account.
func (r *Resolver) owner(ctx context.Context, obj *db.Account) (*db.Employee, error) {
	found, err := batch.Load(ctx, obj, "owner", func(parents []*db.Account) (map[string]*db.Employee, error) {
		rows, err := r.read().Ownership.Query().Where(ownership.OpenKeyIn(batch.IDs(parents)...)).All(ctx)
		if err != nil {
			return nil, err
		}
		return joined[*db.Employee](ctx, r, rows, func(o *db.Ownership) (string, string) { return o.AccountID, o.EmployeeID })
	})
	return found[obj.ID], err
}

// ownershipOfferOf returns the offer of an account's ownership that waits and that the
// reader may see; nil if there is none.
func (r *Resolver) ownershipOfferOf(ctx context.Context, obj *db.Account) (*db.OwnershipOffer, error) {
	found, err := batch.Load(ctx, obj, "ownershipOffer", func(parents []*db.Account) (map[string]*db.OwnershipOffer, error) {
		now := r.store().Now()
		rows, err := r.read().OwnershipOffer.Query().Where(ownershipoffer.OpenKeyIn(batch.IDs(parents)...), ownershipoffer.ExpiresAtGT(now)).All(ctx)
		m := make(map[string]*db.OwnershipOffer, len(rows))
		for _, row := range batch.Together(ctx, rows) {
			if staff.OfferVisible(authz.From(ctx), row, now) {
				m[row.AccountID] = row
			}
		}
		return m, err
	})
	return found[obj.ID], err
}

// givable returns the roles that can be granted on an account: the built-in ones except
// the owner's (1.4), then the account's own.
func (r *Resolver) givable(ctx context.Context, obj *db.Account) ([]*db.Role, error) {
	byAccount, err := batch.Load(ctx, obj, "roles", func(parents []*db.Account) (map[string][]*db.Role, error) {
		rows, err := r.read().Role.Query().Where(role.AccountIDIn(append([]string{""}, batch.IDs(parents)...)...), role.IDNEQ(staff.RoleID(staff.Owner))).
			Order(db.Asc(role.FieldAccountID, role.FieldID)).All(ctx)
		m := map[string][]*db.Role{}
		for _, row := range rows {
			m[row.AccountID] = append(m[row.AccountID], row)
		}
		return m, err
	})
	if err != nil {
		return nil, err
	}
	return append(append([]*db.Role{}, byAccount[""]...), byAccount[obj.ID]...), nil
}

// rolesOf returns the roles that an employee holds now, without those of which every
// grant has expired.
func (r *Resolver) rolesOf(ctx context.Context, obj *db.Employee) ([]*db.Role, error) {
	byEmployee, err := batch.Load(ctx, obj, "roles", func(parents []*db.Employee) (map[string][]*db.Role, error) {
		grants, err := r.heldBy(ctx, batch.IDs(parents), grant.Or(grant.ExpiresAtIsNil(), grant.ExpiresAtGT(r.store().Now())))
		if err != nil {
			return nil, err
		}
		var wanted []string
		for _, held := range grants {
			for _, g := range held {
				wanted = append(wanted, g.RoleID)
			}
		}
		roles, err := r.nodes(ctx, wanted)
		if err != nil {
			return nil, err
		}
		m, seen := map[string][]*db.Role{}, map[[2]string]bool{}
		for employee, held := range grants {
			for _, g := range held {
				key := [2]string{employee, g.RoleID}
				if row, ok := roles[g.RoleID].(*db.Role); ok && !seen[key] {
					seen[key] = true
					m[employee] = append(m[employee], row)
				}
			}
		}
		return m, nil
	})
	if err != nil || byEmployee[obj.ID] == nil {
		return []*db.Role{}, err
	}
	return byEmployee[obj.ID], nil
}

// heldBy returns the grants that employees hold, their own and those of their groups,
// by employee, oldest first.
func (r *Resolver) heldBy(ctx context.Context, employees []string, where ...predicate.Grant) (map[string][]*db.Grant, error) {
	groups, err := r.groupsBy(ctx, employees)
	if err != nil {
		return nil, err
	}
	holders := slices.Clone(employees)
	for _, of := range groups {
		holders = append(holders, of...)
	}
	rows, err := r.read().Grant.Query().Where(append(where, grant.EmployeeIDIn(slices.Compact(slices.Sorted(slices.Values(holders)))...))...).
		Order(db.Asc(grant.FieldID)).All(ctx)
	if err != nil {
		return nil, err
	}
	byHolder := map[string][]*db.Grant{}
	for _, g := range rows {
		byHolder[g.EmployeeID] = append(byHolder[g.EmployeeID], g)
	}
	held := make(map[string][]*db.Grant, len(employees))
	for _, employee := range employees {
		held[employee] = slices.Clone(byHolder[employee])
		for _, group := range groups[employee] {
			held[employee] = append(held[employee], byHolder[group]...)
		}
		slices.SortFunc(held[employee], func(a, b *db.Grant) int { return strings.Compare(a.ID, b.ID) })
	}
	batch.Together(ctx, rows)
	return held, nil
}

// invitedTo returns the roles that an invitation grants, without those that have been
// deleted since.
func (r *Resolver) invitedTo(ctx context.Context, obj *db.Invitation) ([]*db.Role, error) {
	rows, err := batch.Load(ctx, obj, "roles", func(parents []*db.Invitation) (map[string]db.Node, error) {
		var wanted []string
		for _, i := range parents {
			wanted = append(wanted, staff.InvitedRoles(i)...)
		}
		return r.nodes(ctx, wanted)
	})
	if err != nil {
		return nil, err
	}
	roles := []*db.Role{}
	for _, id := range staff.InvitedRoles(obj) {
		if row, ok := rows[id].(*db.Role); ok {
			roles = append(roles, row)
		}
	}
	return roles, nil
}

// invitedGrants returns the grants that an invitation gives; nil if it was sent before
// grants were kept.
func (r *Resolver) invitedGrants(ctx context.Context, obj *db.Invitation) ([]*db.Grant, error) {
	given, err := batch.Load(ctx, obj, "grants", func(parents []*db.Invitation) (map[string][]*db.Grant, error) {
		m := map[string][]*db.Grant{}
		var all []*db.Grant
		for _, i := range parents {
			if len(i.Grants) > 0 {
				m[i.ID] = staff.InvitedGrants(i)
				all = append(all, m[i.ID]...)
			}
		}
		batch.Together(ctx, all)
		return m, nil
	})
	return given[obj.ID], err
}

// grantsOf returns all grants of an employee, oldest first.
func (r *Resolver) grantsOf(ctx context.Context, obj *db.Employee) ([]*db.Grant, error) {
	held, err := batch.Load(ctx, obj, "grants", func(parents []*db.Employee) (map[string][]*db.Grant, error) {
		return r.heldBy(ctx, batch.IDs(parents))
	})
	if err != nil || held[obj.ID] == nil {
		return []*db.Grant{}, err
	}
	return held[obj.ID], nil
}

// applicationsOf returns the applications that a grant is limited to; nil if it covers
// the whole account.
func (r *Resolver) applicationsOf(ctx context.Context, obj *db.Grant) ([]*db.Application, error) {
	return limitedTo(ctx, r, obj, func(g *db.Grant) []string { return g.ApplicationIds })
}

// inItsCurrency returns an amount of a grant, in the currency of its account; nil if
// there is none.
func (r *Resolver) inItsCurrency(ctx context.Context, obj *db.Grant, minor *int64) (*money.Amount, error) {
	if minor == nil {
		return nil, nil
	}
	of, err := reference[*db.Account](ctx, r, obj, "account", func(g *db.Grant) string { return g.AccountID })
	if err != nil || of == nil {
		return nil, err
	}
	amount := money.New(*minor, money.Currency(of.Currency))
	return &amount, nil
}

// spentThisMonth returns what was spent under a grant in the present month, in the zone
// of its account's agreement; nil if it has no monthly limit.
func (r *Resolver) spentThisMonth(ctx context.Context, obj *db.Grant) (*money.Amount, error) {
	if obj.MonthlyLimit == nil {
		return nil, nil
	}
	spent, err := batch.Load(ctx, obj, "spentThisMonth", func(parents []*db.Grant) (map[string]int64, error) {
		byAccount := map[string][]string{}
		for _, g := range parents {
			if g.MonthlyLimit != nil {
				byAccount[g.AccountID] = append(byAccount[g.AccountID], g.ID)
			}
		}
		now := r.store().Now()
		agreements, err := param.OfEach(ctx, r.read().Override, slices.Collect(maps.Keys(byAccount)), now)
		if err != nil {
			return nil, err
		}
		all := map[string]int64{}
		for account, ids := range byAccount {
			spent, err := staff.Spent(ctx, r.read(), ids, staff.Month(agreements[account].Zone(), now))
			if err != nil {
				return nil, err
			}
			maps.Copy(all, spent)
		}
		return all, nil
	})
	if err != nil {
		return nil, err
	}
	minor := spent[obj.ID]
	return r.inItsCurrency(ctx, obj, &minor)
}

// grantedBy returns the employee who made a grant; nil if the portal made it.
func (r *Resolver) grantedBy(ctx context.Context, obj *db.Grant) (*db.Employee, error) {
	return reference[*db.Employee](ctx, r, obj, "grantedBy", func(g *db.Grant) string {
		if g.GrantedBy == nil {
			return ""
		}
		return *g.GrantedBy
	})
}

// employeesOf reads a page of the employees of an account that a filter finds.
func (r *Resolver) employeesOf(ctx context.Context, obj *db.Account, f *staff.EmployeeFilter, args page.Args) (*page.Connection[db.Employee], error) {
	where, err := f.Where(r.store())
	if err != nil {
		return nil, err
	}
	l := employees
	l.Name, l.Where = l.Name+f.Key(), where
	return ofAccount(ctx, r, obj, l, args)
}

// invitationsOf reads a page of the invitations of an account, or of those with a
// status.
func (r *Resolver) invitationsOf(ctx context.Context, obj *db.Account, status *invitation.Status, args page.Args) (*page.Connection[db.Invitation], error) {
	l := invitations
	if status != nil {
		l.Name, l.Where = l.Name+" "+string(*status), staff.InvitationsOf(*status, r.store().Now())
	}
	return ofAccount(ctx, r, obj, l, args)
}

// unusedOf reads a page of the grants on an account that weren't used for some days.
func (r *Resolver) unusedOf(ctx context.Context, obj *db.Account, days *int, args page.Args) (*page.Connection[staff.UnusedGrant], error) {
	n := staff.StandardUnused
	if days != nil {
		n = *days
	}
	unused, err := staff.Unused(n, r.store().Now())
	if err != nil {
		return nil, err
	}
	l := unusedGrants
	l.Name, l.Where = fmt.Sprint(l.Name, " ", n), []func(*entsql.Selector){unused}
	c, err := ofAccount(ctx, r, obj, l, args)
	if err != nil {
		return nil, err
	}
	return page.Map(c, func(g *db.Grant) *staff.UnusedGrant { return &staff.UnusedGrant{Grant: g} }), nil
}

// contactOf returns how an employee can be reached: masked, unless it is the reader
// itself, or the reader may change the roles of employees.
func (r *Resolver) contactOf(ctx context.Context, obj *db.Employee) (*staff.EmployeeContact, error) {
	person, err := reference[*db.Person](ctx, r, obj, "person", func(e *db.Employee) string { return e.PersonID })
	if err != nil || person == nil {
		return nil, err
	}
	phone, err := address.Phone(r.store(), person)
	if err != nil {
		return nil, err
	}
	email, err := address.Mailbox(r.store(), person)
	if err != nil {
		return nil, err
	}
	p := authz.From(ctx)
	if p.ID != person.ID && !p.Allows(authz.EmployeeUpdate, authz.On(obj.AccountID), r.store().Now()) {
		phone = address.Masked(phone)
		if email != "" {
			email = address.Masked(email)
		}
	}
	return &staff.EmployeeContact{Phone: given(phone), Email: given(email)}, nil
}

// lastActiveOf returns when a session of an employee last began or was refreshed; nil
// if it has none.
func (r *Resolver) lastActiveOf(ctx context.Context, obj *db.Employee) (*time.Time, error) {
	last, err := batch.Load(ctx, obj, "lastActiveAt", func(parents []*db.Employee) (map[string]time.Time, error) {
		persons := make([]string, len(parents))
		for i, e := range parents {
			persons[i] = e.PersonID
		}
		return statement.LastActive(ctx, r.store(), persons)
	})
	if at, is := last[obj.PersonID]; is && err == nil {
		return &at, nil
	}
	return nil, err
}
