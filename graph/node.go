package graph

import (
	"context"
	"maps"
	"slices"
	"strings"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/accessseal"
	"portico/ent/db/employee"
	"portico/ent/db/holding"
	"portico/graph/batch"
	"portico/graph/model"
	"portico/portal/access/audit"
	"portico/portal/access/staff"
	"portico/portal/correspondence/notice"
	"portico/portal/kernel/approval"
	"portico/portal/kernel/command"
	"portico/portal/kernel/job"
)

// shown reports whether the reader may see an object. It is false for a row that has
// an id but isn't an object of the API.
func (r *Resolver) shown(ctx context.Context, n db.Node) bool {
	p := authz.From(ctx)
	switch row := n.(type) {
	case *model.SystemActor:
		return p.SignedIn() && r.isJob(*row.Name)
	case *db.Account:
		whole, applications := p.Scope(authz.AccountRead, row.ID, r.store().Now())
		return whole || len(applications) > 0
	case *staff.UnusedGrant:
		return p.Allows(authz.EmployeeRead, authz.On(row.AccountID), r.store().Now())
	case *db.Person:
		return p.ID == row.ID || p.SignedIn() && r.worksWhere(ctx, row.ID, authz.AccountRead)
	case *db.Approval:
		return approval.Visible(p, row, r.store().Now())
	case *db.OwnershipOffer:
		return staff.OfferVisible(p, row, r.store().Now())
	case *db.Product, *db.Plan, *db.Price, *db.Terms:
		return true
	case *db.Role:
		return row.AccountID == "" && p.SignedIn() || row.AccountID != "" && p.Allows(authz.RoleRead, authz.On(row.AccountID), r.store().Now())
	case *db.ServiceKey:
		return p.ID == row.ID || p.IsOperator()
	case *db.AuditEvent:
		perm := authz.AuditRead
		if command.IsOpening(row) {
			perm = authz.AccessRead
		}
		return row.AccountID != "" && p.Allows(perm, authz.On(row.AccountID), r.store().Now()) && !r.sealed(ctx, row)
	case *db.AuditSeal:
		return row.AccountID != "" && p.Allows(authz.AuditRead, authz.On(row.AccountID), r.store().Now())
	case *db.LedgerEntry: // the provider's side of a booking isn't an object of the API
		return row.CustomerSide && p.Allows(authz.LedgerRead, command.ObjectOf(n), r.store().Now())
	case *db.Notice:
		return notice.Visible(ctx, r.store(), row)
	case *db.LegalEntity:
		return r.holds(ctx, row.ID)
	case *db.Session:
		return p.Kind == authz.Person && p.ID == row.PersonID
	case *db.Export: // the person who asked for it
		return p.Kind == authz.Person && p.ID == row.PersonID && p.Allows(authz.AccountRead, authz.On(row.AccountID), r.store().Now())
	case *db.PersonalExport:
		return p.Kind == authz.Person && p.ID == row.PersonID
	case *db.SecondFactor: // one that isn't confirmed isn't an object yet
		return p.Kind == authz.Person && p.ID == row.PersonID && row.ConfirmedAt != nil
	case *db.Message:
		return r.Portal.Sandbox && p.Allows(authz.SandboxRead, authz.Object{}, r.store().Now())
	}
	perm, owned := readPermission[db.Prefixes[prefix(n.NodeID())]]
	return owned && p.Allows(perm, command.ObjectOf(n), r.store().Now())
}

// prefix returns the part of an id that names its type.
func prefix(id string) string {
	p, _, _ := strings.Cut(id, "_")
	return p
}

// node returns the object with an id; nil if the reader may not see it or it doesn't
// exist.
func (r *Resolver) node(ctx context.Context, id string) (db.Node, error) {
	rows, err := r.visible(ctx, []string{id})
	if err == nil {
		err = r.openNodes(ctx, rows)
	}
	return rows[id], err
}

