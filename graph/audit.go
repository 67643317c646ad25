package graph

import (
	"context"

	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/auditseal"
	"portico/ent/db/employee"
	"portico/graph/batch"
	"portico/graph/model"
	"portico/graph/page"
	"portico/portal/access/audit"
)

// auditKey returns the sort key of an audit event in lists.
func auditKey(e *db.AuditEvent) (any, string) { return e.At, e.ID }

// auditEvents is the list of an account's audit events that match a filter, newest first.
func auditEvents(ctx context.Context, f *audit.Filter) page.AccountList[*db.AuditEventQuery, db.AuditEvent] {
	l := page.AccountList[*db.AuditEventQuery, db.AuditEvent]{
		List:    page.List[db.AuditEvent]{Name: "auditEvents " + f.Key(), Column: auditevent.FieldAt, Descending: true, Key: auditKey},
		Table:   auditevent.Table,
		Account: func(e *db.AuditEvent) string { return e.AccountID },
		Query:   func(c *db.Client) *db.AuditEventQuery { return c.AuditEvent.Query() },
	}
	for _, condition := range f.Where(ctx) {
		l.Where = append(l.Where, condition)
	}
	return l
}

// auditEvents reads a page of an account's audit events.
func (r *Resolver) auditEvents(ctx context.Context, obj *db.Account, f *audit.Filter, args page.Args) (*page.Connection[audit.Event], error) {
	c, err := ofAccount(ctx, r, obj, auditEvents(ctx, f), args)
	if err != nil {
		return nil, err
	}
	return page.Map(c, func(e *db.AuditEvent) *audit.Event { return &audit.Event{AuditEvent: e} }), nil
}

// accountAuditSeals is the list of the seals of an account's audit events, newest first.
var accountAuditSeals = page.AccountList[*db.AuditSealQuery, db.AuditSeal]{
	List: page.List[db.AuditSeal]{Name: "auditSeals", Column: auditseal.FieldNumber, Descending: true,
		Key: func(s *db.AuditSeal) (any, string) { return s.Number, s.ID }},
	Table:   auditseal.Table,
	Account: func(s *db.AuditSeal) string { return s.AccountID },
	Query:   func(c *db.Client) *db.AuditSealQuery { return c.AuditSeal.Query() },
}

// auditActor returns the actor of an event: a job, a person, an API key or a service key. A
// customer sees the persons who work, or worked, on the account, and itself. For an
// actor of the provider it is nil: the customer sees only the actor's roles.
func (r *Resolver) auditActor(ctx context.Context, obj *db.AuditEvent) (db.Actor, error) {
	actors, err := batch.Load(ctx, obj, "actor", func(parents []*db.AuditEvent) (map[string]db.Node, error) {
		var persons, accounts, others []string
		for _, e := range parents {
			switch e.ActorKind {
			case auditevent.ActorKindPERSON:
				persons, accounts = append(persons, e.ActorID), append(accounts, e.AccountID)
			case auditevent.ActorKindSYSTEM:
				others = append(others, model.SystemPrefix+e.ActorID)
			case auditevent.ActorKindKEY:
				if audit.ShowsActor(ctx, e, false) {
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
			if !audit.ShowsActor(ctx, e, known[[2]string{e.AccountID, e.ActorID}]) {
				continue
			}
			id := e.ActorID
			if e.ActorKind == auditevent.ActorKindSYSTEM {
				id = model.SystemPrefix + id
			}
			actors[e.ID] = found[id]
		}
		return actors, err
	})
	actor, _ := actors[obj.ID].(db.Actor)
	return r.withoutHiddenKey(ctx, actor), err
}

// colleagues returns the pairs of account and person for which the person works, or
// worked, on the account.
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
