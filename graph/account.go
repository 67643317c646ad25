package graph

import (
	"context"

	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/ent/db/holding"
	"portico/ent/db/ownership"
	"portico/ent/db/role"
	"portico/ent/db/verification"
	"portico/ent/statement"
	"portico/graph/model"
	"portico/graph/page"
	"portico/portal/agreement"
	"portico/portal/staff"
	"portico/portal/standing"
)

// The lists of an account's people and papers.
var (
	verifications = page.List[db.Verification]{Name: "verifications", Column: verification.FieldSubmittedAt,
		Key: func(v *db.Verification) (any, string) { return v.SubmittedAt, v.ID }}
	acceptances = page.List[db.Acceptance]{Name: "acceptances", Column: "accepted_at", Descending: true,
		Key: func(a *db.Acceptance) (any, string) { return a.AcceptedAt, a.ID }}
	accesses = page.List[db.AuditEvent]{Name: "accesses", Column: auditevent.FieldAt, Descending: true,
		Key: func(e *db.AuditEvent) (any, string) { return e.At, e.ID }}
	employees = page.List[db.Employee]{Name: "employees", Column: employee.FieldJoinedAt,
		Key: func(e *db.Employee) (any, string) { return e.JoinedAt, e.ID }}
)

// ids are the ids of rows.
func ids[N db.Node](rows []N) []string {
	list := make([]string, len(rows))
	for i, row := range rows {
		list[i] = row.NodeID()
	}
	return list
}

// standing is what restricts an account now. What restricts everyone is told as
// the account's own, so that its remedy names the account.
func (r *Resolver) standing(ctx context.Context, obj *db.Account) (*model.Standing, error) {
	due, err := forAll(ctx, obj, "standing", func(parents []*db.Account) (map[string][]*db.Restriction, error) {
		return standing.DueEach(ctx, r.read().Restriction, ids(parents), r.store().Now())
	})
	if err != nil {
		return nil, err
	}
	shown, err := r.restrictsScope(ctx, obj.ID, due[obj.ID])
	if err != nil {
		return nil, err
	}
	s := &model.Standing{Restrictions: make([]*db.Restriction, len(shown))}
	for i, row := range shown {
		own := *row
		own.AccountID = obj.ID
		s.Restrictions[i] = &own
	}
	return s, nil
}

// holder is the legal entity that holds an account now, nil before it is
// verified.
func (r *Resolver) holder(ctx context.Context, obj *db.Account) (*db.LegalEntity, error) {
	found, err := forAll(ctx, obj, "legalEntity", func(parents []*db.Account) (map[string]*db.LegalEntity, error) {
		rows, err := r.read().Holding.Query().Where(holding.OpenKeyIn(ids(parents)...)).All(ctx)
		if err != nil {
			return nil, err
		}
		return joined[*db.LegalEntity](ctx, r, rows, func(h *db.Holding) (string, string) { return h.AccountID, h.LegalEntityID })
	})
	return found[obj.ID], err
}

// owner is the one owner of an account.
func (r *Resolver) owner(ctx context.Context, obj *db.Account) (*db.Employee, error) {
	found, err := forAll(ctx, obj, "owner", func(parents []*db.Account) (map[string]*db.Employee, error) {
		rows, err := r.read().Ownership.Query().Where(ownership.OpenKeyIn(ids(parents)...)).All(ctx)
		if err != nil {
			return nil, err
		}
		return joined[*db.Employee](ctx, r, rows, func(o *db.Ownership) (string, string) { return o.AccountID, o.EmployeeID })
	})
	return found[obj.ID], err
}

// joined loads what rows point to, by what the rows are of.
func joined[N db.Node, T any](ctx context.Context, r *Resolver, rows []T, ends func(T) (of, to string)) (map[string]N, error) {
	var targets []string
	for _, row := range rows {
		_, to := ends(row)
		targets = append(targets, to)
	}
	nodes, err := r.nodes(ctx, targets)
	if err != nil {
		return nil, err
	}
	m := make(map[string]N, len(rows))
	for _, row := range rows {
		of, to := ends(row)
		if n, ok := nodes[to].(N); ok {
			m[of] = n
		}
	}
	return m, nil
}

