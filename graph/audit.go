package graph

import (
	"context"
	"slices"
	"strings"

	"portico/authz"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/employee"
	"portico/ent/statement"
	"portico/graph/model"
	"portico/graph/page"
	"portico/portal/audit"
	"portico/portal/staff"
)

// auditKey is what the audit is ordered by, newest first.
func auditKey(e *db.AuditEvent) (any, string) { return e.At, e.ID }

// auditEvents reads a page of an account's audit. Below several accounts that
// were read together, the first page is read for all of them at once.
func (r *Resolver) auditEvents(ctx context.Context, obj *db.Account, f *audit.Filter, args page.Args) (*page.Connection[audit.Event], error) {
	list := page.List[db.AuditEvent]{Name: "auditEvents " + f.Key(), Column: auditevent.FieldAt, Descending: true, Key: auditKey}
	one := func(id string) (*page.Connection[db.AuditEvent], error) {
		return page.Read(ctx, r.store(), list, id, args, r.read().AuditEvent.Query().Where(auditevent.AccountID(id)).Where(f.Where()...))
	}
	if args.After != nil || args.Before != nil {
		c, err := one(obj.ID)
		if err != nil {
			return nil, err
		}
		return events(ctx, list, map[string]*page.Connection[db.AuditEvent]{obj.ID: c})[obj.ID], nil
	}
	pages, err := forAll(ctx, obj, list.Name+" "+figure(args.First)+" "+figure(args.Last), func(parents []*db.Account) (map[string]*page.Connection[audit.Event], error) {
		if len(parents) == 1 {
			c, err := one(obj.ID)
			if err != nil {
				return nil, err
			}
			return events(ctx, list, map[string]*page.Connection[db.AuditEvent]{obj.ID: c}), nil
		}
		pages, err := page.ReadEach(ctx, statement.Lists{Store: r.store(), Where: conditions(f.Where())}, list, auditevent.Table, ids(parents),
			func(e *db.AuditEvent) string { return e.AccountID }, args, r.read().AuditEvent.Query(), func(id string) *db.AuditEventQuery {
				return r.read().AuditEvent.Query().Where(auditevent.AccountID(id)).Where(f.Where()...)
			})
		if err != nil {
			return nil, err
		}
		return events(ctx, list, pages), nil
	})
	if err != nil {
		return nil, err
	}
	return pages[obj.ID], nil
}

// events are pages of the audit as they are shown, noted as read together.
func events(ctx context.Context, list page.List[db.AuditEvent], pages map[string]*page.Connection[db.AuditEvent]) map[string]*page.Connection[audit.Event] {
	shown := make(map[string]*page.Connection[audit.Event], len(pages))
	var all []*audit.Event
	for id, c := range pages {
		shown[id] = page.Of(c, page.List[audit.Event]{Name: list.Name, Column: list.Column, Descending: list.Descending,
			Key: func(e *audit.Event) (any, string) { return auditKey(e.AuditEvent) }}, func(e *db.AuditEvent) *audit.Event { return &audit.Event{AuditEvent: e} })
		all = append(all, shown[id].Nodes...)
	}
	gather[audit.Event, *audit.Event](ctx, all)
	return shown
}

// ofProvider tells whether an event was done for the provider: by a program's
// key, or by a person in an operator's role.
func ofProvider(e *audit.Event) bool {
	return e.ActorKind == auditevent.ActorKindKEY || slices.ContainsFunc(strings.Split(e.ActingAs, ","),
		func(role string) bool { return slices.Contains(staff.OperatorRoles, role) })
}

// oversees tells whether the reader reads the audit for the provider.
func oversees(ctx context.Context) bool { return authz.From(ctx).Operator.Has(authz.AuditRead) }

// auditAddress is where an event came from; where the provider's people and
// programs work is shown to the provider alone.
func auditAddress(ctx context.Context, e *audit.Event) *string {
	if ofProvider(e) && !oversees(ctx) || e.IPAddress == "-" { // the system's own
		return nil
	}
	return filled(e.IPAddress)
}

// auditActor is who did something: a job, or a person. An account is shown the
// persons that work, or worked, on it, and the reader itself; who acted for the
// provider is told by its roles alone.
func (r *Resolver) auditActor(ctx context.Context, obj *audit.Event) (db.Actor, error) {
	actors, err := forAll(ctx, obj, "actor", func(parents []*audit.Event) (map[string]db.Node, error) {
		var persons, accounts, others []string
		for _, e := range parents {
			switch e.ActorKind {
			case auditevent.ActorKindPERSON:
				persons, accounts = append(persons, e.ActorID), append(accounts, e.AccountID)
			case auditevent.ActorKindSYSTEM:
				others = append(others, model.SystemPrefix+e.ActorID)
			case auditevent.ActorKindKEY:
				if oversees(ctx) {
					others = append(others, e.ActorID)
				}
			}
		}
		known, err := r.colleagues(ctx, persons, accounts)
		if err != nil {
			return nil, err
		}
		found, err := r.nodes(ctx, append(others, persons...))
		actors := make(map[string]db.Node, len(parents))
		for _, e := range parents {
			switch e.ActorKind {
			case auditevent.ActorKindSYSTEM:
				actors[e.ID] = found[model.SystemPrefix+e.ActorID]
			case auditevent.ActorKindPERSON:
				if oversees(ctx) || e.ActorID == authz.From(ctx).ID || known[[2]string{e.AccountID, e.ActorID}] {
					actors[e.ID] = found[e.ActorID]
				}
			default:
				actors[e.ID] = found[e.ActorID]
			}
		}
		return actors, err
	})
	actor, _ := actors[obj.ID].(db.Actor)
	return actor, err
}

// colleagues tells which persons work, or worked, on which accounts.
func (r *Resolver) colleagues(ctx context.Context, persons, accounts []string) (map[[2]string]bool, error) {
	known := map[[2]string]bool{}
	if len(persons) == 0 {
		return known, nil
	}
	rows, err := r.read().Employee.Query().Where(employee.AccountIDIn(accounts...), employee.PersonIDIn(persons...)).All(ctx)
	for _, e := range rows {
		known[[2]string{e.AccountID, e.PersonID}] = true
	}
	return known, err
}

// filled is a text, nil if it is empty.
func filled(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