// visible loads objects by id and leaves out those that the reader may not see.
func (r *Resolver) visible(ctx context.Context, ids []string) (map[string]db.Node, error) {
	rows, err := r.nodes(ctx, ids)
	if err != nil {
		return nil, err
	}
	for id, n := range rows {
		if !r.shown(ctx, n) {
			delete(rows, id)
		} else if e, ok := n.(*db.AuditEvent); ok && !command.IsOpening(e) { // an opening is shown as an access
			rows[id] = &audit.Event{AuditEvent: e}
		}
	}
	return rows, nil
}

// nodes loads rows by id, with one query for each type. Tenancy leaves out the rows of
// accounts that the reader can't reach. The caller checks permissions.
func (r *Resolver) nodes(ctx context.Context, ids []string) (map[string]db.Node, error) {
	if len(ids) == 1 {
		if t := ent.TypeOf(ids[0]); t != "" {
			return r.rows(ctx, t, ids)
		}
	}
	byType := map[string][]string{}
	found := map[string]db.Node{}
	reviewed := map[string]string{}
	for _, id := range ids {
		if name, ok := strings.CutPrefix(id, model.SystemPrefix); ok {
			found[id] = model.NewSystemActor(name)
		} else if of, ok := staff.OfReview(id); ok {
			reviewed[id] = of
			byType["Grant"] = append(byType["Grant"], of)
		} else if t := ent.TypeOf(id); t != "" {
			byType[t] = append(byType[t], id)
		}
	}
	for t, ids := range byType {
		rows, err := r.rows(ctx, t, ids)
		if err != nil {
			return nil, err
		}
		maps.Copy(found, rows)
	}
	for id, of := range reviewed {
		if g, ok := found[of].(*db.Grant); ok {
			found[id] = &staff.UnusedGrant{Grant: g}
		}
	}
	return found, nil
}

// rows loads rows of one type by id.
func (r *Resolver) rows(ctx context.Context, typ string, ids []string) (map[string]db.Node, error) {
	rows, err := ent.Load(ctx, r.read(), typ, ids...)
	if err == nil {
		batch.Together(ctx, slices.Collect(maps.Values(rows)))
	}
	return rows, err
}

// worksWhere reports whether a person works, or worked, on an account on which
// the reader holds a permission.
func (r *Resolver) worksWhere(ctx context.Context, personID string, perm authz.Permission) bool {
	rows, err := r.read().Employee.Query().Where(employee.PersonID(personID)).All(ctx)
	if err != nil {
		return false
	}
	p, now := authz.From(ctx), r.store().Now()
	return slices.ContainsFunc(rows, func(e *db.Employee) bool { return p.Allows(perm, authz.On(e.AccountID), now) })
}

// holds reports whether a legal entity holds an account on which the reader may
// read the verification.
func (r *Resolver) holds(ctx context.Context, entityID string) bool {
	rows, err := r.read().Holding.Query().Where(holding.LegalEntityID(entityID)).All(ctx)
	if err != nil {
		return false
	}
	p := authz.From(ctx)
	for _, h := range rows {
		if p.Allows(authz.VerificationRead, authz.On(h.AccountID), r.store().Now()) {
			return true
		}
	}
	return false
}

// isJob reports whether a job has this name.
func (r *Resolver) isJob(name string) bool {
	return slices.ContainsFunc(r.Portal.Jobs, func(j job.Job) bool { return j.Name == name })
}

// sealed reports whether a seal in force hides an access from the reader (5.12).
func (r *Resolver) sealed(ctx context.Context, row *db.AuditEvent) bool {
	if row.SealedBy == "" || audit.Oversees(ctx) {
		return false
	}
	open, err := r.read().AccessSeal.Query().Where(accessseal.ID(row.SealedBy), accessseal.LiftedAtIsNil()).Exist(ctx)
	return open || err != nil
}

// openNodes records that an operator opened the customer's own data that it asked for
// by id (6.2). It leaves out types with a field marked @opens, such as a
// verification: these fields record it themselves.
func (r *Resolver) openNodes(ctx context.Context, rows map[string]db.Node) error {
	if !authz.From(ctx).IsOperator() {
		return nil
	}
	var opened []db.Node
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		if _, tenant := rows[id].(db.Tenant); tenant && !opensByField[db.Prefixes[prefix(id)]] {
			opened = append(opened, rows[id])
		}
	}
	return command.Opened(ctx, r.store(), opened)
}