// latestVerification is the newest request of an account.
func (r *Resolver) latestVerification(ctx context.Context, obj *db.Account) (*db.Verification, error) {
	found, err := forAll(ctx, obj, "verification", func(parents []*db.Account) (map[string]*db.Verification, error) {
		latest, err := statement.Lists{Store: r.store()}.FirstOfEach(ctx, verification.Table, verification.FieldSubmittedAt, true, ids(parents), 1)
		if err != nil || len(latest) == 0 {
			return nil, err
		}
		rows, err := r.read().Verification.Query().Where(verification.IDIn(latest...)).All(ctx)
		m := make(map[string]*db.Verification, len(rows))
		for _, v := range together(ctx, rows) {
			m[v.AccountID] = v
		}
		return m, err
	})
	return found[obj.ID], err
}

// termsDue are the amendments in force that nobody accepted for an account.
func (r *Resolver) termsDue(ctx context.Context, obj *db.Account) ([]*db.Terms, error) {
	due, err := forAll(ctx, obj, "termsDue", func(parents []*db.Account) (map[string][]*db.Terms, error) {
		due, err := agreement.Due(ctx, r.read(), ids(parents), r.store().Now())
		if err != nil {
			return nil, err
		}
		var versions []string
		for _, list := range due {
			versions = append(versions, ids(list)...)
		}
		full, err := r.nodes(ctx, versions)
		for _, list := range due {
			for i, t := range list {
				if row, ok := full[t.ID].(*db.Terms); ok {
					list[i] = row
				}
			}
		}
		return due, err
	})
	if err != nil || due[obj.ID] == nil {
		return []*db.Terms{}, err
	}
	return due[obj.ID], nil
}

// givable are the roles that can be given on an account: the built-in ones but
// the owner's (1.4), then its own.
func (r *Resolver) givable(ctx context.Context, obj *db.Account) ([]*db.Role, error) {
	byAccount, err := forAll(ctx, obj, "roles", func(parents []*db.Account) (map[string][]*db.Role, error) {
		rows, err := r.read().Role.Query().Where(role.AccountIDIn(append([]string{""}, ids(parents)...)...), role.IDNEQ(staff.RoleID(staff.Owner))).
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

// rolesOf are the roles that an employee holds now; one whose every grant has
// ended is left out.
func (r *Resolver) rolesOf(ctx context.Context, obj *db.Employee) ([]*db.Role, error) {
	byEmployee, err := forAll(ctx, obj, "roles", func(parents []*db.Employee) (map[string][]*db.Role, error) {
		grants, err := r.read().Grant.Query().Where(grant.EmployeeIDIn(ids(parents)...),
			grant.Or(grant.ExpiresAtIsNil(), grant.ExpiresAtGT(r.store().Now()))).Order(db.Asc(grant.FieldID)).All(ctx)
		if err != nil {
			return nil, err
		}
		var wanted []string
		for _, g := range grants {
			wanted = append(wanted, g.RoleID)
		}
		roles, err := r.nodes(ctx, wanted)
		if err != nil {
			return nil, err
		}
		m, seen := map[string][]*db.Role{}, map[[2]string]bool{}
		for _, g := range grants {
			key := [2]string{g.EmployeeID, g.RoleID}
			if row, ok := roles[g.RoleID].(*db.Role); ok && !seen[key] {
				seen[key] = true
				m[g.EmployeeID] = append(m[g.EmployeeID], row)
			}
		}
		return m, nil
	})
	if err != nil || byEmployee[obj.ID] == nil {
		return []*db.Role{}, err
	}
	return byEmployee[obj.ID], nil
}
